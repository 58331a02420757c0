//! The forge's own automation: Gitea speaks of it as GitHub does, Forgejo in its own way.

use forgegate_sdk::ParseError;
use forgegate_sdk::events::{Detail, Job, Pipeline, RunState};
use forgegate_sdk::json::Part;
use forgegate_sdk::time::seconds_between;

use super::Told;
use super::common::{full_branch, sha, time};

/// Gitea's `workflow_run`.
pub fn run(_event: &str, root: Part) -> Told {
    let run = root.at("workflow_run");
    let at = ended(run, "completed_at")?.or(time(run, "updated_at")?);
    Ok((at, Detail::Pipeline(told(run)?)))
}

/// Gitea's run.
pub fn told(run: Part) -> Result<Pipeline, ParseError> {
    Ok(Pipeline {
        number: run.number_or_none("run_number")?,
        sha: sha(run, "head_sha")?,
        ref_: branch(run)?,
        source: run.owned("event")?,
        duration_s: duration(run, "started_at", "completed_at")?,
        ..pipeline(run, gitea_state(run)?)?
    })
}

/// Gitea's `workflow_job`.
pub fn job(_event: &str, root: Part) -> Told {
    let part = root.at("workflow_job");
    let job = Job {
        pipeline_id: part.id_or_none("run_id")?,
        ref_: branch(part)?,
        sha: sha(part, "head_sha")?,
        ..bare_job(part, gitea_state(part)?)?
    };
    Ok((None, Detail::Job(job)))
}

/// Forgejo's `action_run_…` and `workflow_run_…`.
pub fn forgejo_run(event: &str, root: Part) -> Told {
    let run = root.at("run");
    Ok((
        ended(run, "stopped")?,
        Detail::Pipeline(forgejo_told(forgejo_state(event), run)?),
    ))
}

/// Forgejo's run, of this state.
pub fn forgejo_told(state: RunState, run: Part) -> Result<Pipeline, ParseError> {
    Ok(Pipeline {
        number: run.number_or_none("index_in_repo")?,
        sha: sha(run, "commit_sha")?,
        source: run.owned("trigger_event")?,
        duration_s: duration(run, "started", "stopped")?,
        ..pipeline(run, state)?
    })
}

/// When a run ended; none while it has not, which the forge writes as the beginning of time.
pub fn ended(run: Part, path: &'static str) -> Result<Option<String>, ParseError> {
    Ok(time(run, path)?.filter(|time| !time.starts_with("1970-")))
}

fn duration(run: Part, from: &'static str, to: &'static str) -> Result<Option<f64>, ParseError> {
    let times = ended(run, from)?.zip(ended(run, to)?);
    Ok(times.and_then(|(from, to)| seconds_between(&from, &to)))
}

/// Forgejo's `workflow_job_…`, whose commit is that of the run.
pub fn forgejo_job(event: &str, root: Part) -> Told {
    let job = Job {
        pipeline_id: Some(root.id("run.id")?),
        sha: sha(root, "run.commit_sha")?,
        ..bare_job(root.at("job"), forgejo_state(event))?
    };
    Ok((None, Detail::Job(job)))
}

fn pipeline(run: Part, state: RunState) -> Result<Pipeline, ParseError> {
    Ok(Pipeline {
        id: run.id("id")?,
        number: None,
        sha: None,
        before: None,
        ref_: None,
        tag: false,
        source: None,
        state,
        stages: Vec::new(),
        duration_s: None,
        queued_s: None,
        requested_action: None,
    })
}

fn bare_job(job: Part, state: RunState) -> Result<Job, ParseError> {
    Ok(Job {
        id: job.id("id")?,
        name: job.text("name")?.to_owned(),
        stage: None,
        pipeline_id: None,
        ref_: None,
        sha: None,
        state,
        duration_s: None,
        allow_failure: false,
        failure_reason: None,
        environment: None,
        external_id: None,
        requested_action: None,
    })
}

/// The branch, which is empty where the run is of a tag.
fn branch(part: Part) -> Result<Option<String>, ParseError> {
    Ok(part.owned("head_branch")?.map(|name| full_branch(&name)))
}

/// How it ended or, before that, how it stands.
fn gitea_state(part: Part) -> Result<RunState, ParseError> {
    let ended = part.text_or_none("conclusion")?.filter(|word| !word.is_empty());
    let word = ended.or(part.text_or_none("status")?);
    Ok(state(word.unwrap_or("")))
}

/// The state with which the event's name ends.
fn forgejo_state(event: &str) -> RunState {
    state(event.rsplit('_').next().unwrap_or(event))
}

/// The state that a word stands for.
pub fn state(word: &str) -> RunState {
    match word {
        "requested" => RunState::Created,
        "blocked" | "pending" | "queued" | "waiting" => RunState::Pending,
        "in_progress" | "running" => RunState::Running,
        "success" | "recover" => RunState::Success,
        "failure" => RunState::Failed,
        "cancelled" => RunState::Canceled,
        "skipped" => RunState::Skipped,
        other => RunState::Other(other.to_owned()),
    }
}
