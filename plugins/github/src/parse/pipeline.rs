//! `workflow_run` and `check_suite`: runs of GitHub's own automation, and of other apps'.
//!
//! Both name a branch without saying whether it is one: for a run that a tag's push caused it is the tag's name. Only what
//! a release caused is known to be a tag.

use forgegate_sdk::ParseError;
use forgegate_sdk::events::{Detail, Event, Pipeline};
use forgegate_sdk::json::Part;

use super::common::{branch_ref_or_none, commit, commit_or_none, event};
use super::run_state::{seconds, state};

pub fn workflow_run(root: Part) -> Result<Event, ParseError> {
    let run = root.at("workflow_run");
    let pipeline = self::run(run, root.number_or_none("repository.id")?)?;
    event(root, run.owned("updated_at")?, Detail::Pipeline(pipeline))
}

/// The run, in the repository of this number.
pub fn run(run: Part, repository: Option<u64>) -> Result<Pipeline, ParseError> {
    let status = run.text("status")?;
    let source = run.owned("event")?;
    let duration_s = match status {
        "completed" => seconds(run, "run_started_at", "updated_at")?,
        _ => None,
    };
    Ok(Pipeline {
        number: run.number_or_none("run_number")?,
        sha: Some(commit(run, "head_sha")?),
        ref_: full_ref(run, repository)?,
        tag: source.as_deref() == Some("release"),
        source,
        duration_s,
        ..Pipeline::new(run.id("id")?, state(status, run.text_or_none("conclusion")?))
    })
}

/// The ref in this repository; a fork's branch has none here.
fn full_ref(run: Part, repository: Option<u64>) -> Result<Option<String>, ParseError> {
    if run.number_or_none("head_repository.id")? != repository {
        return Ok(None);
    }
    match run.text_or_none("event")? {
        Some("release") => Ok(run.owned("head_branch")?.map(|name| format!("refs/tags/{name}"))),
        _ => branch_ref_or_none(run, "head_branch"),
    }
}

pub fn check_suite(root: Part) -> Result<Event, ParseError> {
    let suite = root.at("check_suite");
    let status = suite.text_or_none("status")?.unwrap_or("queued");
    let pipeline = Pipeline {
        sha: Some(commit(suite, "head_sha")?),
        before: commit_or_none(suite, "before")?,
        // Null for a head that is a fork's.
        ref_: branch_ref_or_none(suite, "head_branch")?,
        tag: false,
        source: None,
        state: state(status, suite.text_or_none("conclusion")?),
        stages: Vec::new(),
        duration_s: None,
        queued_s: None,
        // Only the App whose suite it is gets this action.
        requested_action: (root.text_or_none("action")? == Some("rerequested")).then(|| "rerun".to_owned()),
        ..Pipeline::new(suite.id("id")?, state(status, suite.text_or_none("conclusion")?))
    };
    event(root, suite.owned("updated_at")?, Detail::Pipeline(pipeline))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::read_with;
    use serde_json::{Value, json};

    fn ran(event: &str, head_repository: Value) -> Pipeline {
        let payload = json!({
            "action": "completed",
            "workflow_run": {
                "id": 5_000_000_000_u64, "run_number": 3, "head_sha": "ab".repeat(20), "head_branch": "v1",
                "head_repository": head_repository, "event": event, "status": "completed", "conclusion": "timed_out",
                "run_started_at": "2026-11-20T10:00:00Z", "updated_at": "2026-11-20T10:01:30Z",
            },
            "repository": {"id": 1, "full_name": "acme/widgets"},
        });
        match read_with(workflow_run, &payload).unwrap().detail {
            Detail::Pipeline(pipeline) => pipeline,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_run_has_a_ref_only_in_its_own_repository() {
        let own = ran("push", json!({"id": 1}));
        assert_eq!(own.ref_.as_deref(), Some("refs/heads/v1"));
        assert_eq!(own.duration_s, Some(90.0));
        assert_eq!(own.id, "5000000000");
        assert_eq!(ran("pull_request", json!({"id": 2})).ref_, None);
        assert_eq!(ran("pull_request", json!(null)).ref_, None);
    }

    #[test]
    fn what_a_release_caused_ran_on_a_tag() {
        let release = ran("release", json!({"id": 1}));
        assert_eq!(release.ref_.as_deref(), Some("refs/tags/v1"));
        assert!(release.tag);
    }

    fn suite(action: &str) -> Pipeline {
        let payload = json!({
            "action": action,
            "check_suite": {
                "id": 7, "head_sha": "ab".repeat(20), "head_branch": null, "before": "0".repeat(40), "status": "completed",
                "conclusion": "failure", "app": {"id": 3}, "pull_requests": [],
            },
            "repository": {"id": 1, "full_name": "acme/widgets"},
        });
        match read_with(check_suite, &payload).unwrap().detail {
            Detail::Pipeline(pipeline) => pipeline,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_suite_that_is_to_run_again_names_its_commit() {
        let again = suite("rerequested");
        assert_eq!(again.requested_action.as_deref(), Some("rerun"));
        assert_eq!(again.sha, Some("ab".repeat(20)));
        assert_eq!((again.ref_, again.before), (None, None));
        assert_eq!(suite("completed").requested_action, None);
        assert_eq!(suite("requested").requested_action, None);
    }
}
