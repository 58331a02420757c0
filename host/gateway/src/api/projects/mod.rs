//! Projects: `input` reads what people send, `wiring` decides what they are linked to, `view` shows what is stored.

mod input;
mod view;
mod wiring;

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use forgegate_api::{Deleted, NewProject, ProjectChanges, parameters};
use forgegate_storage::{ProjectChange, ProjectEntry};

use super::extract::{JsonBody, PathParams, Query, nothing};
use super::shape::page_view;
use crate::access::Caller;
use crate::core::Core;
use crate::response::{Problem, created, ok};
use crate::sync::Syncs;

/// Makes one, with the triggers and actions that its integrations call for.
pub async fn create(
    State(core): State<Arc<Core>>,
    State(syncs): State<Arc<Syncs>>,
    caller: Caller,
    PathParams(org): PathParams<String>,
    JsonBody(new): JsonBody<NewProject>,
) -> Result<Response, Problem> {
    let organization = caller.organization(&core, &org)?;
    let project = input::project(&core, organization.id, &new)?;
    let (triggers, actions) = wiring::first(&core, &project, &new)?;
    let audit = caller.made(&core, Some(organization.id), format!("{org}/{}", project.name));
    core.store
        .create_project(project.clone(), triggers.clone(), actions.clone(), Some(audit))
        .await?;
    if let Some(entry) = core.store.directory().project_by_id(project.id) {
        syncs.begin_first(&entry).await;
    }
    Ok(created(view::view(&core, &org, &project, &triggers, &actions)))
}

/// Lists those of an organization.
pub async fn list(
    State(core): State<Arc<Core>>,
    caller: Caller,
    PathParams(org): PathParams<String>,
    query: Query,
) -> Result<Response, Problem> {
    let organization = caller.organization(&core, &org)?;
    let listed = core
        .store
        .projects(organization.id, query.page(parameters::NONE)?)
        .await?;
    Ok(ok(page_view(listed, |entry| view::of(&core, &entry))))
}

/// Shows one.
pub async fn show(
    State(core): State<Arc<Core>>,
    caller: Caller,
    PathParams((org, name)): PathParams<(String, String)>,
) -> Result<Response, Problem> {
    let entry = find(&core, &caller, &org, &name)?;
    Ok(ok(view::of(&core, &entry)))
}

/// Changes one.
pub async fn change(
    State(core): State<Arc<Core>>,
    caller: Caller,
    PathParams((org, name)): PathParams<(String, String)>,
    JsonBody(changes): JsonBody<ProjectChanges>,
) -> Result<Response, Problem> {
    let entry = find(&core, &caller, &org, &name)?;
    let before = entry.project().clone();
    let after = input::changed(&core, &before, &changes)?;
    let (triggers, actions) = wiring::changed(&core, &entry, &changes)?;
    let audit = caller.changed(&core, Some(before.organization), format!("{org}/{name}"));
    let id = before.id;
    core.store
        .update_project(
            ProjectChange {
                before,
                after,
                triggers,
                actions,
            },
            Some(audit),
        )
        .await?;
    let entry = core
        .store
        .directory()
        .project_by_id(id)
        .ok_or_else(|| nothing("project"))?;
    Ok(ok(view::of(&core, &entry)))
}

/// Deletes one; what was queued or running for it is cancelled.
pub async fn delete(
    State(core): State<Arc<Core>>,
    caller: Caller,
    PathParams((org, name)): PathParams<(String, String)>,
) -> Result<Response, Problem> {
    let entry = find(&core, &caller, &org, &name)?;
    let project = entry.project();
    let audit = caller.changed(&core, Some(project.organization), format!("{org}/{name}"));
    core.store
        .delete_project(project.id, core.clock.now(), Some(audit))
        .await?;
    Ok(ok(Deleted::DONE))
}

/// The project of those names, where the caller may know of it.
pub fn find(core: &Core, caller: &Caller, org: &str, name: &str) -> Result<Arc<ProjectEntry>, Problem> {
    let organization = caller.organization(core, org)?;
    core.store
        .directory()
        .project(organization.id, name)
        .ok_or_else(|| nothing("project"))
}
