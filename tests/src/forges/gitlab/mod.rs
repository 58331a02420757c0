//! GitLab. The base is `/api/v4`; a project is named by its number or its path.

mod history;
mod hooks;
mod merge_requests;
mod statuses;

use serde_json::{Value, json};

use super::world::{Level, Repository, Token, World};
use super::{Call, Kind, Reply};

/// The longest page.
const MOST_ON_A_PAGE: usize = 100;

pub(super) struct GitLab;

impl Kind for GitLab {
    fn answer(&self, world: &mut World, call: &Call) -> Reply {
        let segments: Vec<&str> = call.segments.iter().map(String::as_str).collect();
        let ["api", "v4", path @ ..] = segments.as_slice() else {
            return not_found("");
        };
        let Some(holder) = call.token().and_then(|token| world.tokens.get(token)).cloned() else {
            return Reply::message(401, "401 Unauthorized");
        };
        let reads = ["GET", "HEAD"].contains(&call.method.as_str());
        let enough = |scope: &String| scope == "api" || (reads && scope == "read_api");
        if !holder.scopes.is_empty() && !holder.scopes.iter().any(enough) {
            let error = json!({ "error": "insufficient_scope", "scope": "api",
                "error_description": "The request requires higher privileges than provided by the access token." });
            return Reply::json(403, error);
        }
        dispatch(world, call, path, &holder)
    }

    /// Its own limit, what stands before it, and the lock on a commit's statuses.
    fn rate_limited(&self, call: &Call, shape: u64) -> Reply {
        let statuses = call.method == "POST" && call.path.contains("/statuses/");
        match shape % 4 {
            0 => Reply::text(429, "text/plain", "Retry later\n")
                .with("retry-after", 1)
                .with("ratelimit-limit", 600)
                .with("ratelimit-observed", 601)
                .with("ratelimit-remaining", 0)
                .with("ratelimit-name", "throttle_authenticated_api"),
            1 if statuses => Reply::message(409, "Another update to this commit status is in progress"),
            2 => Reply::text(429, "text/html", "<html>Too many requests</html>"),
            _ => Reply::json(
                429,
                json!({ "message": { "error": "This endpoint has been requested too many times. Try again later." } }),
            ),
        }
    }
}

fn dispatch(world: &mut World, call: &Call, path: &[&str], holder: &Token) -> Reply {
    let login = holder.login.as_str();
    match (call.method.as_str(), path) {
        ("GET", ["version"]) => Reply::json(200, json!({ "version": "19.1.0", "revision": "abc" })),
        ("GET", ["user"]) => Reply::json(200, user(world, login)),
        ("GET", ["personal_access_tokens", "self"]) => {
            let scopes = if holder.scopes.is_empty() {
                vec!["api".to_owned()]
            } else {
                holder.scopes.clone()
            };
            Reply::json(
                200,
                json!({ "id": 1, "name": "gate", "active": true, "revoked": false, "scopes": scopes, "expires_at": null }),
            )
        }
        ("GET", ["projects"]) => {
            let own = world.repositories.iter().filter(|it| it.levels.contains_key(login));
            list(world, call, own.map(|it| project(world, it)).collect())
        }
        (_, ["groups", group, "hooks", rest @ ..]) => hooks::hooks(world, call, group, rest),
        (_, ["projects", key, rest @ ..]) => match world.repository(key).cloned() {
            Some(repository) => of_project(world, call, &repository, rest, login),
            None => not_found(" Project"),
        },
        _ => not_found(""),
    }
}

fn of_project(world: &mut World, call: &Call, repository: &Repository, path: &[&str], login: &str) -> Reply {
    let level = repository.level(login);
    match (call.method.as_str(), path) {
        ("GET", []) => Reply::json(200, project(world, repository)),
        ("GET", ["members", "all", id]) => member(world, repository, id),
        ("GET", ["repository", "branches"]) => list(world, call, repository.branches.iter().map(branch).collect()),
        ("GET", ["repository", "branches", name]) => match repository.branches.get_key_value(*name) {
            Some(entry) => Reply::json(200, branch(entry)),
            None => not_found(" Branch"),
        },
        ("GET", ["repository", "tags", name]) => match repository.tags.get_key_value(*name) {
            Some((name, sha)) => Reply::json(200, json!({ "name": name, "target": sha, "commit": { "id": sha } })),
            None => not_found(" Tag"),
        },
        ("GET", ["repository", "commits", name]) => match repository.commit(name) {
            Some(sha) => Reply::json(200, json!({ "id": sha })),
            None => not_found(" Commit"),
        },
        ("GET", ["repository", "commits", sha, "statuses"]) => statuses::list_statuses(world, call, repository, sha),
        ("POST", ["statuses", _]) if level < Level::Write => Reply::message(403, "403 Forbidden"),
        ("POST", ["statuses", sha]) => statuses::set(world, call, repository, sha, login),
        (_, ["merge_requests", rest @ ..]) => merge_requests::merge_requests(world, call, repository, rest, login),
        (_, ["hooks", ..]) if level < Level::Admin => Reply::message(403, "403 Forbidden"),
        (_, ["hooks", rest @ ..]) => hooks::hooks(world, call, &repository.full_name, rest),
        ("GET", path) => history::history(world, call, repository, path).unwrap_or_else(|| not_found("")),
        _ => not_found(""),
    }
}

fn member(world: &World, repository: &Repository, id: &str) -> Reply {
    let account = world.accounts.iter().find(|it| it.id.to_string() == id);
    let level = account.and_then(|it| repository.levels.get(&it.login));
    let (Some(account), Some(level)) = (account, level) else {
        return Reply::message(404, "404 Not found");
    };
    let level = match level {
        Level::Admin => 40,
        Level::Write => 30,
        Level::Read => 20,
    };
    Reply::json(
        200,
        json!({ "id": account.id, "username": account.login, "state": "active", "access_level": level }),
    )
}

fn not_found(what: &str) -> Reply {
    Reply::message(404, &format!("404{what} Not Found"))
}

fn list(world: &World, call: &Call, entries: Vec<Value>) -> Reply {
    let (entries, total, next) = call.page(entries, MOST_ON_A_PAGE);
    Reply::json(200, entries).linked(call, &world.web, total, next)
}

fn user(world: &World, login: &str) -> Value {
    let id = world.account(login).map(|it| it.id);
    json!({ "id": id, "username": login, "name": login, "state": "active", "bot": false })
}

fn project(world: &World, it: &Repository) -> Value {
    let web = format!("{}/{}", world.web, it.full_name);
    json!({ "id": it.id, "name": it.names().1, "path": it.names().1, "path_with_namespace": it.full_name, "web_url": web,
        "http_url_to_repo": format!("{web}.git"), "ssh_url_to_repo": format!("git@git.example.com:{}.git", it.full_name),
        "default_branch": "main", "archived": false, "builds_access_level": "enabled" })
}

fn branch((name, sha): (&String, &String)) -> Value {
    json!({ "name": name, "commit": { "id": sha } })
}
