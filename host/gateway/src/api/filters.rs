//! The filters of lists: parameters named as the JSON fields are, within what the caller may see.

use forgegate_model::delivery::Outcome;
use forgegate_model::ids::{IntegrationId, OrganizationId, ProjectId};
use forgegate_model::integration::IntegrationKind;
use forgegate_storage::{AuditFilter, DeliveryFilter, EvaluationFilter, RefusalFilter, StatusFilter};

use super::extract::Query;
use crate::access::Caller;
use crate::core::Core;
use crate::response::Problem;

/// The filter of a list of evaluations.
///
/// # Errors
/// `forbidden`, `not_found` for names out of reach, `bad_request` for what cannot be read.
pub fn evaluations(core: &Core, caller: &Caller, query: &Query) -> Result<EvaluationFilter, Problem> {
    let organizations = organizations(core, caller, query)?;
    Ok(EvaluationFilter {
        project: project(core, caller, query)?,
        pull_request: None,
        organizations,
        state: query.word("state")?,
        ref_name: query.text("ref").map(str::to_owned),
        sha: query.text("sha").map(str::to_owned),
        since: query.time("since")?,
        until: query.time("until")?,
    })
}

/// The filter of a list of deliveries.
///
/// # Errors
/// As for evaluations.
pub fn deliveries(core: &Core, caller: &Caller, query: &Query) -> Result<DeliveryFilter, Problem> {
    let organizations = organizations(core, caller, query)?;
    Ok(DeliveryFilter {
        integration: integration(core, caller, query, IntegrationKind::Inbound)?,
        project: project(core, caller, query)?,
        organizations,
        forge: query.text("forge").map(str::to_owned),
        outcome: query.word::<Outcome>("outcome")?,
        event: query.word("event")?,
        since: query.time("since")?,
        until: query.time("until")?,
    })
}

/// The filter of a list of refusals.
///
/// # Errors
/// As for evaluations.
pub fn refusals(core: &Core, caller: &Caller, query: &Query) -> Result<RefusalFilter, Problem> {
    let organizations = organizations(core, caller, query)?;
    Ok(RefusalFilter {
        integration: integration(core, caller, query, IntegrationKind::Inbound)?,
        organizations,
        forge: query.text("forge").map(str::to_owned),
        code: query.text("code").map(str::to_owned),
        since: query.time("since")?,
        until: query.time("until")?,
    })
}

/// The filter of a list of statuses. Their integrations are outbound.
///
/// # Errors
/// As for evaluations.
pub fn statuses(core: &Core, caller: &Caller, query: &Query) -> Result<StatusFilter, Problem> {
    let organizations = organizations(core, caller, query)?;
    Ok(StatusFilter {
        integration: integration(core, caller, query, IntegrationKind::Outbound)?,
        project: project(core, caller, query)?,
        organizations,
        state: query.word("state")?,
        outcome: query.word("outcome")?,
        sha: query.text("sha").map(str::to_owned),
        since: query.time("since")?,
        until: query.time("until")?,
    })
}

/// The filter of the audit log.
///
/// # Errors
/// As for evaluations.
pub fn audit(core: &Core, caller: &Caller, query: &Query) -> Result<AuditFilter, Problem> {
    let organizations = organizations(core, caller, query)?;
    Ok(AuditFilter {
        organizations,
        since: query.time("since")?,
        until: query.time("until")?,
    })
}

/// The organizations whose rows may be shown: the named one, else all within reach; `None` is all, and what belongs to nobody.
fn organizations(core: &Core, caller: &Caller, query: &Query) -> Result<Option<Vec<OrganizationId>>, Problem> {
    let reach = caller.reach()?;
    match query.text("organization") {
        Some(name) => Ok(Some(vec![caller.organization(core, name)?.id])),
        None => Ok(reach.map(<[_]>::to_vec)),
    }
}

/// A project by id, or by name within the `organization` that is named beside it.
fn project(core: &Core, caller: &Caller, query: &Query) -> Result<Option<ProjectId>, Problem> {
    let Some(text) = query.text("project") else {
        return Ok(None);
    };
    let directory = core.store.directory();
    let by_id = text.parse().ok().and_then(|id| directory.project_by_id(id));
    let found = match (by_id, query.text("organization")) {
        (Some(entry), _) => Some(entry),
        (None, Some(name)) => directory.project(caller.organization(core, name)?.id, text),
        (None, None) => only(own(caller), |organization| directory.project(organization, text)),
    };
    let found = found.filter(|entry| caller.sees(Some(entry.project().organization)));
    found
        .map(|entry| Some(entry.project().id))
        .ok_or_else(|| unknown("project", text))
}

/// An integration by id, or by name within the `organization` that is named beside it.
fn integration(
    core: &Core,
    caller: &Caller,
    query: &Query,
    kind: IntegrationKind,
) -> Result<Option<IntegrationId>, Problem> {
    let Some(text) = query.text("integration") else {
        return Ok(None);
    };
    let directory = core.store.directory();
    let by_id = text.parse().ok().and_then(|id| directory.integration(id));
    let named = |organization| directory.integration_by_name(organization, kind, text);
    let found = match (by_id, query.text("organization")) {
        (Some(integration), _) => Some(integration),
        (None, Some(name)) => named(caller.organization(core, name)?.id),
        (None, None) => only(own(caller), named),
    };
    let found = found.filter(|integration| caller.sees(Some(integration.organization)));
    found
        .map(|integration| Some(integration.id))
        .ok_or_else(|| unknown("integration", text))
}

fn own(caller: &Caller) -> &[OrganizationId] {
    caller.token.organizations.as_deref().unwrap_or_default()
}

/// What is found in exactly one of the caller's organizations.
fn only<T>(organizations: &[OrganizationId], find: impl Fn(OrganizationId) -> Option<T>) -> Option<T> {
    let mut found = organizations.iter().filter_map(|&id| find(id));
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

fn unknown(noun: &str, text: &str) -> Problem {
    Problem::not_found(format!(
        "there is no {noun} `{text}`; name its `organization` too, or give its id"
    ))
}
