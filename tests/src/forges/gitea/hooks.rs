//! Hooks of repositories and organizations.

use serde_json::{Value, json};

use super::not_found;
use super::shapes::{list, shown, user};
use crate::delivery::hmac;
use crate::forges::call::Delivery;
use crate::forges::world::{Hook, World};
use crate::forges::{Call, Reply};

pub(super) fn hooks(world: &mut World, call: &Call, owner: &str, path: &[&str]) -> Reply {
    match (call.method.as_str(), path) {
        ("GET", []) => {
            let own = world.hooks.iter().filter(|it| it.owner == owner);
            list(world, call, own.map(hook).collect())
        }
        ("POST", []) => {
            let mut made = Hook {
                id: world.number(),
                owner: owner.to_owned(),
                ..Hook::default()
            };
            let sent = call.json();
            made.secret = sent["config"]["secret"].as_str().unwrap_or_default().to_owned();
            if !write(&mut made, &sent) {
                return Reply::message(422, "Invalid hook type");
            }
            world.hooks.push(made.clone());
            Reply::json(201, hook(&made))
        }
        ("PATCH", [id]) => match find(world, owner, id) {
            Some(it) => {
                write(it, &call.json());
                Reply::json(200, hook(it))
            }
            None => not_found(),
        },
        ("DELETE", [id]) => match find(world, owner, id).map(|it| it.id) {
            Some(id) => {
                world.hooks.retain(|it| it.id != id);
                Reply::empty(204)
            }
            None => not_found(),
        },
        ("POST", [id, "tests"]) => match find(world, owner, id).cloned() {
            Some(it) => {
                let delivery = test_delivery(world, &it);
                Reply::empty(204).posting(delivery)
            }
            None => not_found(),
        },
        _ => not_found(),
    }
}

fn find<'a>(world: &'a mut World, owner: &str, id: &str) -> Option<&'a mut Hook> {
    let is = |it: &&mut Hook| it.owner == owner && it.id.to_string() == id;
    world.hooks.iter_mut().find(is)
}

/// Takes over what is sent, field by field; whether it has what a hook needs. The secret of a hook that is there does not change.
fn write(hook: &mut Hook, sent: &Value) -> bool {
    let config = &sent["config"];
    if let Some(url) = config["url"].as_str() {
        hook.url = url.to_owned();
    }
    let content_type = config["content_type"].as_str().map(str::to_owned);
    if hook.fields.is_null() {
        hook.fields = json!({ "type": "gitea", "active": false, "events": ["push"], "content_type": "form" });
    }
    for name in ["type", "active", "events"] {
        if !sent[name].is_null() {
            hook.fields[name] = sent[name].clone();
        }
    }
    if let Some(content_type) = content_type {
        hook.fields["content_type"] = content_type.into();
    }
    !hook.url.is_empty()
}

/// The events that a hook shows which was made for `pull_request` events.
const OF_PULL_REQUESTS: [&str; 9] = [
    "pull_request_assign",
    "pull_request_label",
    "pull_request_milestone",
    "pull_request_comment",
    "pull_request_review_approved",
    "pull_request_review_rejected",
    "pull_request_review_comment",
    "pull_request_sync",
    "pull_request_review_request",
];

fn events(it: &Hook) -> Vec<&str> {
    let told = it.fields["events"].as_array().into_iter().flatten();
    let mut events: Vec<&str> = told.filter_map(Value::as_str).collect();
    if events.contains(&"pull_request") {
        let more = OF_PULL_REQUESTS.into_iter().filter(|name| !events.contains(name));
        events.extend(more.collect::<Vec<_>>());
    }
    events
}

/// The secret is never shown.
fn hook(it: &Hook) -> Value {
    json!({ "id": it.id, "type": it.fields["type"], "active": it.fields["active"], "events": events(it),
        "config": { "url": it.url, "content_type": it.fields["content_type"] } })
}

/// A push that moves nothing, to the hook's repository or to the organization's first one.
fn test_delivery(world: &mut World, hook: &Hook) -> Option<Delivery> {
    let id = world.number();
    let repository = world
        .repositories
        .iter()
        .find(|it| it.full_name == hook.owner || it.names().0 == hook.owner)?;
    let head = repository.branches.get("main")?;
    let who = user(world, repository.names().0);
    let commit = json!({ "id": head, "message": "a change", "timestamp": "2026-01-02T03:04:05Z",
        "url": format!("{}/{}/commit/{head}", world.web, repository.full_name),
        "author": { "name": "Ann", "email": "ann@example.com", "username": "ann" },
        "committer": { "name": "Ann", "email": "ann@example.com", "username": "ann" },
        "added": [], "removed": [], "modified": [] });
    let payload = json!({ "ref": "refs/heads/main", "before": head, "after": head, "commits": [commit], "total_commits": 1,
        "head_commit": commit, "repository": shown(world, repository), "pusher": who, "sender": who });
    let body = payload.to_string();
    let guid = format!("00000000-0000-4000-9000-{id:012x}");
    let tag = if hook.secret.is_empty() {
        String::new()
    } else {
        hmac(&body, &hook.secret)
    };
    let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    for (name, value) in [
        ("delivery", guid.as_str()),
        ("event", "push"),
        ("event-type", "push"),
        ("signature", &tag),
    ] {
        headers.push((format!("x-gitea-{name}"), value.to_owned()));
        headers.push((format!("x-gogs-{name}"), value.to_owned()));
    }
    headers.push(("x-hub-signature-256".to_owned(), format!("sha256={tag}")));
    headers.push(("x-github-event".to_owned(), "push".to_owned()));
    headers.push(("x-github-delivery".to_owned(), guid.clone()));
    Some(Delivery {
        hook: Some(hook.id),
        id,
        guid,
        event: "push".to_owned(),
        url: hook.url.clone(),
        headers,
        body,
        awaited: false,
    })
}
