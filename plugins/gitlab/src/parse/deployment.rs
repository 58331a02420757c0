//! Deployments.

use forgegate_sdk::events::{Deployment, Detail, Event};
use forgegate_sdk::{commit_id, json};
use serde::Deserialize;

use super::common::{Always, Project, Trouble, User, some_text};
use super::run_state::run_state;
use super::time::rfc3339;

#[derive(Deserialize)]
struct Body {
    user: Option<User>,
    project: Option<Project>,
    status: Option<String>,
    status_changed_at: Option<String>,
    deployment_id: Option<u64>,
    deployable_url: Option<String>,
    environment: Option<String>,
    environment_tier: Option<String>,
    environment_external_url: Option<String>,
    commit_url: Option<String>,
}

pub fn parse(payload: &[u8]) -> Result<Event, Trouble> {
    let body: Body = json::parse(payload)?;
    let seen_at = body.environment_external_url.and_then(some_text);
    Ok(Event {
        repository: Some(body.project.always("project")?.into_repository(None)?),
        actor: body.user.map(User::into_actor),
        time: body.status_changed_at.as_deref().and_then(rfc3339),
        installation: None,
        detail: Detail::Deployment(Deployment {
            id: body.deployment_id.always("deployment_id")?.to_string(),
            environment: body.environment.always("environment")?,
            tier: body.environment_tier,
            state: run_state(body.status.always("status")?),
            sha: body.commit_url.as_deref().and_then(commit_of),
            // The job's page where the environment has no address.
            url: seen_at.or(body.deployable_url),
        }),
    })
}

/// The body gives the id in full only at the end of an address.
fn commit_of(url: &str) -> Option<String> {
    commit_id(url.rsplit('/').next()?)
}
