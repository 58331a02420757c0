//! What people send to make or change a project, read strictly.

use forgegate_api::{NewProject, ProjectChanges};
use forgegate_model::ids::{OrganizationId, ProjectId};
use forgegate_model::project::Project;
use forgegate_model::repository::RepositoryIdentity;

use crate::api::shape::name;
use crate::clock::fresh_id;
use crate::core::Core;
use crate::response::{Code, Problem};

const MOST_LABELS: usize = 32;
const MOST_LABEL_BYTES: usize = 100;

/// Reads a project that people make.
pub(super) fn project(core: &Core, organization: OrganizationId, new: &NewProject) -> Result<Project, Problem> {
    Ok(Project {
        id: ProjectId(fresh_id()),
        organization,
        name: name(&new.name)?,
        identity: identity(core, &new.repository)?,
        repository: new.repository.clone(),
        concurrency: new.concurrency,
        bootstrap: new.bootstrap,
        runs_on: labels(&new.runs_on)?,
        trusted: new.trusted.clone(),
        active: new.active.unwrap_or(true),
        repository_id: None,
        has_evaluation: false,
        created_at: core.clock.now(),
    })
}

/// Reads what people change of a project.
pub(super) fn changed(core: &Core, before: &Project, changes: &ProjectChanges) -> Result<Project, Problem> {
    let mut after = before.clone();
    if let Some(text) = &changes.name {
        after.name = name(text)?;
    }
    if let Some(text) = &changes.repository {
        after.identity = identity(core, text)?;
        after.repository.clone_from(text);
    }
    if let Some(list) = &changes.runs_on {
        after.runs_on = labels(list)?;
    }
    match &changes.repository_id {
        Some(Some(_)) => {
            return Err(Problem::bad_request(
                "`repository_id`: it is pinned from what was proved; null lets the next proved one be pinned",
            ));
        }
        Some(None) => after.repository_id = None,
        None => {}
    }
    after.trusted = changes.trusted.clone().unwrap_or(after.trusted);
    after.concurrency = changes.concurrency.unwrap_or(after.concurrency);
    after.bootstrap = changes.bootstrap.unwrap_or(after.bootstrap);
    after.active = changes.active.unwrap_or(after.active);
    Ok(after)
}

fn identity(core: &Core, text: &str) -> Result<String, Problem> {
    let identity = RepositoryIdentity::parse(text, &core.shorthands);
    identity
        .map(|it| it.to_string())
        .map_err(|error| Problem::new(Code::InvalidRepository, error.to_string()))
}

fn labels(labels: &[String]) -> Result<Vec<String>, Problem> {
    let fits = |label: &String| {
        !label.trim().is_empty() && label.len() <= MOST_LABEL_BYTES && !label.chars().any(char::is_control)
    };
    if labels.len() > MOST_LABELS || !labels.iter().all(fits) {
        return Err(Problem::bad_request(format!(
            "`runs_on`: at most {MOST_LABELS} labels of 1 to {MOST_LABEL_BYTES} bytes"
        )));
    }
    let mut labels = labels.to_vec();
    labels.sort_unstable();
    labels.dedup();
    Ok(labels)
}
