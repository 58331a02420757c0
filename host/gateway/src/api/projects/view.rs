//! A project, as it is shown.

use forgegate_api::ProjectView;
use forgegate_model::action::{Action, ActionKind};
use forgegate_model::project::Project;
use forgegate_model::trigger::{Trigger, TriggerKind};
use forgegate_storage::ProjectEntry;

use crate::api::shape::integration_name;
use crate::core::Core;

/// Shows what the directory holds.
pub(super) fn of(core: &Core, entry: &ProjectEntry) -> ProjectView {
    let triggers: Vec<Trigger> = entry.triggers().cloned().collect();
    view(
        core,
        entry.organization_name.as_str(),
        entry.project(),
        &triggers,
        &entry.actions,
    )
}

/// Shows a project; triggers and actions are the oldest first.
pub(super) fn view(core: &Core, org: &str, project: &Project, triggers: &[Trigger], actions: &[Action]) -> ProjectView {
    let push = triggers.iter().find(|it| it.kind == TriggerKind::Push);
    let report = actions.iter().find(|it| it.kind == ActionKind::ForgeStatusReport);
    ProjectView {
        id: project.id.to_string(),
        organization: org.to_owned(),
        name: project.name.to_string(),
        repository: project.repository.clone(),
        concurrency: project.concurrency,
        bootstrap: project.bootstrap,
        runs_on: project.runs_on.clone(),
        trusted: project.trusted.clone(),
        inbound_integration: push.and_then(|it| integration_name(core, it.integration)),
        outbound_integration: report.and_then(|it| integration_name(core, it.integration)),
        active: project.active,
        repository_id: project.repository_id.clone(),
        created_at: project.created_at,
    }
}
