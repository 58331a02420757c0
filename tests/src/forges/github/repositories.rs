//! A repository, as an installation or a person sees it.

use serde_json::{Value, json};

use super::installations::allows;
use super::{Caller, history, not_found, reports};
use crate::forges::comments::comments;
use crate::forges::world::{Level, Pull, Repository, World};
use crate::forges::{Call, Reply};

/// The longest page.
const MOST_ON_A_PAGE: usize = 100;

/// Somebody at a repository that he may see.
pub(super) struct Visit<'a> {
    pub repository: &'a Repository,
    pub caller: &'a Caller,
    /// The name under which he writes.
    pub login: String,
}

impl Visit<'_> {
    pub(super) fn answer(&self, world: &mut World, call: &Call, path: &[&str]) -> Reply {
        if let Some(missing) = needed(&call.method, path).filter(|needed| !self.may(needed)) {
            let (name, level) = missing[0];
            return Reply::message(403, "Resource not accessible by integration")
                .with("x-accepted-github-permissions", format!("{name}={level}"));
        }
        let repository = self.repository;
        let reply = match (call.method.as_str(), path) {
            ("GET", []) => Reply::json(200, shown(world, repository)),
            ("GET", ["branches"]) => list(world, call, repository.branches.iter().map(branch).collect()),
            ("GET", ["commits", name]) => commit(call, repository, name),
            ("GET", ["collaborators", who, "permission"]) => permission(world, repository, who),
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
                Some(it) => list(world, call, reviews(world, it)),
                None => history::history(world, call, repository, path).unwrap_or_else(not_found),
            },
            (
                "GET",
                ["commits" | "activity" | "releases" | "issues"] | ["issues", "comments"] | ["actions", "runs"],
            ) => history::history(world, call, repository, path).unwrap_or_else(not_found),
            (_, ["issues", rest @ ..]) => comments(world, call, repository, rest, &self.login),
            _ => reports::answer(self, world, call, path),
        };
        reply
            .with("x-ratelimit-limit", 5000)
            .with("x-ratelimit-remaining", 4999)
    }

    /// True if one of these permissions is granted.
    fn may(&self, any: &[(&str, &str)]) -> bool {
        match self.caller {
            Caller::App => false,
            Caller::Installation(minted) => any.iter().any(|(name, level)| allows(&minted.permissions, name, level)),
            // Check runs are for apps alone.
            Caller::Person(login) => {
                let writes = any.iter().any(|(_, level)| *level == "write");
                any[0].0 != "checks" && (!writes || self.repository.level(login) >= Level::Write)
            }
        }
    }
}

/// The permissions of which one is needed.
fn needed(method: &str, path: &[&str]) -> Option<&'static [(&'static str, &'static str)]> {
    let all: &[(&str, &str)] = match (method, path) {
        ("GET", ["commits", _, "check-runs"]) => &[("checks", "read")],
        (_, ["check-runs", ..]) => &[("checks", "write")],
        ("GET", ["commits", _, "statuses" | "status"]) => &[("statuses", "read")],
        ("POST", ["statuses", ..]) => &[("statuses", "write")],
        ("GET", ["branches" | "commits" | "activity" | "releases", ..]) => &[("contents", "read")],
        ("GET", ["actions", ..]) => &[("actions", "read")],
        ("GET", ["pulls", ..]) => &[("pull_requests", "read")],
        ("GET", ["issues", ..]) => &[("issues", "read"), ("pull_requests", "read")],
        (_, ["issues", ..]) => &[("issues", "write"), ("pull_requests", "write")],
        _ => return None,
    };
    Some(all)
}

pub(super) fn shown(world: &World, it: &Repository) -> Value {
    let (owner, name) = it.names();
    let web = format!("{}/{}", world.web, it.full_name);
    json!({ "id": it.id, "name": name, "full_name": it.full_name, "owner": user(world, owner), "private": false, "fork": false, "html_url": web,
        "clone_url": format!("{web}.git"), "ssh_url": format!("git@git.example.com:{}.git", it.full_name), "default_branch": "main" })
}

pub(super) fn list(world: &World, call: &Call, entries: Vec<Value>) -> Reply {
    let (entries, total, next) = call.page(entries, MOST_ON_A_PAGE);
    Reply::json(200, entries).linked(call, &world.web, total, next)
}

pub(super) fn user(world: &World, login: &str) -> Value {
    match world.account(login) {
        Some(it) => {
            json!({ "id": it.id, "login": it.login, "type": if it.organization { "Organization" } else { "User" } })
        }
        None => json!({ "id": 41_898, "login": login, "type": "Bot" }),
    }
}

fn branch((name, sha): (&String, &String)) -> Value {
    json!({ "name": name, "commit": { "sha": sha }, "protected": false })
}

fn commit(call: &Call, repository: &Repository, name: &str) -> Reply {
    let found = match name.split_once('/') {
        Some(("heads", branch)) => repository.branches.get(branch).cloned(),
        Some(("tags", tag)) => repository.tags.get(tag).cloned(),
        _ => repository.commit(name),
    };
    match found {
        Some(sha) if call.header("accept") == Some("application/vnd.github.sha") => {
            Reply::text(200, "application/vnd.github.sha; charset=utf-8", &sha)
        }
        Some(sha) => Reply::json(200, json!({ "sha": sha })),
        None => Reply::message(422, &format!("No commit found for SHA: {name}")),
    }
}

fn permission(world: &World, repository: &Repository, who: &str) -> Reply {
    if world.account(who).is_none_or(|it| it.organization) {
        return Reply::message(404, &format!("{who} is not a user"));
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

fn pull(world: &World, base: &Repository, it: &Pull) -> Value {
    let head = it.head_repository.and_then(|id| world.repository(&id.to_string()));
    json!({ "id": 100 + it.number, "number": it.number, "title": "Add a feature", "user": user(world, &it.author),
        "state": if it.closed { "closed" } else { "open" }, "draft": it.draft, "merged": false, "labels": [],
        "html_url": format!("{}/{}/pull/{}", world.web, base.full_name, it.number),
        "head": { "ref": it.branch, "sha": it.sha, "repo": head.map(|it| shown(world, it)) },
        "base": { "ref": it.base, "sha": base.branches.get(&it.base), "repo": shown(world, base) } })
}

fn reviews(world: &World, pull: &Pull) -> Vec<Value> {
    let each = pull.reviews.iter().zip(1..);
    each.map(|(it, id)| json!({ "id": id, "user": user(world, &it.by), "state": it.state.to_uppercase(), "commit_id": it.sha }))
        .collect()
}
