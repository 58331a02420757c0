//! Gitea's JSON for accounts, repositories, pull requests and statuses.

use serde_json::{Value, json};

use crate::forges::world::{Pull, Repository, Review, Status, World};
use crate::forges::{Call, Reply};

/// The longest page.
const MOST_ON_A_PAGE: usize = 50;

pub(super) fn list(world: &World, call: &Call, entries: Vec<Value>) -> Reply {
    let (entries, total, next) = call.page(entries, MOST_ON_A_PAGE);
    Reply::json(200, entries).linked(call, &world.web, total, next)
}

pub(super) fn user(world: &World, login: &str) -> Value {
    match world.account(login) {
        Some(it) => json!({ "id": it.id, "login": it.login, "username": it.login, "full_name": "" }),
        None => json!({ "id": -1, "login": "Ghost", "username": "Ghost" }),
    }
}

pub(super) fn shown(world: &World, it: &Repository) -> Value {
    let (owner, name) = it.names();
    let web = format!("{}/{}", world.web, it.full_name);
    json!({ "id": it.id, "name": name, "full_name": it.full_name, "owner": user(world, owner), "private": false, "fork": false,
        "html_url": web, "clone_url": format!("{web}.git"), "ssh_url": format!("git@git.example.com:{}.git", it.full_name),
        "default_branch": "main", "object_format_name": "sha1" })
}

pub(super) fn branch((name, sha): (&String, &String)) -> Value {
    json!({ "name": name, "commit": { "id": sha } })
}

/// The field is `status` in an answer and `state` in a request.
pub(super) fn status(world: &World, it: &Status) -> Value {
    json!({ "id": it.id, "status": it.state, "context": it.context, "description": it.fields["description"],
        "target_url": it.fields["target_url"], "creator": user(world, &it.by) })
}

pub(super) fn pull(world: &World, base: &Repository, it: &Pull) -> Value {
    let head = it.head_repository.and_then(|id| world.repository(&id.to_string()));
    let branch = match head {
        Some(_) => it.branch.clone(),
        None => format!("refs/pull/{}/head", it.number),
    };
    let id = it.head_repository.map_or(json!(-1), |id| json!(id));
    json!({ "id": 100 + it.number, "number": it.number, "title": "Add a feature", "user": user(world, &it.author),
        "state": if it.closed { "closed" } else { "open" }, "draft": it.draft, "merged": false, "labels": [],
        "html_url": format!("{}/{}/pulls/{}", world.web, base.full_name, it.number),
        "head": { "label": it.branch, "ref": branch, "sha": it.sha, "repo_id": id, "repo": head.map(|it| shown(world, it)) },
        "base": { "label": it.base, "ref": it.base, "sha": base.branches.get(&it.base), "repo_id": base.id, "repo": shown(world, base) } })
}

pub(super) fn review(world: &World, pull: &Pull, it: &Review) -> Value {
    let state = match it.state.as_str() {
        "approved" => "APPROVED",
        "changes_requested" => "REQUEST_CHANGES",
        _ => "COMMENT",
    };
    json!({ "id": 1, "user": user(world, &it.by), "state": state, "commit_id": it.sha, "stale": it.sha != pull.sha,
        "dismissed": it.state == "dismissed", "official": true })
}
