//! Deployments.

use forgegate_sdk::commit_id;
use forgegate_sdk::events::{Deployment, Detail, Event};
use forgegate_sdk::json::Part;

use super::common::{Always, FieldError, event, owned};
use super::run_state::run_state;

pub fn parse(root: Part) -> Result<Event, FieldError> {
    let time = root.text_or_none("status_changed_at")?;
    event(root, None, time, Detail::Deployment(deployment(root)?))
}

fn deployment(root: Part) -> Result<Deployment, FieldError> {
    let id = root.number_or_none("deployment_id")?;
    let environment = root.text_or_none("environment")?;
    let tier = root.text_or_none("environment_tier")?;
    let status = root.text_or_none("status")?;
    let commit_url = root.text_or_none("commit_url")?;
    let page = root.text_or_none("environment_external_url")?;
    let job_page = root.text_or_none("deployable_url")?;
    let (id, environment) = (id.always("deployment_id")?, environment.always("environment")?);
    let status = status.always("status")?;
    Ok(Deployment {
        id: id.to_string(),
        environment: environment.to_owned(),
        tier: owned(tier),
        state: run_state(status),
        sha: commit_url.and_then(commit_of),
        // The job's page where the environment has no address.
        url: owned(page.filter(|url| !url.is_empty()).or(job_page)),
    })
}

/// The body gives the id in full only at the end of an address.
fn commit_of(url: &str) -> Option<String> {
    commit_id(url.rsplit('/').next()?)
}
