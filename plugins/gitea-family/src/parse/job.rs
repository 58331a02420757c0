//! Jobs of the forge's own automation, in Gitea's form and in Forgejo's.

use forgegate_sdk::ParseError;
use forgegate_sdk::events::{Detail, Job, RunState};
use forgegate_sdk::json::Part;

use super::Told;
use super::common::{branch, sha};
use super::run_state::{concluded_state, event_state};

/// Gitea's `workflow_job`.
pub fn workflow_job(_event: &str, root: Part) -> Told {
    let part = root.at("workflow_job");
    let job = Job {
        pipeline_id: part.id_or_none("run_id")?,
        ref_: branch(part)?,
        sha: sha(part, "head_sha")?,
        ..job(part, concluded_state(part)?)?
    };
    Ok((None, Detail::Job(job)))
}

/// Forgejo's `workflow_job_…`, whose commit is that of the run.
pub fn action_job(event: &str, root: Part) -> Told {
    let job = Job {
        pipeline_id: Some(root.id("run.id")?),
        sha: sha(root, "run.commit_sha")?,
        ..job(root.at("job"), event_state(event))?
    };
    Ok((None, Detail::Job(job)))
}

fn job(part: Part, state: RunState) -> Result<Job, ParseError> {
    Ok(Job::new(part.id("id")?, part.text("name")?.to_owned(), state))
}
