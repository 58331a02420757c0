//! `workflow_job` and `check_run`: one job of a run, and one check of a commit, with its buttons.

use forgegate_sdk::events::{Detail, Event, Job};
use forgegate_sdk::json::Part;
use forgegate_sdk::{Headers, ParseError};

use super::common::{branch_ref_or_none, commit, event};
use super::run_state::{failure_reason, seconds, state};

pub fn workflow_job(root: Part) -> Result<Event, ParseError> {
    let part = root.at("workflow_job");
    let job = Job {
        pipeline_id: part.id_or_none("run_id")?,
        // A tag's or a fork's branch's name as well: nothing tells them apart.
        ref_: branch_ref_or_none(part, "head_branch")?,
        environment: root.owned("deployment.environment")?,
        ..job(part)?
    };
    let time = part.owned(match part.text("status")? {
        "completed" => "completed_at",
        "in_progress" => "started_at",
        _ => "created_at",
    })?;
    event(root, time, Detail::Job(job))
}

pub fn check_run(headers: &Headers, root: Part) -> Result<Event, ParseError> {
    let part = root.at("check_run");
    let action = root.text("action")?;
    let ours = is_our_own(headers, part)?;
    let job = Job {
        pipeline_id: part.id_or_none("check_suite.id")?,
        ref_: branch_ref_or_none(part, "check_suite.head_branch")?,
        external_id: part.owned("external_id")?.filter(|_| ours),
        requested_action: requested_action(action, root)?.filter(|_| ours),
        ..job(part)?
    };
    let time = match action {
        "created" => part.owned("started_at")?,
        "completed" => part.owned("completed_at")?,
        _ => None,
    };
    event(root, time, Detail::Job(job))
}

/// The fields that jobs and checks have in common.
fn job(part: Part) -> Result<Job, ParseError> {
    let conclusion = part.text_or_none("conclusion")?;
    let state = state(part.text("status")?, conclusion);
    Ok(Job {
        sha: Some(commit(part, "head_sha")?),
        failure_reason: failure_reason(&state, conclusion),
        duration_s: seconds(part, "started_at", "completed_at")?,
        ..Job::new(part.id("id")?, part.text("name")?.to_owned(), state)
    })
}

/// The button that somebody pressed. GitHub tells it only the app that made the check.
fn requested_action(action: &str, root: Part) -> Result<Option<String>, ParseError> {
    match action {
        "rerequested" => Ok(Some("rerun".into())),
        "requested_action" => {
            let identifier = root.text("requested_action.identifier")?;
            Ok(Some(identifier.to_owned()))
        }
        _ => Ok(None),
    }
}

/// Tells whether the check is the app's that this hook belongs to, as far as the delivery tells. Another app may write anything
/// on its checks, the id of one of our evaluations included.
fn is_our_own(headers: &Headers, check: Part) -> Result<bool, ParseError> {
    let maker = check.id_or_none("app.id")?;
    let id = headers.get("x-github-hook-installation-target-id");
    Ok(match headers.get("x-github-hook-installation-target-type") {
        None => true,
        Some("integration") => id.is_some() && maker.as_deref() == id,
        Some(_) => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::fields::FIELDS;
    use forgegate_sdk::json::Tree;
    use serde_json::{Value, json};

    fn payload(action: &str) -> Value {
        json!({
            "action": action,
            "check_run": {
                "id": 1, "name": "build", "head_sha": "ab".repeat(20), "external_id": "evaluation",
                "status": "completed", "conclusion": "failure", "app": {"id": 29310},
                "check_suite": {"id": 2, "head_branch": null},
            },
            "repository": {"id": 1, "full_name": "acme/widgets"},
        })
    }

    fn read(headers: &Headers, payload: &Value) -> Result<Event, ParseError> {
        let payload = payload.to_string();
        check_run(headers, Tree::read(payload.as_bytes(), FIELDS)?.root())
    }

    fn parsed(payload: &Value, app: &str, kind: &str) -> Job {
        let headers = Headers::from_iter([
            ("x-github-hook-installation-target-id", app),
            ("x-github-hook-installation-target-type", kind),
        ]);
        match read(&headers, payload).unwrap().detail {
            Detail::Job(job) => job,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_buttons_of_our_own_checks_are_read() {
        let rerun = parsed(&payload("rerequested"), "29310", "integration");
        assert_eq!(rerun.requested_action.as_deref(), Some("rerun"));
        assert_eq!(rerun.external_id.as_deref(), Some("evaluation"));
        assert_eq!(rerun.ref_, None);
        let mut pressed = payload("requested_action");
        pressed["requested_action"] = json!({"identifier": "approve"});
        let pressed = parsed(&pressed, "29310", "integration");
        assert_eq!(pressed.requested_action.as_deref(), Some("approve"));
    }

    #[test]
    fn what_another_app_wrote_on_its_check_is_not_handed_on() {
        for (app, kind) in [("7", "integration"), ("29310", "repository"), ("", "integration")] {
            let job = parsed(&payload("rerequested"), app, kind);
            assert_eq!((job.external_id, job.requested_action), (None, None), "{app} {kind}");
        }
    }

    #[test]
    fn a_button_without_a_name_is_malformed() {
        let read = read(&Headers::new(Vec::new()), &payload("requested_action"));
        assert!(matches!(read, Err(ParseError::Malformed(text)) if text.contains("requested_action")));
    }
}
