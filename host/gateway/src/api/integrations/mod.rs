//! Integrations: `input` reads what people send, `view` shows what is stored, `guide` says what to enter at the forge, `connect` tries
//! connections and sees to hooks. Nothing secret is ever shown.

mod connect;
mod guide;
mod input;
mod view;

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use forgegate_model::ids::OrganizationId;
use forgegate_model::integration::{Integration, IntegrationKind};
use forgegate_storage::CredentialChange;
use serde_json::json;

use super::extract::{JsonBody, PathParams, Query, nothing};
use super::installations::BindRequest;
use super::shape::{Items, kind_word};
use crate::access::Caller;
use crate::gateway::Gateway;
use crate::response::{Problem, created, ok};

pub use connect::{
    HookView, HookWish, InboundTest, InboundTrial, OutboundTest, ensure_hook, test_inbound, test_outbound,
};
pub use guide::{HookGuide, show as hook_guide};
pub use input::{IntegrationChanges, NewIntegration};
pub use view::IntegrationView;
pub(super) use view::unlinked as unlinked_view;

/// Makes one.
pub async fn create(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    PathParams(org): PathParams<String>,
    JsonBody(new): JsonBody<NewIntegration>,
) -> Result<Response, Problem> {
    let organization = caller.organization(&gateway, &org)?;
    if let Some(installation) = new.installation()? {
        let (forge, id, account, allowed_ips) = installation;
        let wish = BindRequest {
            organization: organization.id,
            forge: &forge,
            number: &id,
            account: account.as_deref(),
            allowed_ips,
        };
        let (_, pair) = wish.bind(&gateway, &caller).await?;
        let pair = pair
            .iter()
            .map(|row| view::view(&gateway, &caller, &org, row))
            .collect();
        return Ok(created(Items::whole(pair)));
    }
    let (row, credentials) = input::row(&gateway, organization.id, new)?;
    let audit = caller.made(&gateway, Some(organization.id), target(&org, &row));
    let row = gateway.store.create_integration(row, credentials, Some(audit)).await?;
    Ok(created(view::view(&gateway, &caller, &org, &row)))
}

/// Lists those of an organization.
pub async fn list(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    PathParams(org): PathParams<String>,
    query: Query,
) -> Result<Response, Problem> {
    let organization = caller.organization(&gateway, &org)?;
    let page = query.page(&["kind"])?;
    let listed = gateway
        .store
        .integrations(organization.id, query.word("kind")?, page)
        .await?;
    Ok(ok(Items::of(listed, |row| view::view(&gateway, &caller, &org, &row))))
}

/// Lists those of one kind.
pub async fn list_kind(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    PathParams((org, kind)): PathParams<(String, String)>,
    query: Query,
) -> Result<Response, Problem> {
    let organization = caller.organization(&gateway, &org)?;
    let page = query.page(&[])?;
    let listed = gateway
        .store
        .integrations(organization.id, Some(kind_of(&kind)?), page)
        .await?;
    Ok(ok(Items::of(listed, |row| view::view(&gateway, &caller, &org, &row))))
}

/// Shows one.
pub async fn show(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    PathParams((org, kind, name)): PathParams<(String, String, String)>,
) -> Result<Response, Problem> {
    let organization = caller.organization(&gateway, &org)?;
    let row = find(&gateway, organization.id, &kind, &name)?;
    Ok(ok(view::view(&gateway, &caller, &org, &row)))
}

/// Changes one.
pub async fn change(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    PathParams((org, kind, name)): PathParams<(String, String, String)>,
    JsonBody(changes): JsonBody<IntegrationChanges>,
) -> Result<Response, Problem> {
    let organization = caller.organization(&gateway, &org)?;
    let row = find(&gateway, organization.id, &kind, &name)?;
    let change = input::changed(&gateway, &row, changes)?;
    let audit = caller.changed(&gateway, Some(organization.id), target(&org, &row));
    let has_new_token = matches!(change.token, CredentialChange::Set(_));
    let row = gateway
        .store
        .update_integration(change, gateway.clock.now(), Some(audit))
        .await?;
    if has_new_token {
        gateway.forge_client.release(row.id);
        gateway.store.wake_statuses(row.id, gateway.clock.now());
    }
    Ok(ok(view::view(&gateway, &caller, &org, &row)))
}

/// Deletes one, and says which projects lost their link.
pub async fn delete(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    PathParams((org, kind, name)): PathParams<(String, String, String)>,
) -> Result<Response, Problem> {
    let organization = caller.organization(&gateway, &org)?;
    let row = find(&gateway, organization.id, &kind, &name)?;
    let audit = caller.changed(&gateway, Some(organization.id), target(&org, &row));
    let unlinked = gateway.store.delete_integration(row.id, Some(audit)).await?;
    let unlinked: Vec<_> = unlinked.iter().map(|link| view::unlinked(&gateway, link)).collect();
    Ok(ok(json!({ "deleted": true, "unlinked": unlinked })))
}

fn find(gateway: &Gateway, organization: OrganizationId, kind: &str, name: &str) -> Result<Integration, Problem> {
    let row = gateway.store.integration_by_name(organization, kind_of(kind)?, name);
    row.ok_or_else(|| nothing("integration"))
}

fn kind_of(word: &str) -> Result<IntegrationKind, Problem> {
    match word {
        "inbound" => Ok(IntegrationKind::Inbound),
        "outbound" => Ok(IntegrationKind::Outbound),
        _ => Err(nothing("kind of integration")),
    }
}

fn target(org: &str, row: &Integration) -> String {
    format!("{org}/{}/{}", kind_word(row.kind), row.name)
}
