//! Pipelines. Those that commit statuses of others make, ours among them, have the source `external`.

use forgegate_sdk::events::{Detail, Event, Pipeline};
use forgegate_sdk::{commit_id, json};
use serde::Deserialize;

use super::common::{Always, Project, Trouble, User, full_ref, some_text};
use super::limits::{self, few};
use super::run_state::{run_state, time_of};
use super::time::rfc3339;

#[derive(Deserialize)]
struct Body {
    user: Option<User>,
    project: Option<Project>,
    object_attributes: Option<Attributes>,
    merge_request: Option<MergeRequest>,
}

#[derive(Deserialize)]
struct Attributes {
    id: Option<u64>,
    iid: Option<u64>,
    r#ref: Option<String>,
    tag: Option<bool>,
    sha: Option<String>,
    before_sha: Option<String>,
    source: Option<String>,
    status: Option<String>,
    stages: Option<Vec<String>>,
    created_at: Option<String>,
    finished_at: Option<String>,
    duration: Option<f64>,
    queued_duration: Option<f64>,
}

/// The merge request that a pipeline runs for.
#[derive(Deserialize)]
struct MergeRequest {
    iid: Option<u64>,
    source_project_id: Option<u64>,
    target_project_id: Option<u64>,
}

pub fn parse(payload: &[u8]) -> Result<Event, Trouble> {
    let body: Body = json::parse(payload)?;
    let attributes = body.object_attributes.always("object_attributes")?;
    let state = run_state(attributes.status.always("object_attributes.status")?);
    let time = time_of(&state, attributes.created_at, None, attributes.finished_at);
    let of_fork = body
        .merge_request
        .as_ref()
        .and_then(MergeRequest::ref_of_fork);
    let own = |name: String| full_ref(&name, attributes.tag);
    Ok(Event {
        repository: Some(body.project.always("project")?.into_repository(None)?),
        actor: body.user.map(User::into_actor),
        time: time.as_deref().and_then(rfc3339),
        installation: None,
        detail: Detail::Pipeline(Pipeline {
            id: attributes.id.always("object_attributes.id")?.to_string(),
            number: attributes.iid,
            sha: attributes.sha.as_deref().and_then(commit_id),
            before: attributes.before_sha.as_deref().and_then(commit_id),
            ref_: of_fork.or(attributes.r#ref.and_then(some_text).map(own)),
            tag: attributes.tag.unwrap_or(false),
            source: attributes.source,
            state,
            stages: few(attributes.stages.unwrap_or_default(), limits::STAGES),
            duration_s: attributes.duration,
            queued_s: attributes.queued_duration,
        }),
    })
}

impl MergeRequest {
    /// Where the code is a fork's: `ref` is then a branch of the fork, which would read like one of the project.
    fn ref_of_fork(&self) -> Option<String> {
        let is_fork = self.source_project_id != self.target_project_id;
        let iid = self.iid.filter(|_| is_fork)?;
        Some(format!("refs/merge-requests/{iid}/head"))
    }
}
