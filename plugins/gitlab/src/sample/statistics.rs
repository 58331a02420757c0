//! The bodies that are counted and start nothing: issues, pipelines, jobs, deployments, pages of the wiki.

use forgegate_sdk::samples::Subject;
use serde_json::{Value, json};

use super::blocks::{
    MESSAGE, TITLE, USER_EMAIL, USER_ID, USER_NAME, commit, project, repository, short_name, user,
    web_url,
};
use super::clock::rfc3339;

const PIPELINE: u64 = 9100;
const JOB: u64 = 9101;

pub fn issue(about: &Subject) -> Value {
    let time = rfc3339(about.sent_at);
    json!({
        "object_kind": "issue",
        "event_type": "issue",
        "user": user(),
        "project": project(about),
        "repository": repository(about),
        "object_attributes": {
            "id": 70_009,
            "iid": 9,
            "title": "The widget has no description",
            "description": "A sample, made on purpose.",
            "state": "opened",
            "action": "open",
            "confidential": false,
            "author_id": USER_ID,
            "project_id": about.repository_id,
            "labels": [],
            "created_at": time,
            "updated_at": time,
            "url": format!("{}/-/issues/9", web_url(about)),
        },
        "labels": [],
        "changes": {},
        "assignees": [],
    })
}

pub fn pipeline(about: &Subject) -> Value {
    let time = rfc3339(about.sent_at);
    json!({
        "object_kind": "pipeline",
        "object_attributes": {
            "id": PIPELINE,
            "iid": 12,
            "ref": short_name(about),
            "tag": is_tag(about),
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
            "url": format!("{}/-/pipelines/{PIPELINE}", web_url(about)),
        },
        "merge_request": null,
        "user": user(),
        "project": project(about),
        "commit": commit(about),
        "builds": [],
    })
}

pub fn job(about: &Subject) -> Value {
    let time = rfc3339(about.sent_at);
    json!({
        "object_kind": "build",
        "ref": short_name(about),
        "tag": is_tag(about),
        "before_sha": about.before,
        "sha": about.after,
        "build_id": JOB,
        "build_name": "test",
        "build_stage": "test",
        "build_status": "success",
        "build_created_at": time,
        "build_started_at": time,
        "build_finished_at": time,
        "build_duration": 61.5,
        "build_queued_duration": 0.5,
        "build_allow_failure": false,
        "build_failure_reason": "unknown_failure",
        "retries_count": 0,
        "pipeline_id": PIPELINE,
        "project_id": about.repository_id,
        "project_name": about.full_name.replace('/', " / "),
        "project": project(about),
        "user": user(),
        "commit": {
            "id": PIPELINE,
            "name": null,
            "sha": about.after,
            "message": MESSAGE,
            "author_name": USER_NAME,
            "author_email": USER_EMAIL,
            "status": "success",
            "duration": 63,
            "started_at": time,
            "finished_at": time,
        },
        "repository": repository(about),
        "runner": null,
        "environment": null,
        "source_pipeline": null,
    })
}

pub fn deployment(about: &Subject) -> Value {
    json!({
        "object_kind": "deployment",
        "status": "success",
        "status_changed_at": rfc3339(about.sent_at),
        "deployment_id": 48,
        "deployable_id": JOB,
        "deployable_url": format!("{}/-/jobs/{JOB}", web_url(about)),
        "environment": "staging",
        "environment_tier": "staging",
        "environment_slug": "staging",
        "environment_external_url": "https://staging.example.com",
        "project": project(about),
        "short_sha": about.after.get(..8),
        "user": user(),
        "user_url": null,
        "commit_url": format!("{}/-/commit/{}", web_url(about), about.after),
        "commit_title": TITLE,
        "ref": short_name(about),
    })
}

pub fn wiki_page(about: &Subject) -> Value {
    let web_url = web_url(about);
    json!({
        "object_kind": "wiki_page",
        "user": user(),
        "project": project(about),
        "wiki": { "web_url": format!("{web_url}/-/wikis/home"), "default_branch": "main" },
        "object_attributes": {
            "title": "Widget",
            "content": "A sample, made on purpose.",
            "format": "markdown",
            "message": "Create Widget",
            "slug": "widget",
            "url": format!("{web_url}/-/wikis/widget"),
            "action": "create",
        },
    })
}

fn is_tag(about: &Subject) -> bool {
    about.ref_.starts_with("refs/tags/")
}
