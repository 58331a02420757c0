//! `workflow_run` and `check_suite`: runs of GitHub's own automation, and of other apps'.
//!
//! Both name a branch without saying whether it is one: for a run that a tag's push caused it is the tag's name. Only what
//! a release caused is known to be a tag.

use forgegate_sdk::events::{Detail, Event, Pipeline};
use forgegate_sdk::{ParseError, commit_id, json};
use serde::Deserialize;

use super::common::{Account, Envelope, Numbered, Repo, Text, branch_ref_of, owned, required_id};
use super::run::{seconds, state};

#[derive(Deserialize)]
struct RunPayload<'a> {
    #[serde(borrow)]
    workflow_run: Run<'a>,
    #[serde(borrow)]
    repository: Repo<'a>,
    #[serde(borrow)]
    sender: Option<Account<'a>>,
    installation: Option<Numbered>,
}

#[derive(Deserialize)]
struct Run<'a> {
    id: u64,
    run_number: Option<u64>,
    #[serde(borrow)]
    head_sha: Text<'a>,
    #[serde(borrow)]
    head_branch: Option<Text<'a>>,
    head_repository: Option<Numbered>,
    #[serde(borrow)]
    event: Option<Text<'a>>,
    #[serde(borrow)]
    status: Text<'a>,
    #[serde(borrow)]
    conclusion: Option<Text<'a>>,
    #[serde(borrow)]
    run_started_at: Option<Text<'a>>,
    #[serde(borrow)]
    updated_at: Option<Text<'a>>,
}

pub fn workflow_run(payload: &[u8]) -> Result<Event, ParseError> {
    let payload: RunPayload = json::parse(payload)?;
    let run = &payload.workflow_run;
    let tag = run.event.as_deref() == Some("release");
    let ended = &*run.status == "completed";
    let pipeline = Pipeline {
        id: run.id.to_string(),
        number: run.run_number,
        sha: Some(required_id("workflow_run.head_sha", &run.head_sha)?),
        before: None,
        ref_: run.full_ref(payload.repository.id),
        tag,
        source: owned(&run.event),
        state: state(&run.status, run.conclusion.as_deref()),
        stages: Vec::new(),
        duration_s: ended
            .then(|| seconds(&run.run_started_at, &run.updated_at))
            .flatten(),
        queued_s: None,
    };
    let time = owned(&run.updated_at);
    let envelope = Envelope::of(payload.repository, payload.sender, payload.installation);
    Ok(envelope.event_at(time, Detail::Pipeline(pipeline)))
}

impl Run<'_> {
    /// The ref in this repository; a fork's branch has none here.
    fn full_ref(&self, repository: u64) -> Option<String> {
        let head = self.head_repository.as_ref();
        if head.is_none_or(|head| head.id != repository) {
            return None;
        }
        match self.event.as_deref() {
            Some("release") => owned(&self.head_branch).map(|name| format!("refs/tags/{name}")),
            _ => branch_ref_of(&self.head_branch),
        }
    }
}

#[derive(Deserialize)]
struct SuitePayload<'a> {
    #[serde(borrow)]
    check_suite: Suite<'a>,
    #[serde(borrow)]
    repository: Repo<'a>,
    #[serde(borrow)]
    sender: Option<Account<'a>>,
    installation: Option<Numbered>,
}

#[derive(Deserialize)]
struct Suite<'a> {
    id: u64,
    #[serde(borrow)]
    head_sha: Text<'a>,
    /// Null for a head that is a fork's.
    #[serde(borrow)]
    head_branch: Option<Text<'a>>,
    #[serde(borrow)]
    before: Option<Text<'a>>,
    #[serde(borrow)]
    status: Option<Text<'a>>,
    #[serde(borrow)]
    conclusion: Option<Text<'a>>,
    #[serde(borrow)]
    updated_at: Option<Text<'a>>,
}

pub fn check_suite(payload: &[u8]) -> Result<Event, ParseError> {
    let payload: SuitePayload = json::parse(payload)?;
    let suite = &payload.check_suite;
    let status = suite.status.as_deref().unwrap_or("queued");
    let pipeline = Pipeline {
        id: suite.id.to_string(),
        number: None,
        sha: Some(required_id("check_suite.head_sha", &suite.head_sha)?),
        before: suite.before.as_deref().and_then(commit_id),
        ref_: branch_ref_of(&suite.head_branch),
        tag: false,
        source: None,
        state: state(status, suite.conclusion.as_deref()),
        stages: Vec::new(),
        duration_s: None,
        queued_s: None,
    };
    let time = owned(&suite.updated_at);
    let envelope = Envelope::of(payload.repository, payload.sender, payload.installation);
    Ok(envelope.event_at(time, Detail::Pipeline(pipeline)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn run(event: &str, head_repository: Value) -> Pipeline {
        let payload = json!({
            "action": "completed",
            "workflow_run": {
                "id": 5_000_000_000_u64, "run_number": 3, "head_sha": "ab".repeat(20), "head_branch": "v1",
                "head_repository": head_repository, "event": event, "status": "completed", "conclusion": "timed_out",
                "run_started_at": "2026-11-20T10:00:00Z", "updated_at": "2026-11-20T10:01:30Z",
            },
            "repository": {"id": 1, "full_name": "acme/widgets"},
        });
        match workflow_run(payload.to_string().as_bytes()).unwrap().detail {
            Detail::Pipeline(pipeline) => pipeline,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_run_has_a_ref_only_in_its_own_repository() {
        let own = run("push", json!({"id": 1}));
        assert_eq!(own.ref_.as_deref(), Some("refs/heads/v1"));
        assert_eq!(own.duration_s, Some(90.0));
        assert_eq!(own.id, "5000000000");
        assert_eq!(run("pull_request", json!({"id": 2})).ref_, None);
        assert_eq!(run("pull_request", json!(null)).ref_, None);
    }

    #[test]
    fn what_a_release_caused_ran_on_a_tag() {
        let release = run("release", json!({"id": 1}));
        assert_eq!(release.ref_.as_deref(), Some("refs/tags/v1"));
        assert!(release.tag);
    }
}
