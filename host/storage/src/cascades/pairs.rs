//! The pairs of integrations that stand for installations, and the triggers and actions that name them.

use std::collections::BTreeSet;

use forgegate_engine::{Rows, StoreError};
use forgegate_model::auto_attach::{self, Linked};
use forgegate_model::ids::{DerivedIds, IntegrationId, OrganizationId, ProjectId};
use forgegate_model::installation::{Binding, Installation, Links, pair, pair_name};
use forgegate_model::integration::{Integration, IntegrationKind};
use forgegate_model::plugin::Description;
use forgegate_model::project::Project;
use forgegate_model::timestamp::Timestamp;

use super::integration::remove_integration;
use crate::integrations::managed;
use crate::names::{self, Scope};
use crate::store::Tx;
use crate::{actions, integrations, projects, triggers};

/// Tells whether the pair of a binding can be made: its name is one, and nobody else's.
pub(crate) fn can_make(rows: &impl Rows, installation: &Installation, binding: &Binding) -> Result<bool, StoreError> {
    let Some(name) = pair_name(&installation.forge, &installation.account) else {
        return Ok(false);
    };
    for (kind, id) in [
        (IntegrationKind::Inbound, binding.inbound),
        (IntegrationKind::Outbound, binding.outbound),
    ] {
        let owner = binding.organization.as_bytes();
        let own = integrations::get(rows, id)?.is_some_and(|row| row.name == name);
        if !own && names::ensure_free(rows, Scope::of(kind), owner, &name).is_err() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Makes the pair of a binding, or gives it the number, account and name of today. Where that name is taken, a pair that is there keeps
/// the one it has; one that is not there is not made.
pub(crate) fn put(
    tx: &mut Tx<'_>,
    installation: &Installation,
    binding: &Binding,
    base_url: Option<&str>,
) -> Result<Option<[Integration; 2]>, StoreError> {
    let before = integrations::get(tx, binding.inbound)?;
    let name = if can_make(tx, installation, binding)? {
        pair_name(&installation.forge, &installation.account)
    } else {
        before.as_ref().map(|row| row.name.clone())
    };
    let Some(name) = name else { return Ok(None) };
    let base_url = base_url.or_else(|| before.as_ref().and_then(|row| row.base_url.as_deref()));
    let rows = pair(installation, binding, &name, base_url);
    for row in &rows {
        managed::put(tx, row)?;
    }
    Ok(Some(rows))
}

/// Takes the pair of a binding away. Tells what it was linked by.
pub(crate) fn take(tx: &mut Tx<'_>, binding: &Binding) -> Result<Links, StoreError> {
    let mut links = Links::default();
    for project in projects_of(tx, binding.organization)? {
        let by_trigger = triggers::unlink(tx, project, binding.inbound)?;
        let linked = actions::of(tx, project)?;
        let by_action = linked.iter().filter(|row| row.integration == Some(binding.outbound));
        let by_action: Vec<_> = by_action.map(|row| (project, row.id)).collect();
        actions::unlink(tx, project, binding.outbound)?;
        if !by_trigger.is_empty() || !by_action.is_empty() {
            projects::publish(tx, project)?;
        }
        links.triggers.extend(by_trigger.into_iter().map(|id| (project, id)));
        links.actions.extend(by_action);
    }
    for id in [binding.inbound, binding.outbound] {
        if integrations::get(tx, id)?.is_some() {
            remove_integration(tx, id)?;
        }
    }
    Ok(links)
}

/// Links again what a pair was linked by, as far as it is there and names nothing else by now.
pub(crate) fn relink(tx: &mut Tx<'_>, binding: &Binding, links: &Links) -> Result<(), StoreError> {
    let of_triggers = links.triggers.iter().map(|(project, _)| *project);
    let all: BTreeSet<ProjectId> = of_triggers
        .chain(links.actions.iter().map(|(project, _)| *project))
        .collect();
    for id in all {
        let Ok(project) = projects::get(tx, id) else { continue };
        for mut trigger in triggers::of(tx, id)? {
            if trigger.integration.is_none() && links.triggers.contains(&(id, trigger.id)) {
                trigger.integration = Some(binding.inbound);
                triggers::put(tx, &project, &trigger)?;
            }
        }
        for mut action in actions::of(tx, id)? {
            if action.integration.is_none() && links.actions.contains(&(id, action.id)) {
                action.integration = Some(binding.outbound);
                actions::put(tx, &project, &action)?;
            }
        }
        projects::publish(tx, id)?;
    }
    Ok(())
}

/// Gives every project of an organization what it lacks and has exactly one integration for. A project whose rows cannot be read is
/// left alone.
pub(crate) fn attach(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    plugins: &[Description],
    ids: &mut DerivedIds,
    at: Timestamp,
) -> Result<(), StoreError> {
    let rows = integrations_of(tx, organization)?;
    let rows: Vec<&Integration> = rows.iter().collect();
    let plugins: Vec<&Description> = plugins.iter().collect();
    for id in projects_of(tx, organization)? {
        if let Err(error) = attach_one(tx, id, &rows, &plugins, ids, at) {
            if matches!(error, StoreError::Unavailable(_)) {
                tracing::error!(%error, project = %id, "a project cannot be attached");
                continue;
            }
            return Err(error);
        }
    }
    Ok(())
}

fn attach_one(
    tx: &mut Tx<'_>,
    id: ProjectId,
    rows: &[&Integration],
    plugins: &[&Description],
    ids: &mut DerivedIds,
    at: Timestamp,
) -> Result<(), StoreError> {
    let project: Project = projects::get(tx, id)?;
    let (triggers, actions) = (triggers::of(tx, id)?, actions::of(tx, id)?);
    let linked = Linked {
        project: &project,
        triggers: &triggers,
        actions: &actions,
    };
    let lacking = auto_attach::lacking(&linked, rows, plugins, || ids.fresh(), at);
    if let Some(trigger) = &lacking.trigger {
        triggers::put(tx, &project, trigger)?;
    }
    if let Some(action) = &lacking.action {
        actions::put(tx, &project, action)?;
    }
    if lacking.trigger.is_some() || lacking.action.is_some() {
        projects::publish(tx, id)?;
    }
    Ok(())
}

fn projects_of(rows: &impl Rows, organization: OrganizationId) -> Result<Vec<ProjectId>, StoreError> {
    let ids = names::owned(rows, Scope::Project, organization.as_bytes(), usize::MAX)?;
    Ok(ids.into_iter().map(ProjectId::from_bytes).collect())
}

fn integrations_of(rows: &impl Rows, organization: OrganizationId) -> Result<Vec<Integration>, StoreError> {
    let mut found = Vec::new();
    for scope in [Scope::Inbound, Scope::Outbound] {
        for id in names::owned(rows, scope, organization.as_bytes(), usize::MAX)? {
            found.extend(integrations::get(rows, IntegrationId::from_bytes(id))?);
        }
    }
    Ok(found)
}
