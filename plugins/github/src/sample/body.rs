//! Which payload is a sample of what, and the words that payloads share: what GitHub sends, less most of the links.

use forgegate_sdk::is_zero_id;
use forgegate_sdk::samples::Subject;
use serde_json::{Map, Value, json};

use super::{automation, code, people};
use crate::parse::rfc3339;

/// GitHub's name of the event and its payload; `None` where GitHub has no such event.
pub fn delivery(kind: &str, about: &Subject) -> Option<(&'static str, Value)> {
    let (name, own) = match kind {
        "push" => ("push", code::push(about, &about.ref_)),
        "tag" => (
            "push",
            code::push(about, &format!("refs/tags/{}", tag(about))),
        ),
        "pull-request" => ("pull_request", code::pull_request(about)),
        "merge-group" => ("merge_group", code::merge_group(about)),
        "comment" => ("issue_comment", people::comment(about)),
        "review" => ("pull_request_review", people::review(about)),
        "release" => ("release", people::release(about)),
        "issue" => ("issues", people::issue(about)),
        "wiki" => ("gollum", people::wiki(about)),
        "pipeline" => ("workflow_run", automation::workflow_run(about)),
        "job" => ("check_run", automation::check_run(about)),
        "deployment" => ("deployment_status", automation::deployment_status(about)),
        "repository" => ("repository", automation::default_branch()),
        "installation" => ("installation", automation::installation(about)),
        "ping" => ("ping", automation::ping()),
        _ => return None,
    };
    Some((name, with_envelope(name, own, about)))
}

/// Adds what every delivery to an App has, where the payload has not its own.
fn with_envelope(event: &str, own: Value, about: &Subject) -> Value {
    let mut all = Map::new();
    if !matches!(event, "installation" | "ping") {
        all.insert("repository".into(), repository(about));
    }
    if event != "ping" {
        all.insert("installation".into(), json!({"id": about.repository_id}));
    }
    all.insert("sender".into(), user());
    if let Value::Object(own) = own {
        all.extend(own);
    }
    Value::Object(all)
}

pub fn repository(about: &Subject) -> Value {
    let page = page(about);
    let host = about.origin.split_once("://").map_or("", |(_, host)| host);
    json!({
        "id": about.repository_id,
        "name": short_name(about),
        "full_name": about.full_name,
        "private": false,
        "owner": account(owner(about), "Organization"),
        "html_url": page,
        "clone_url": format!("{page}.git"),
        "ssh_url": format!("git@{host}:{}.git", about.full_name),
        "git_url": format!("git://{host}/{}.git", about.full_name),
        "default_branch": "main",
        "fork": false,
        "archived": false,
        "visibility": "public",
    })
}

pub fn user() -> Value {
    account("octocat", "User")
}

pub fn account(login: &str, kind: &str) -> Value {
    json!({"login": login, "id": 583_231, "type": kind, "site_admin": false})
}

pub fn page(about: &Subject) -> String {
    format!("{}/{}", about.origin, about.full_name)
}

pub fn owner(about: &Subject) -> &str {
    about.full_name.split('/').next().unwrap_or_default()
}

pub fn short_name(about: &Subject) -> &str {
    about.full_name.rsplit('/').next().unwrap_or_default()
}

/// The head of the sample's pull request: a subject whose ref is gone has only the commit before.
pub fn head(about: &Subject) -> &str {
    if is_zero_id(&about.after) {
        &about.before
    } else {
        &about.after
    }
}

/// What it stands on: for a new ref there is nothing but its own commit.
pub fn base(about: &Subject) -> &str {
    if is_zero_id(&about.before) {
        &about.after
    } else {
        &about.before
    }
}

/// The short name of the subject's branch; of another ref, that of the default branch.
pub fn branch(about: &Subject) -> &str {
    about.ref_.strip_prefix("refs/heads/").unwrap_or("main")
}

/// The subject's branch, unless that is the target itself.
pub fn topic(about: &Subject) -> &str {
    match branch(about) {
        "main" => "topic",
        name => name,
    }
}

/// The subject's tag, where it is one.
pub fn tag(about: &Subject) -> &str {
    about.ref_.strip_prefix("refs/tags/").unwrap_or("v1.0.0")
}

pub fn time(about: &Subject) -> Option<String> {
    rfc3339(about.sent_at)
}
