//! Runs of the forge's own automation: Gitea speaks of them as GitHub does, Forgejo in its own way.

use forgegate_sdk::ParseError;
use forgegate_sdk::events::{Detail, Pipeline, RunState};
use forgegate_sdk::json::Part;
use forgegate_sdk::time::seconds_between;

use super::Told;
use super::common::{branch, sha, time};
use super::run_state::{concluded_state, event_state};

/// Gitea's `workflow_run`.
pub fn workflow_run(_event: &str, root: Part) -> Told {
    let run = root.at("workflow_run");
    let at = ended(run, "completed_at")?.or(time(run, "updated_at")?);
    Ok((at, Detail::Pipeline(gitea_run(run)?)))
}

/// A run as Gitea shows it.
pub fn gitea_run(run: Part) -> Result<Pipeline, ParseError> {
    Ok(Pipeline {
        number: run.number_or_none("run_number")?,
        sha: sha(run, "head_sha")?,
        ref_: branch(run)?,
        source: run.owned("event")?,
        duration_s: duration(run, "started_at", "completed_at")?,
        ..Pipeline::new(run.id("id")?, concluded_state(run)?)
    })
}

/// Forgejo's `action_run_…` and `workflow_run_…`.
pub fn action_run(event: &str, root: Part) -> Told {
    let run = root.at("run");
    let at = ended(run, "stopped")?;
    Ok((at, Detail::Pipeline(forgejo_run(event_state(event), run)?)))
}

/// A run as Forgejo shows it, of this state.
pub fn forgejo_run(state: RunState, run: Part) -> Result<Pipeline, ParseError> {
    Ok(Pipeline {
        number: run.number_or_none("index_in_repo")?,
        sha: sha(run, "commit_sha")?,
        source: run.owned("trigger_event")?,
        duration_s: duration(run, "started", "stopped")?,
        ..Pipeline::new(run.id("id")?, state)
    })
}

/// The time at which a run ended; none while it has not, which the forge writes as the beginning of time.
pub fn ended(run: Part, path: &'static str) -> Result<Option<String>, ParseError> {
    Ok(time(run, path)?.filter(|time| !time.starts_with("1970-")))
}

fn duration(run: Part, from: &'static str, to: &'static str) -> Result<Option<f64>, ParseError> {
    let times = ended(run, from)?.zip(ended(run, to)?);
    Ok(times.and_then(|(from, to)| seconds_between(&from, &to)))
}
