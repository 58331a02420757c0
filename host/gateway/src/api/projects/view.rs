//! A project, as it is shown.

use forgegate_model::action::{Action, ActionKind};
use forgegate_model::project::{Bootstrap, Concurrency, Project, StableId};
use forgegate_model::timestamp::Timestamp;
use forgegate_model::trigger::{Trigger, TriggerKind};
use forgegate_storage::ProjectEntry;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::shape::integration_name;
use crate::gateway::Gateway;

/// A project, as it is shown.
#[derive(Serialize, ToSchema)]
pub struct ProjectView {
    id: String,
    organization: String,
    name: String,
    repository: String,
    #[schema(value_type = String)]
    concurrency: Concurrency,
    #[schema(value_type = String)]
    bootstrap: Bootstrap,
    runs_on: Vec<String>,
    #[schema(value_type = Vec<Object>)]
    trusted: Vec<StableId>,
    inbound_integration: Option<String>,
    outbound_integration: Option<String>,
    active: bool,
    #[schema(value_type = Option<Object>)]
    repository_id: Option<StableId>,
    #[schema(value_type = String)]
    created_at: Timestamp,
}

/// Shows what the directory holds.
pub(super) fn of(gateway: &Gateway, entry: &ProjectEntry) -> ProjectView {
    let triggers: Vec<Trigger> = entry.triggers().cloned().collect();
    view(
        gateway,
        entry.organization_name.as_str(),
        entry.project(),
        &triggers,
        &entry.actions,
    )
}

/// Shows a project; triggers and actions are the oldest first.
pub(super) fn view(
    gateway: &Gateway,
    org: &str,
    project: &Project,
    triggers: &[Trigger],
    actions: &[Action],
) -> ProjectView {
    let push = triggers.iter().find(|row| row.kind == TriggerKind::Push);
    let report = actions.iter().find(|row| row.kind == ActionKind::ForgeStatusReport);
    ProjectView {
        id: project.id.to_string(),
        organization: org.to_owned(),
        name: project.name.to_string(),
        repository: project.repository.clone(),
        concurrency: project.concurrency,
        bootstrap: project.bootstrap,
        runs_on: project.runs_on.clone(),
        trusted: project.trusted.clone(),
        inbound_integration: push.and_then(|row| integration_name(gateway, row.integration)),
        outbound_integration: report.and_then(|row| integration_name(gateway, row.integration)),
        active: project.active,
        repository_id: project.repository_id.clone(),
        created_at: project.created_at,
    }
}
