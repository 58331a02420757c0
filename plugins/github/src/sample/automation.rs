//! Samples of what runs by itself, and of what concerns the repository and the App.

use forgegate_sdk::samples::Subject;
use serde_json::{Value, json};

use super::APP;
use super::body::{account, base, branch, head, owner, repository, short_name, time, user};

pub fn workflow_run(about: &Subject) -> Value {
    json!({
        "action": "completed",
        "workflow": {"id": 6000, "name": "test", "path": ".github/workflows/test.yml", "state": "active"},
        "workflow_run": {
            "id": 6001, "name": "test", "run_number": 1, "run_attempt": 1, "event": "push", "status": "completed",
            "conclusion": "success", "head_branch": branch(about), "head_sha": head(about),
            "head_repository": repository(about), "actor": user(), "pull_requests": [], "check_suite_id": 6002,
            "created_at": time(about), "run_started_at": time(about), "updated_at": time(about),
        },
    })
}

/// A press on the button that runs a check of ours again.
pub fn check_run(about: &Subject) -> Value {
    json!({
        "action": "rerequested",
        "check_run": {
            "id": 6003, "name": "forgegate", "head_sha": head(about), "external_id": "", "status": "completed",
            "conclusion": "failure", "started_at": time(about), "completed_at": time(about), "app": app(),
            "check_suite": {
                "id": 6002, "head_branch": branch(about), "head_sha": head(about), "before": base(about),
                "after": head(about), "app": app(), "pull_requests": [],
            },
            "pull_requests": [],
        },
    })
}

pub fn deployment_status(about: &Subject) -> Value {
    json!({
        "action": "created",
        "deployment_status": {
            "id": 7001, "state": "success", "environment": "production", "description": "", "creator": user(),
            "environment_url": "https://widgets.example.com", "target_url": "", "created_at": time(about),
        },
        "deployment": {
            "id": 7000, "sha": head(about), "ref": branch(about), "task": "deploy", "environment": "production",
            "production_environment": true, "creator": user(), "created_at": time(about),
        },
    })
}

/// The default branch was `master` before.
pub fn default_branch() -> Value {
    json!({"action": "edited", "changes": {"default_branch": {"from": "master"}}})
}

pub fn installation(about: &Subject) -> Value {
    json!({
        "action": "created",
        "installation": {
            "id": about.repository_id, "app_id": APP, "account": account(owner(about), "Organization"),
            "repository_selection": "selected", "target_type": "Organization", "suspended_at": null,
            "created_at": about.sent_at, "updated_at": about.sent_at,
        },
        "repositories": [
            {"id": about.repository_id, "name": short_name(about), "full_name": about.full_name, "private": false},
        ],
    })
}

pub fn ping() -> Value {
    json!({
        "zen": "Keep it logically awesome.",
        "hook_id": 1,
        "hook": {"type": "App", "id": 1, "name": "web", "active": true, "app_id": APP, "events": ["push"]},
    })
}

fn app() -> Value {
    json!({"id": APP, "slug": "forgegate", "name": "Forgegate", "owner": user()})
}
