//! `workflow_job` and `check_run`: one job of a run, and one check of a commit, with its buttons.

use forgegate_sdk::events::{Detail, Event, Job};
use forgegate_sdk::{Headers, ParseError, json};
use serde::Deserialize;

use super::common::{
    Account, Envelope, Numbered, Repo, Text, branch_ref_of, malformed, owned, required_id,
};
use super::run::{failure_reason, seconds, state};

#[derive(Deserialize)]
struct JobPayload<'a> {
    #[serde(borrow)]
    workflow_job: WorkflowJob<'a>,
    #[serde(borrow)]
    deployment: Option<Target<'a>>,
    #[serde(borrow)]
    repository: Repo<'a>,
    #[serde(borrow)]
    sender: Option<Account<'a>>,
    installation: Option<Numbered>,
}

#[derive(Deserialize)]
struct WorkflowJob<'a> {
    id: u64,
    #[serde(borrow)]
    name: Text<'a>,
    run_id: Option<u64>,
    #[serde(borrow)]
    head_sha: Text<'a>,
    /// A tag's or a fork's branch's name as well: nothing tells them apart.
    #[serde(borrow)]
    head_branch: Option<Text<'a>>,
    #[serde(borrow)]
    status: Text<'a>,
    #[serde(borrow)]
    conclusion: Option<Text<'a>>,
    #[serde(borrow)]
    created_at: Option<Text<'a>>,
    #[serde(borrow)]
    started_at: Option<Text<'a>>,
    #[serde(borrow)]
    completed_at: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Target<'a> {
    #[serde(borrow)]
    environment: Option<Text<'a>>,
}

pub fn workflow_job(payload: &[u8]) -> Result<Event, ParseError> {
    let payload: JobPayload = json::parse(payload)?;
    let job = &payload.workflow_job;
    let state = state(&job.status, job.conclusion.as_deref());
    let target = payload.deployment.as_ref();
    let detail = Detail::Job(Job {
        id: job.id.to_string(),
        name: job.name.to_string(),
        stage: None,
        pipeline_id: job.run_id.map(|id| id.to_string()),
        ref_: branch_ref_of(&job.head_branch),
        sha: Some(required_id("workflow_job.head_sha", &job.head_sha)?),
        failure_reason: failure_reason(&state, &job.conclusion),
        state,
        duration_s: seconds(&job.started_at, &job.completed_at),
        allow_failure: false,
        environment: target.and_then(|target| owned(&target.environment)),
        external_id: None,
        requested_action: None,
    });
    let time = match &*job.status {
        "completed" => &job.completed_at,
        "in_progress" => &job.started_at,
        _ => &job.created_at,
    };
    let time = owned(time);
    let envelope = Envelope::of(payload.repository, payload.sender, payload.installation);
    Ok(envelope.event_at(time, detail))
}

#[derive(Deserialize)]
struct CheckPayload<'a> {
    #[serde(borrow)]
    action: Text<'a>,
    #[serde(borrow)]
    check_run: Check<'a>,
    #[serde(borrow)]
    requested_action: Option<Button<'a>>,
    #[serde(borrow)]
    repository: Repo<'a>,
    #[serde(borrow)]
    sender: Option<Account<'a>>,
    installation: Option<Numbered>,
}

#[derive(Deserialize)]
struct Check<'a> {
    id: u64,
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    head_sha: Text<'a>,
    #[serde(borrow)]
    external_id: Option<Text<'a>>,
    #[serde(borrow)]
    status: Text<'a>,
    #[serde(borrow)]
    conclusion: Option<Text<'a>>,
    #[serde(borrow)]
    started_at: Option<Text<'a>>,
    #[serde(borrow)]
    completed_at: Option<Text<'a>>,
    #[serde(borrow)]
    check_suite: Option<Suite<'a>>,
    app: Option<Numbered>,
}

#[derive(Deserialize)]
struct Suite<'a> {
    id: Option<u64>,
    #[serde(borrow)]
    head_branch: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Button<'a> {
    #[serde(borrow)]
    identifier: Text<'a>,
}

pub fn check_run(headers: &Headers, payload: &[u8]) -> Result<Event, ParseError> {
    let payload: CheckPayload = json::parse(payload)?;
    let check = &payload.check_run;
    let state = state(&check.status, check.conclusion.as_deref());
    let suite = check.check_suite.as_ref();
    let ours = is_our_own(headers, check);
    let requested_action = requested_action(&payload)?;
    let detail = Detail::Job(Job {
        id: check.id.to_string(),
        name: check.name.to_string(),
        stage: None,
        pipeline_id: suite.and_then(|suite| suite.id).map(|id| id.to_string()),
        ref_: suite.and_then(|suite| branch_ref_of(&suite.head_branch)),
        sha: Some(required_id("check_run.head_sha", &check.head_sha)?),
        failure_reason: failure_reason(&state, &check.conclusion),
        state,
        duration_s: seconds(&check.started_at, &check.completed_at),
        allow_failure: false,
        environment: None,
        external_id: owned(&check.external_id).filter(|_| ours),
        requested_action: requested_action.filter(|_| ours),
    });
    let time = match &*payload.action {
        "created" => owned(&check.started_at),
        "completed" => owned(&check.completed_at),
        _ => None,
    };
    let envelope = Envelope::of(payload.repository, payload.sender, payload.installation);
    Ok(envelope.event_at(time, detail))
}

/// What somebody pressed. GitHub tells it only the app that made the check.
fn requested_action(payload: &CheckPayload) -> Result<Option<String>, ParseError> {
    match (&*payload.action, &payload.requested_action) {
        ("rerequested", _) => Ok(Some("rerun".into())),
        ("requested_action", Some(button)) => Ok(Some(button.identifier.to_string())),
        ("requested_action", None) => Err(malformed("requested_action", "is missing")),
        _ => Ok(None),
    }
}

/// Whether the check is the app's that this hook belongs to, as far as the delivery tells. Another app may write anything
/// on its checks, the id of one of our evaluations included.
fn is_our_own(headers: &Headers, check: &Check) -> bool {
    let field = |name| headers.get(name);
    let id = field("x-github-hook-installation-target-id");
    match field("x-github-hook-installation-target-type") {
        None => true,
        Some("integration") => {
            let maker = check.app.as_ref().map(|app| app.id.to_string());
            id.is_some() && maker.as_deref() == id
        }
        Some(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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

    fn parsed(payload: &Value, app: &str, kind: &str) -> Job {
        let headers = Headers::from_iter([
            ("x-github-hook-installation-target-id", app),
            ("x-github-hook-installation-target-type", kind),
        ]);
        match check_run(&headers, payload.to_string().as_bytes())
            .unwrap()
            .detail
        {
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
        for (app, kind) in [
            ("7", "integration"),
            ("29310", "repository"),
            ("", "integration"),
        ] {
            let job = parsed(&payload("rerequested"), app, kind);
            assert_eq!(
                (job.external_id, job.requested_action),
                (None, None),
                "{app} {kind}"
            );
        }
    }

    #[test]
    fn a_button_without_a_name_is_malformed() {
        let sent = payload("requested_action").to_string();
        let read = check_run(&Headers::new(Vec::new()), sent.as_bytes());
        assert!(
            matches!(read, Err(ParseError::Malformed(text)) if text.contains("requested_action"))
        );
    }
}
