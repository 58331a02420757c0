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
use crate::gateway::Gateway;
use crate::response::{Problem, created, ok};

/// Makes one, with the triggers and actions that its integrations call for.
pub async fn create(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    PathParams(org): PathParams<String>,
    JsonBody(new): JsonBody<NewProject>,
) -> Result<Response, Problem> {
    let organization = caller.organization(&gateway, &org)?;
    let project = input::project(&gateway, organization.id, &new)?;
    let (triggers, actions) = wiring::first(&gateway, &project, &new)?;
    let audit = caller.made(&gateway, Some(organization.id), format!("{org}/{}", project.name));
    gateway
        .store
        .create_project(project.clone(), triggers.clone(), actions.clone(), Some(audit))
        .await?;
    if let Some(entry) = gateway.store.directory().project_by_id(project.id) {
        gateway.syncs.begin_first(&entry).await;
    }
    Ok(created(view::view(&gateway, &org, &project, &triggers, &actions)))
}

/// Lists those of an organization.
pub async fn list(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    PathParams(org): PathParams<String>,
    query: Query,
) -> Result<Response, Problem> {
    let organization = caller.organization(&gateway, &org)?;
    let listed = gateway
        .store
        .projects(organization.id, query.page(parameters::NONE)?)
        .await?;
    Ok(ok(page_view(listed, |entry| view::of(&gateway, &entry))))
}

/// Shows one.
pub async fn show(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    PathParams((org, name)): PathParams<(String, String)>,
) -> Result<Response, Problem> {
    let entry = find(&gateway, &caller, &org, &name)?;
    Ok(ok(view::of(&gateway, &entry)))
}

/// Changes one.
pub async fn change(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    PathParams((org, name)): PathParams<(String, String)>,
    JsonBody(changes): JsonBody<ProjectChanges>,
) -> Result<Response, Problem> {
    let entry = find(&gateway, &caller, &org, &name)?;
    let before = entry.project().clone();
    let after = input::changed(&gateway, &before, &changes)?;
    let (triggers, actions) = wiring::changed(&gateway, &entry, &changes)?;
    let audit = caller.changed(&gateway, Some(before.organization), format!("{org}/{name}"));
    let id = before.id;
    gateway
        .store
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
    let entry = gateway
        .store
        .directory()
        .project_by_id(id)
        .ok_or_else(|| nothing("project"))?;
    Ok(ok(view::of(&gateway, &entry)))
}

/// Deletes one; what was queued or running for it is cancelled.
pub async fn delete(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    PathParams((org, name)): PathParams<(String, String)>,
) -> Result<Response, Problem> {
    let entry = find(&gateway, &caller, &org, &name)?;
    let project = entry.project();
    let audit = caller.changed(&gateway, Some(project.organization), format!("{org}/{name}"));
    gateway
        .store
        .delete_project(project.id, gateway.clock.now(), Some(audit))
        .await?;
    Ok(ok(Deleted::DONE))
}

/// The project of those names, where the caller may know of it.
pub fn find(gateway: &Gateway, caller: &Caller, org: &str, name: &str) -> Result<Arc<ProjectEntry>, Problem> {
    let organization = caller.organization(gateway, org)?;
    gateway
        .store
        .directory()
        .project(organization.id, name)
        .ok_or_else(|| nothing("project"))
}
