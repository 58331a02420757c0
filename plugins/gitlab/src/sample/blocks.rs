//! The blocks that several bodies have in common.

use forgegate_sdk::samples::Subject;
use serde_json::{Value, json};

use super::clock::rfc3339;

pub const MESSAGE: &str = "Describe the widget\n\nA sample, made on purpose.\n";
pub const TITLE: &str = "Describe the widget";
pub const USER_ID: u64 = 1001;
pub const USER_NAME: &str = "Ada Lovelace";
pub const USER_LOGIN: &str = "ada";
pub const USER_EMAIL: &str = "ada@example.com";

const DEFAULT_BRANCH: &str = "main";
const MERGE_REQUEST: u64 = 7;

/// The merge request, as it stands in its own events and in those of its comments.
pub fn thread(about: &Subject) -> Value {
    let time = rfc3339(about.sent_at);
    let name = short_name(about);
    json!({
        "id": 70_007,
        "iid": MERGE_REQUEST,
        "title": TITLE,
        "description": "A sample, made on purpose.",
        "state": "opened",
        "draft": false,
        "work_in_progress": false,
        "author_id": USER_ID,
        "source_branch": if name == DEFAULT_BRANCH { "topic" } else { name },
        "target_branch": DEFAULT_BRANCH,
        "source_project_id": about.repository_id,
        "target_project_id": about.repository_id,
        "source": project(about),
        "target": project(about),
        "last_commit": commit(about),
        "created_at": time,
        "updated_at": time,
        "detailed_merge_status": "checking",
    })
}

pub fn commit(about: &Subject) -> Value {
    json!({
        "id": about.after,
        "title": TITLE,
        "message": MESSAGE,
        "timestamp": rfc3339(about.sent_at),
        "url": format!("{}/-/commit/{}", web_url(about), about.after),
        "author": { "name": USER_NAME, "email": USER_EMAIL },
        "added": ["docs/widget.md"],
        "modified": ["README.md"],
        "removed": [],
    })
}

pub fn user() -> Value {
    json!({
        "id": USER_ID,
        "name": USER_NAME,
        "username": USER_LOGIN,
        "avatar_url": null,
        "email": "[REDACTED]",
    })
}

pub fn project(about: &Subject) -> Value {
    json!({
        "id": about.repository_id,
        "name": last_part(about),
        "description": "",
        "web_url": web_url(about),
        "avatar_url": null,
        "git_ssh_url": ssh_url(about),
        "git_http_url": http_url(about),
        "namespace": about.full_name.split('/').next(),
        "visibility_level": 0,
        "path_with_namespace": about.full_name,
        "default_branch": DEFAULT_BRANCH,
        "ci_config_path": "",
        "homepage": web_url(about),
        "url": ssh_url(about),
        "ssh_url": ssh_url(about),
        "http_url": http_url(about),
    })
}

/// The older block, which GitLab still sends beside the project.
pub fn repository(about: &Subject) -> Value {
    json!({
        "name": last_part(about),
        "url": ssh_url(about),
        "description": "",
        "homepage": web_url(about),
        "git_http_url": http_url(about),
        "git_ssh_url": ssh_url(about),
        "visibility_level": 0,
    })
}

pub fn short_name(about: &Subject) -> &str {
    let name = &about.ref_;
    name.strip_prefix("refs/heads/")
        .or_else(|| name.strip_prefix("refs/tags/"))
        .unwrap_or(name)
}

fn last_part(about: &Subject) -> &str {
    about.full_name.rsplit('/').next().unwrap_or_default()
}

pub fn web_url(about: &Subject) -> String {
    format!("{}/{}", about.origin, about.full_name)
}

pub fn merge_request_url(about: &Subject) -> String {
    format!("{}/-/merge_requests/{MERGE_REQUEST}", web_url(about))
}

fn http_url(about: &Subject) -> String {
    format!("{}.git", web_url(about))
}

fn ssh_url(about: &Subject) -> String {
    let host = about.origin.rsplit('/').next().unwrap_or_default();
    let name = host.split(':').next().unwrap_or_default();
    format!("git@{name}:{}.git", about.full_name)
}
