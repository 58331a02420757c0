//! Gitea, and Forgejo, whose API is the same as far as it is asked for here. The base is `/api/v1`.

mod history;
mod hooks;
mod shapes;

use serde_json::json;

use super::comments::comments;
use super::world::{Level, Repository, Status, World};
use super::{Call, Kind, Reply};
use hooks::hooks;
use shapes::{branch, list, pull, review, shown, status, user};

pub(super) struct Gitea;

impl Kind for Gitea {
    fn answer(&self, world: &mut World, call: &Call) -> Reply {
        let segments: Vec<&str> = call.segments.iter().map(String::as_str).collect();
        let ["api", "v1", rest @ ..] = segments.as_slice() else {
            return not_found();
        };
        if rest == ["version"] {
            return Reply::json(200, json!({ "version": "1.25.2" }));
        }
        let Some(holder) = call.token().and_then(|token| world.tokens.get(token)).cloned() else {
            return Reply::message(401, "user does not exist [uid: 0, name: ]");
        };
        let needed = scope(&call.method, rest);
        let has = |scope: &String| *scope == needed || *scope == needed.replace("read:", "write:") || scope == "all";
        if !holder.scopes.is_empty() && !holder.scopes.iter().any(has) {
            let sentence = format!("token does not have at least one of required scope(s): [{needed}]");
            return Reply::message(403, &sentence);
        }
        dispatch(world, call, rest, &holder.login)
    }

    /// It has no limit of its own: what stands before it has.
    fn rate_limited(&self, _call: &Call, shape: u64) -> Reply {
        match shape % 2 {
            0 => Reply::text(429, "text/html", "<html>429 Too Many Requests</html>").with("retry-after", 1),
            _ => Reply::text(429, "text/plain", "Too Many Requests"),
        }
    }
}

/// The scope that a call needs.
fn scope(method: &str, path: &[&str]) -> String {
    let area = match path {
        ["user", ..] => "user",
        ["orgs", ..] => "organization",
        ["repos", _, _, "issues", ..] => "issue",
        _ => "repository",
    };
    let verb = if method == "GET" { "read" } else { "write" };
    format!("{verb}:{area}")
}

fn dispatch(world: &mut World, call: &Call, path: &[&str], login: &str) -> Reply {
    match (call.method.as_str(), path) {
        ("GET", ["user"]) => Reply::json(200, user(world, login)),
        ("GET", ["user", "repos"]) => {
            let all = world.repositories.iter();
            let own = all
                .filter(|it| it.levels.contains_key(login))
                .map(|it| shown(world, it));
            list(world, call, own.collect())
        }
        ("GET", ["repositories", id]) => match world.repository(id) {
            Some(repository) => Reply::json(200, shown(world, repository)),
            None => not_found(),
        },
        (_, ["orgs", name, "hooks", rest @ ..]) => hooks(world, call, name, rest),
        (_, ["repos", owner, name, rest @ ..]) => match world.repository(&format!("{owner}/{name}")).cloned() {
            Some(repository) => of_repository(world, call, &repository, rest, login),
            None => not_found(),
        },
        _ => not_found(),
    }
}

fn of_repository(world: &mut World, call: &Call, repository: &Repository, path: &[&str], login: &str) -> Reply {
    let level = repository.level(login);
    match (call.method.as_str(), path) {
        ("GET", []) => {
            let mut it = shown(world, repository);
            it["permissions"] = json!({ "admin": level >= Level::Admin, "push": level >= Level::Write, "pull": true });
            Reply::json(200, it)
        }
        ("GET", ["branches"]) => list(world, call, repository.branches.iter().map(branch).collect()),
        ("GET", ["branches", name]) => match repository.branches.get_key_value(*name) {
            Some(entry) => Reply::json(200, branch(entry)),
            None => not_found(),
        },
        ("GET", ["tags", name]) => match repository.tags.get(*name) {
            Some(sha) => Reply::json(200, json!({ "name": name, "id": sha, "commit": { "sha": sha } })),
            None => not_found(),
        },
        ("GET", ["git", "commits", name]) => match repository.commit(name) {
            Some(sha) => Reply::json(200, json!({ "sha": sha })),
            None => not_found(),
        },
        ("POST", ["statuses", _]) if level < Level::Write => {
            Reply::message(403, "user should have permission to write")
        }
        ("POST", ["statuses", sha]) => set_status(world, call, repository, sha, login),
        ("GET", ["statuses", sha] | ["commits", sha, "statuses"]) => {
            let these = world
                .statuses
                .iter()
                .rev()
                .filter(|it| it.sha == *sha && it.repository == repository.id);
            list(world, call, these.map(|it| status(world, it)).collect())
        }
        ("GET", ["collaborators", who, "permission"]) => permission(world, repository, who, login),
        ("GET", ["pulls"]) => {
            let open = repository
                .pulls
                .iter()
                .filter(|it| !it.closed || call.query("state") == Some("all"));
            let mut all: Vec<_> = open.map(|it| pull(world, repository, it)).collect();
            if call.query("state") == Some("all") {
                all.extend(history::pulls(world, repository));
            }
            list(world, call, all)
        }
        ("GET", ["pulls", number]) => match repository.pull(number) {
            Some(it) => Reply::json(200, pull(world, repository, it)),
            None => not_found(),
        },
        ("GET", ["pulls", number, "reviews"]) => match repository.pull(number) {
            Some(it) => list(
                world,
                call,
                it.reviews.iter().map(|one| review(world, it, one)).collect(),
            ),
            None => history::history(world, call, repository, path).unwrap_or_else(not_found),
        },
        ("GET", ["issues"] | ["issues", "comments"]) => {
            history::history(world, call, repository, path).unwrap_or_else(not_found)
        }
        (_, ["issues", rest @ ..]) => comments(world, call, repository, rest, login),
        (_, ["hooks", ..]) if level < Level::Admin => {
            Reply::message(403, "user should be an owner or a collaborator with admin write")
        }
        (_, ["hooks", rest @ ..]) => hooks(world, call, &repository.full_name, rest),
        ("GET", path) => history::history(world, call, repository, path).unwrap_or_else(not_found),
        _ => not_found(),
    }
}

fn set_status(world: &mut World, call: &Call, repository: &Repository, sha: &str, login: &str) -> Reply {
    let fields = call.json();
    let state = fields["state"].as_str().unwrap_or_default();
    if !["pending", "success", "error", "failure", "warning", "skipped"].contains(&state) {
        return Reply::message(422, "[State]: unknown state");
    }
    if !repository.has(sha) {
        return Reply::message(404, &format!("object does not exist [id: {sha}, rel_path: ]"));
    }
    let made = Status {
        id: world.number(),
        repository: repository.id,
        sha: sha.to_owned(),
        context: fields["context"].as_str().unwrap_or("default").trim().to_owned(),
        state: state.to_owned(),
        by: login.to_owned(),
        check: false,
        fields,
    };
    world.show(made.clone());
    Reply::json(201, status(world, &made))
}

fn permission(world: &World, repository: &Repository, who: &str, login: &str) -> Reply {
    if repository.level(login) < Level::Admin && login != who {
        return Reply::message(
            403,
            "Only admins can query all permissions, repo admins can query all repo permissions",
        );
    }
    if world.account(who).is_none() {
        return not_found();
    }
    let level = match repository.level(who) {
        Level::Admin => "admin",
        Level::Write => "write",
        Level::Read => "read",
    };
    Reply::json(
        200,
        json!({ "permission": level, "role_name": level, "user": user(world, who) }),
    )
}

fn not_found() -> Reply {
    Reply::json(
        404,
        json!({ "errors": null, "message": "The target couldn't be found." }),
    )
}
