//! Hooks of projects and groups, with their history.

use serde_json::{Value, json};

use super::{list, not_found};
use crate::forges::call::Delivery;
use crate::forges::server::seconds;
use crate::forges::world::{Hook, Posted, World};
use crate::forges::{Call, Reply};

/// The events that a hook may subscribe to.
const EVENTS: [&str; 11] = [
    "push_events",
    "tag_push_events",
    "merge_requests_events",
    "note_events",
    "confidential_note_events",
    "issues_events",
    "confidential_issues_events",
    "pipeline_events",
    "job_events",
    "releases_events",
    "deployment_events",
];

pub(super) fn hooks(world: &mut World, call: &Call, owner: &str, path: &[&str]) -> Reply {
    let [id, rest @ ..] = path else {
        return all(world, call, owner);
    };
    let is = |it: &&mut Hook| it.owner == owner && it.id.to_string() == *id;
    let Some(hook) = world.hooks.iter_mut().find(is) else {
        return not_found("");
    };
    match (call.method.as_str(), rest) {
        ("GET", []) => Reply::json(200, shown(hook)),
        ("PUT", []) => {
            write(hook, &call.json());
            Reply::json(200, shown(hook))
        }
        ("POST", ["test", "push_events"]) => {
            let hook = hook.clone();
            let delivery = test_delivery(world, &hook, None);
            Reply::message(201, "201 Created").posting(delivery)
        }
        ("GET", ["events"]) => {
            let events = hook.posted.iter().rev().map(|it| event(hook, it)).collect();
            list(world, call, events)
        }
        ("POST", ["events", event, "resend"]) => match hook.posted.iter().find(|it| it.id.to_string() == *event) {
            Some(posted) => {
                let (hook, guid) = (hook.clone(), posted.guid.clone());
                let delivery = test_delivery(world, &hook, Some(guid));
                Reply::json(201, json!({ "response_status": 200 })).posting(delivery)
            }
            None => not_found(""),
        },
        _ => not_found(""),
    }
}

fn all(world: &mut World, call: &Call, owner: &str) -> Reply {
    match call.method.as_str() {
        "GET" => {
            let own = world.hooks.iter().filter(|it| it.owner == owner);
            list(world, call, own.map(shown).collect())
        }
        "POST" => {
            let mut made = Hook {
                id: world.number(),
                owner: owner.to_owned(),
                fields: json!({ "push_events": true, "enable_ssl_verification": true }),
                ..Hook::default()
            };
            write(&mut made, &call.json());
            if made.url.is_empty() {
                return Reply::json(400, json!({ "error": "url is missing" }));
            }
            world.hooks.push(made.clone());
            Reply::json(201, shown(&made))
        }
        _ => not_found(""),
    }
}

/// Takes over what is sent. The token is written and never shown.
fn write(hook: &mut Hook, sent: &Value) {
    for (name, value) in sent.as_object().into_iter().flatten() {
        match (name.as_str(), value.as_str()) {
            ("url", Some(url)) => hook.url = url.to_owned(),
            ("token", Some(token)) => hook.secret = token.to_owned(),
            _ => hook.fields[name] = value.clone(),
        }
    }
}

fn shown(it: &Hook) -> Value {
    let until = it.disabled.as_deref().filter(|state| *state == "temporarily_disabled");
    let mut shown = json!({ "id": it.id, "url": it.url, "alert_status": it.disabled.as_deref().unwrap_or("executable"),
        "disabled_until": until.map(|_| "2099-01-02T03:04:05.000Z"), "token_present": !it.secret.is_empty() });
    for name in EVENTS {
        shown[name] = it.fields[name].as_bool().unwrap_or(false).into();
    }
    for name in [
        "enable_ssl_verification",
        "push_events_branch_filter",
        "branch_filter_strategy",
        "wiki_page_events",
    ] {
        shown[name] = it.fields[name].clone();
    }
    shown
}

fn event(hook: &Hook, it: &Posted) -> Value {
    let status = if it.status == 0 {
        "internal error".to_owned()
    } else {
        it.status.to_string()
    };
    json!({ "id": it.id, "url": hook.url, "trigger": it.event, "response_status": status, "execution_duration": 0.1,
        "request_headers": { "X-Gitlab-Event": "Push Hook", "Idempotency-Key": it.guid, "webhook-id": it.guid,
            "webhook-timestamp": it.at.to_string() } })
}

/// A push to the hook's project, or to the group's first. The caller waits for its end.
fn test_delivery(world: &mut World, hook: &Hook, guid: Option<String>) -> Option<Delivery> {
    let id = world.number();
    let repository = world
        .repositories
        .iter()
        .find(|it| it.full_name == hook.owner || it.names().0 == hook.owner)?;
    let head = repository.branches.get("main")?;
    let mut project = super::project(world, repository);
    project["git_http_url"] = project["http_url_to_repo"].clone();
    project["git_ssh_url"] = project["ssh_url_to_repo"].clone();
    let commit = json!({ "id": head, "message": "a change", "title": "a change", "timestamp": "2026-01-02T03:04:05Z",
        "url": format!("{}/-/commit/{head}", project["web_url"].as_str()?), "author": { "name": "Ann", "email": "ann@example.com" },
        "added": [], "modified": ["README.md"], "removed": [] });
    let payload = json!({ "object_kind": "push", "event_name": "push", "before": "b".repeat(40), "after": head, "ref": "refs/heads/main",
        "checkout_sha": head, "user_id": 2, "user_name": "Ann", "user_username": "ann", "project_id": repository.id, "project": project,
        "commits": [commit], "total_commits_count": 1, "push_options": {} });
    let guid = guid.unwrap_or_else(|| format!("00000000-0000-4000-a000-{id:012x}"));
    let timestamp = seconds().to_string();
    let mut fields = vec![
        ("content-type", "application/json"),
        ("user-agent", "GitLab/19.1.0"),
        ("x-gitlab-event", "Push Hook"),
        ("x-gitlab-event-uuid", &guid),
        ("x-gitlab-instance", &world.web),
        ("idempotency-key", &guid),
        ("webhook-id", &guid),
        ("webhook-timestamp", &timestamp),
    ];
    if !hook.secret.is_empty() {
        fields.push(("x-gitlab-token", &hook.secret));
    }
    let headers = fields
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    Some(Delivery {
        hook: Some(hook.id),
        id,
        guid,
        event: "push_events".to_owned(),
        url: hook.url.clone(),
        headers,
        body: payload.to_string(),
        awaited: true,
    })
}
