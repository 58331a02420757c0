//! Merge requests, their notes, and their approvals.

use serde_json::{Value, json};

use super::{history, list, not_found, user};
use crate::forges::world::{Comment, Pull, Repository, World};
use crate::forges::{Call, Reply};

pub(super) fn merge_requests(
    world: &mut World,
    call: &Call,
    repository: &Repository,
    path: &[&str],
    login: &str,
) -> Reply {
    let [number, rest @ ..] = path else {
        let open = repository
            .pulls
            .iter()
            .filter(|it| !it.closed || call.query("state") != Some("opened"));
        let mut all: Vec<_> = open.map(|it| shown(world, repository, it)).collect();
        if call.query("state") == Some("all") {
            all = history::requests(world, call, repository);
        }
        return list(world, call, all);
    };
    let Some(pull) = repository.pull(number) else {
        return not_found("");
    };
    match (call.method.as_str(), rest) {
        ("GET", []) => Reply::json(200, shown(world, repository, pull)),
        ("GET", ["approvals"]) => {
            let approved = pull.reviews.iter().filter(|it| it.state == "approved");
            let by: Vec<_> = approved.map(|it| json!({ "user": user(world, &it.by) })).collect();
            Reply::json(
                200,
                json!({ "iid": pull.number, "approved": !by.is_empty(), "approved_by": by }),
            )
        }
        (_, ["notes", rest @ ..]) => notes(world, call, repository, pull.number, rest, login),
        _ => not_found(""),
    }
}

fn notes(world: &mut World, call: &Call, repository: &Repository, number: u64, path: &[&str], login: &str) -> Reply {
    let fields = call.json();
    let text = |name: &str| fields[name].as_str().unwrap_or_default().to_owned();
    let here = |it: &Comment| it.repository == repository.id && it.number == number;
    match (call.method.as_str(), path) {
        ("GET", []) => {
            let mut these: Vec<_> = world
                .comments
                .iter()
                .filter(|it| here(it))
                .map(|it| note(world, it))
                .collect();
            if call.query("sort") != Some("asc") {
                these.reverse();
            }
            list(world, call, these)
        }
        ("POST", []) => {
            let made = Comment {
                id: world.number(),
                repository: repository.id,
                number,
                by: login.to_owned(),
                body: text("body"),
                reactions: vec![],
            };
            world.comments.push(made.clone());
            Reply::json(201, note(world, &made))
        }
        (method, [id, rest @ ..]) => {
            let Some(it) = world
                .comments
                .iter_mut()
                .find(|it| here(it) && it.id.to_string() == *id)
            else {
                return not_found(" Note");
            };
            match (method, rest) {
                ("PUT", []) if it.by != login => Reply::message(403, "403 Forbidden"),
                ("PUT", []) => {
                    it.body = text("body");
                    let changed = it.clone();
                    Reply::json(200, note(world, &changed))
                }
                ("POST", ["award_emoji"]) if it.reactions.contains(&text("name")) => {
                    Reply::message(404, "404 Award Emoji Name has already been taken Not Found")
                }
                ("POST", ["award_emoji"]) => {
                    it.reactions.push(text("name"));
                    Reply::json(201, json!({ "name": text("name") }))
                }
                _ => not_found(""),
            }
        }
        _ => not_found(""),
    }
}

fn note(world: &World, it: &Comment) -> Value {
    json!({ "id": it.id, "body": it.body, "author": user(world, &it.by), "system": false })
}

fn shown(world: &World, repository: &Repository, it: &Pull) -> Value {
    json!({ "id": 100 + it.number, "iid": it.number, "title": "Add a feature", "state": if it.closed { "closed" } else { "opened" },
        "draft": it.draft, "sha": it.sha, "source_branch": it.branch, "target_branch": it.base,
        "source_project_id": it.head_repository, "target_project_id": repository.id, "project_id": repository.id,
        "author": user(world, &it.author), "updated_at": "2026-01-02T03:04:05Z",
        "web_url": format!("{}/{}/-/merge_requests/{}", world.web, repository.full_name, it.number) })
}
