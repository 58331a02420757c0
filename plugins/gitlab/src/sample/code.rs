//! The bodies about code: pushes, tags, merge requests and their comments, releases.

use forgegate_sdk::is_zero_id;
use forgegate_sdk::samples::Subject;
use serde_json::{Value, json};

use super::blocks::{
    USER_EMAIL, USER_ID, USER_LOGIN, USER_NAME, commit, merge_request_url, project, repository,
    short_name, thread, user, web_url,
};
use super::clock::rfc3339;

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
