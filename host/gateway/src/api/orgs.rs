//! Organizations. Only administrators have to do with them.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use forgegate_api::{Deleted, NewOrganization, OrganizationView, parameters};
use forgegate_model::ids::OrganizationId;
use forgegate_model::organization::Organization;
use forgegate_storage::{Deletion, Page};

use super::extract::{JsonBody, PathParams, Query};
use super::shape::{name, page_view};
use crate::access::Caller;
use crate::clock::fresh_id;
use crate::core::Core;
use crate::response::{Problem, created, ok};

fn view(organization: &Organization) -> OrganizationView {
    OrganizationView {
        id: organization.id.to_string(),
        name: organization.name.to_string(),
        created_at: organization.created_at,
    }
}

/// Makes one.
pub async fn create(
    State(core): State<Arc<Core>>,
    caller: Caller,
    JsonBody(new): JsonBody<NewOrganization>,
) -> Result<Response, Problem> {
    caller.administrates()?;
    let organization = Organization {
        id: OrganizationId(fresh_id()),
        name: name(&new.name)?,
        created_at: core.clock.now(),
    };
    let audit = caller.made(&core, Some(organization.id), organization.name.to_string());
    core.store
        .create_organization(organization.clone(), Some(audit))
        .await?;
    Ok(created(view(&organization)))
}

/// Lists them.
pub async fn list(State(core): State<Arc<Core>>, caller: Caller, query: Query) -> Result<Response, Problem> {
    caller.administrates()?;
    let page = query.page(parameters::NONE)?;
    Ok(ok(page_view(core.store.organizations(page).await?, |organization| {
        view(&organization)
    })))
}

/// Shows one.
pub async fn show(
    State(core): State<Arc<Core>>,
    caller: Caller,
    PathParams(org): PathParams<String>,
) -> Result<Response, Problem> {
    caller.administrates()?;
    let organization = caller.organization(&core, &org)?;
    Ok(ok(view(&organization)))
}

/// Deletes one, with everything in it where that is asked for.
pub async fn delete(
    State(core): State<Arc<Core>>,
    caller: Caller,
    PathParams(org): PathParams<String>,
    query: Query,
) -> Result<Response, Problem> {
    caller.administrates()?;
    query.only(parameters::CASCADE)?;
    let organization = caller.organization(&core, &org)?;
    let deletion = if query.is_set("cascade")? {
        Deletion::Cascade
    } else {
        Deletion::OnlyEmpty
    };
    let audit = caller.changed(&core, None, organization.name.to_string());
    core.store
        .delete_organization(organization.id, deletion, core.clock.now(), Some(audit))
        .await?;
    Ok(ok(Deleted::DONE))
}

/// All organizations, the newest first.
///
/// # Errors
/// When the storage fails.
pub async fn all(core: &Core) -> Result<Vec<Organization>, Problem> {
    let mut all = Vec::new();
    let mut page = Page::first(500);
    loop {
        let listed = core.store.organizations(page).await?;
        all.extend(listed.items);
        match listed.next {
            Some(cursor) => {
                page = Page {
                    cursor: Some(cursor),
                    limit: 500,
                }
            }
            None => return Ok(all),
        }
    }
}
