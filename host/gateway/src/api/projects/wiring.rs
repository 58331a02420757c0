//! What a project is linked to: what its maker says, else what `model::auto_attach` finds.

use forgegate_api::{NewProject, ProjectChanges};
use forgegate_model::action::{Action, ActionKind};
use forgegate_model::auto_attach::{self, Attachment};
use forgegate_model::ids::{ActionId, IntegrationId, TriggerId};
use forgegate_model::integration::IntegrationKind;
use forgegate_model::name::Name;
use forgegate_model::project::Project;
use forgegate_model::repository::RepositoryIdentity;
use forgegate_model::trigger::{Trigger, TriggerKind};
use forgegate_storage::ProjectEntry;

use crate::api::shape::{integration, name};
use crate::clock::fresh_id;
use crate::core::Core;
use crate::response::Problem;

/// The triggers and actions that a new project begins with.
pub(super) fn first(core: &Core, project: &Project, new: &NewProject) -> Result<(Vec<Trigger>, Vec<Action>), Problem> {
    let found = attachable(core, project)?;
    let inbound = named(
        core,
        project,
        IntegrationKind::Inbound,
        new.inbound_integration.as_ref(),
    )?;
    let outbound = named(
        core,
        project,
        IntegrationKind::Outbound,
        new.outbound_integration.as_ref(),
    )?;
    let inbound = inbound.unwrap_or(found.inbound);
    let outbound = outbound.unwrap_or(found.outbound);
    let triggers = inbound.map(|id| push(core, project, Some(id))).into_iter().collect();
    let actions = outbound
        .map(|id| Ok::<_, Problem>(report(core, project, Some(id), name(auto_attach::REPORT)?)))
        .transpose()?;
    Ok((triggers, actions.into_iter().collect()))
}

/// What a change makes of the oldest push trigger and the oldest report.
pub(super) fn changed(
    core: &Core,
    entry: &ProjectEntry,
    changes: &ProjectChanges,
) -> Result<(Vec<Trigger>, Vec<Action>), Problem> {
    let project = entry.project();
    let inbound = named(
        core,
        project,
        IntegrationKind::Inbound,
        changes.inbound_integration.as_ref(),
    )?;
    let outbound = named(
        core,
        project,
        IntegrationKind::Outbound,
        changes.outbound_integration.as_ref(),
    )?;
    let trigger = inbound.and_then(|link| {
        let oldest = entry.triggers().find(|it| it.kind == TriggerKind::Push);
        match oldest {
            Some(trigger) => Some(Trigger {
                integration: link,
                ..trigger.clone()
            }),
            None => link.map(|id| push(core, project, Some(id))),
        }
    });
    let action = match outbound {
        None => None,
        Some(link) => {
            let oldest = entry.actions.iter().find(|it| it.kind == ActionKind::ForgeStatusReport);
            match oldest {
                Some(action) => Some(Action {
                    integration: link,
                    ..action.clone()
                }),
                None => link
                    .map(|id| Ok::<_, Problem>(report(core, project, Some(id), free_name(entry)?)))
                    .transpose()?,
            }
        }
    };
    Ok((trigger.into_iter().collect(), action.into_iter().collect()))
}

fn attachable(core: &Core, project: &Project) -> Result<Attachment, Problem> {
    let repository = RepositoryIdentity::parse(&project.repository, &core.shorthands).map_err(Problem::internal)?;
    let rows = core.store.directory().integrations_of(project.organization);
    let rows: Vec<_> = rows.iter().map(AsRef::as_ref).collect();
    let plugins: Vec<_> = core.plugins.all().map(|plugin| plugin.description()).collect();
    Ok(auto_attach::attachment(&repository, &rows, &plugins))
}

/// The integration that somebody names: absent, none, or that one.
fn named(
    core: &Core,
    project: &Project,
    kind: IntegrationKind,
    given: Option<&Option<String>>,
) -> Result<Option<Option<IntegrationId>>, Problem> {
    let find = |text: &String| integration(core, project.organization, kind, text).map(|it| it.id);
    given.map(|text| text.as_ref().map(find).transpose()).transpose()
}

fn push(core: &Core, project: &Project, integration: Option<IntegrationId>) -> Trigger {
    Trigger::new(
        TriggerId(fresh_id()),
        project.id,
        TriggerKind::Push,
        integration,
        core.clock.now(),
    )
}

fn report(core: &Core, project: &Project, integration: Option<IntegrationId>, name: Name) -> Action {
    Action {
        id: ActionId(fresh_id()),
        project: project.id,
        name,
        kind: ActionKind::ForgeStatusReport,
        integration,
        url: None,
        events: Vec::new(),
        has_signing_key: false,
        created_at: core.clock.now(),
    }
}

/// A name for the report that no other action of the project has.
fn free_name(entry: &ProjectEntry) -> Result<Name, Problem> {
    auto_attach::report_name(&entry.actions).ok_or_else(|| Problem::internal("a report has no name"))
}
