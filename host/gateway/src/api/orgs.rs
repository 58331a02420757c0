//! Organizations. Only administrators have to do with them.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use forgegate_model::ids::OrganizationId;
use forgegate_model::organization::Organization;
use forgegate_model::timestamp::Timestamp;
use forgegate_storage::{Deletion, Page};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::{JsonBody, PathParams, Query};
use super::shape::{Deleted, Items, name};
use crate::access::Caller;
use crate::clock::fresh_id;
use crate::gateway::Gateway;
use crate::response::{Problem, created, ok};

/// What an organization is made of.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOrganization {
    name: String,
}

/// An organization, as it is shown.
#[derive(Serialize, ToSchema)]
pub struct OrganizationView {
    id: String,
    name: String,
    #[schema(value_type = String)]
    created_at: Timestamp,
}

fn view(row: &Organization) -> OrganizationView {
    OrganizationView {
        id: row.id.to_string(),
        name: row.name.to_string(),
        created_at: row.created_at,
    }
}

/// Makes one.
pub async fn create(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    JsonBody(new): JsonBody<NewOrganization>,
) -> Result<Response, Problem> {
    caller.administrates()?;
    let row = Organization {
        id: OrganizationId(fresh_id()),
        name: name(&new.name)?,
        created_at: gateway.clock.now(),
    };
    let audit = caller.made(&gateway, Some(row.id), row.name.to_string());
    gateway.store.create_organization(row.clone(), Some(audit)).await?;
    Ok(created(view(&row)))
}

/// Lists them.
pub async fn list(State(gateway): State<Arc<Gateway>>, caller: Caller, query: Query) -> Result<Response, Problem> {
    caller.administrates()?;
    let page = query.page(&[])?;
    Ok(ok(Items::of(gateway.store.organizations(page).await?, |row| {
        view(&row)
    })))
}

/// Shows one.
pub async fn show(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    PathParams(org): PathParams<String>,
) -> Result<Response, Problem> {
    caller.administrates()?;
    let row = caller.organization(&gateway, &org)?;
    Ok(ok(view(&row)))
}

/// Deletes one, with everything in it where that is asked for.
pub async fn delete(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    PathParams(org): PathParams<String>,
    query: Query,
) -> Result<Response, Problem> {
    caller.administrates()?;
    query.only(&["cascade"])?;
    let row = caller.organization(&gateway, &org)?;
    let deletion = if query.is_set("cascade")? {
        Deletion::Cascade
    } else {
        Deletion::OnlyEmpty
    };
    let audit = caller.changed(&gateway, None, row.name.to_string());
    gateway
        .store
        .delete_organization(row.id, deletion, gateway.clock.now(), Some(audit))
        .await?;
    Ok(ok(Deleted::DONE))
}

/// All organizations, the newest first.
///
/// # Errors
/// When the storage fails.
pub async fn all(gateway: &Gateway) -> Result<Vec<Organization>, Problem> {
    let mut all = Vec::new();
    let mut page = Page::first(500);
    loop {
        let listed = gateway.store.organizations(page).await?;
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
