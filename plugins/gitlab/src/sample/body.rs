//! The words of the bodies.

use forgegate_sdk::is_zero_id;
use forgegate_sdk::samples::Subject;
use serde_json::{Value, json};

use super::clock::rfc3339;

const DEFAULT_BRANCH: &str = "main";
const MESSAGE: &str = "Describe the widget\n\nA sample, made on purpose.\n";
const TITLE: &str = "Describe the widget";
const USER_ID: u64 = 1001;
const USER_NAME: &str = "Ada Lovelace";
const USER_LOGIN: &str = "ada";
const USER_EMAIL: &str = "ada@example.com";
const MERGE_REQUEST: u64 = 7;

pub fn push(about: &Subject) -> Value {
    let mut body = moved(about, "push", &format!("refs/heads/{}", short_name(about)));
    if !is_zero_id(&about.after)
        && let Some(body) = body.as_object_mut()
    {
        body.insert("commits".into(), json!([commit(about)]));
        body.insert("total_commits_count".into(), json!(1));
    }
    body
}

pub fn tag_push(about: &Subject) -> Value {
    moved(
        about,
        "tag_push",
        &format!("refs/tags/{}", short_name(about)),
    )
}

/// What pushes of branches and tags have in common.
fn moved(about: &Subject, kind: &str, full_ref: &str) -> Value {
    json!({
        "object_kind": kind,
        "event_name": kind,
        "before": about.before,
        "after": about.after,
        "ref": full_ref,
        "ref_protected": false,
        "checkout_sha": (!is_zero_id(&about.after)).then_some(&about.after),
        "message": null,
        "user_id": USER_ID,
        "user_name": USER_NAME,
        "user_username": USER_LOGIN,
        "user_email": USER_EMAIL,
        "user_avatar": null,
        "project_id": about.repository_id,
        "project": project(about),
        "commits": [],
        "total_commits_count": 0,
        "push_options": {},
        "repository": repository(about),
    })
}

pub fn merge_request(about: &Subject, action: &str) -> Value {
    let labels = json!([]);
    let mut attributes = thread(about);
    if let Some(attributes) = attributes.as_object_mut() {
        attributes.insert("action".into(), json!(action));
        attributes.insert("labels".into(), labels.clone());
        attributes.insert("url".into(), json!(merge_request_url(about)));
    }
    json!({
        "object_kind": "merge_request",
        "event_type": "merge_request",
        "user": user(),
        "project": project(about),
        "repository": repository(about),
        "object_attributes": attributes,
        "labels": labels,
        "changes": {},
        "assignees": [],
        "reviewers": [],
    })
}

pub fn note(about: &Subject) -> Value {
    let time = rfc3339(about.sent_at);
    json!({
        "object_kind": "note",
        "event_type": "note",
        "user": user(),
        "project_id": about.repository_id,
        "project": project(about),
        "repository": repository(about),
        "object_attributes": {
            "id": 4201,
            "note": "A sample, made on purpose.",
            "noteable_type": "MergeRequest",
            "noteable_id": 70_007,
            "author_id": USER_ID,
            "project_id": about.repository_id,
            "action": "create",
            "type": null,
            "system": false,
            "internal": false,
            "created_at": time,
            "updated_at": time,
            "url": format!("{}#note_4201", merge_request_url(about)),
        },
        "merge_request": thread(about),
    })
}

pub fn release(about: &Subject) -> Value {
    let tag = short_name(about);
    let time = rfc3339(about.sent_at);
    json!({
        "object_kind": "release",
        "action": "create",
        "id": 31,
        "name": format!("Release {tag}"),
        "tag": tag,
        "description": "A sample, made on purpose.",
        "created_at": time,
        "released_at": time,
        "url": format!("{}/-/releases/{tag}", web_url(about)),
        "project": project(about),
        "commit": commit(about),
        "assets": { "count": 0, "links": [], "sources": [] },
    })
}

pub fn pipeline(about: &Subject) -> Value {
    let time = rfc3339(about.sent_at);
    json!({
        "object_kind": "pipeline",
        "object_attributes": {
            "id": 9100,
            "iid": 12,
            "ref": short_name(about),
            "tag": about.ref_.starts_with("refs/tags/"),
            "sha": about.after,
            "before_sha": about.before,
            "source": "push",
            "status": "success",
            "detailed_status": "passed",
            "stages": ["build", "test"],
            "created_at": time,
            "finished_at": time,
            "duration": 63,
            "queued_duration": 12,
            "variables": [],
            "url": format!("{}/-/pipelines/9100", web_url(about)),
        },
        "merge_request": null,
        "user": user(),
        "project": project(about),
        "commit": commit(about),
        "builds": [],
    })
}

/// The merge request, as it stands in its own events and in those of its comments.
fn thread(about: &Subject) -> Value {
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

fn commit(about: &Subject) -> Value {
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

fn user() -> Value {
    json!({
        "id": USER_ID,
        "name": USER_NAME,
        "username": USER_LOGIN,
        "avatar_url": null,
        "email": "[REDACTED]",
    })
}

fn project(about: &Subject) -> Value {
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
fn repository(about: &Subject) -> Value {
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

fn short_name(about: &Subject) -> &str {
    let name = &about.ref_;
    name.strip_prefix("refs/heads/")
        .or_else(|| name.strip_prefix("refs/tags/"))
        .unwrap_or(name)
}

fn last_part(about: &Subject) -> &str {
    about.full_name.rsplit('/').next().unwrap_or_default()
}

fn web_url(about: &Subject) -> String {
    format!("{}/{}", about.origin, about.full_name)
}

fn merge_request_url(about: &Subject) -> String {
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
