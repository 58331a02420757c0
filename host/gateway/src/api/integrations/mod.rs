//! Integrations: `input` reads what people send, `view` shows what is stored, `guide` says what to enter at the forge, `connect` tries
//! connections and sees to hooks. Nothing secret is ever shown.

mod connect;
mod guide;
mod input;
mod view;

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use forgegate_api::{IntegrationChanges, Items, NewIntegration, parameters};
use forgegate_model::ids::OrganizationId;
use forgegate_model::integration::{Integration, IntegrationKind};
use forgegate_storage::CredentialChange;

use super::extract::{JsonBody, PathParams, Query, nothing};
use super::installations::BindRequest;
use super::shape::{kind_word, page_view, unlinked};
use crate::access::Caller;
use crate::gateway::Gateway;
use crate::response::{Problem, created, ok};

pub use connect::{ensure_hook, test_inbound, test_outbound};
pub use guide::show as hook_guide;

/// Makes one.
pub async fn create(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    PathParams(org): PathParams<String>,
    JsonBody(new): JsonBody<NewIntegration>,
) -> Result<Response, Problem> {
    let organization = caller.organization(&gateway, &org)?;
    if let Some(installation) = input::installation(&new)? {
        let (forge, id, account, allowed_ips) = installation;
        let request = BindRequest {
            organization: organization.id,
            forge: &forge,
            number: &id,
            account: account.as_deref(),
            allowed_ips,
        };
        let (_, pair) = request.bind(&gateway, &caller).await?;
        let pair = pair
            .iter()
            .map(|integration| view::view(&gateway, &caller, &org, integration))
            .collect();
        return Ok(created(Items::whole(pair)));
    }
    let (integration, credentials) = input::integration(&gateway, organization.id, new)?;
    let audit = caller.made(&gateway, Some(organization.id), target(&org, &integration));
    let integration = gateway
        .store
        .create_integration(integration, credentials, Some(audit))
        .await?;
    Ok(created(view::view(&gateway, &caller, &org, &integration)))
}

/// Lists those of an organization.
pub async fn list(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    PathParams(org): PathParams<String>,
    query: Query,
) -> Result<Response, Problem> {
    let organization = caller.organization(&gateway, &org)?;
    let page = query.page(parameters::INTEGRATIONS)?;
    let listed = gateway
        .store
        .integrations(organization.id, query.word("kind")?, page)
        .await?;
    Ok(ok(page_view(listed, |integration| {
        view::view(&gateway, &caller, &org, &integration)
    })))
}

/// Lists those of one kind.
pub async fn list_kind(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    PathParams((org, kind)): PathParams<(String, String)>,
    query: Query,
) -> Result<Response, Problem> {
    let organization = caller.organization(&gateway, &org)?;
    let page = query.page(parameters::NONE)?;
    let listed = gateway
        .store
        .integrations(organization.id, Some(kind_of(&kind)?), page)
        .await?;
    Ok(ok(page_view(listed, |integration| {
        view::view(&gateway, &caller, &org, &integration)
    })))
}

/// Shows one.
pub async fn show(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    PathParams((org, kind, name)): PathParams<(String, String, String)>,
) -> Result<Response, Problem> {
    let organization = caller.organization(&gateway, &org)?;
    let integration = find(&gateway, organization.id, &kind, &name)?;
    Ok(ok(view::view(&gateway, &caller, &org, &integration)))
}

/// Changes one.
pub async fn change(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    PathParams((org, kind, name)): PathParams<(String, String, String)>,
    JsonBody(changes): JsonBody<IntegrationChanges>,
) -> Result<Response, Problem> {
    let organization = caller.organization(&gateway, &org)?;
    let integration = find(&gateway, organization.id, &kind, &name)?;
    let change = input::changed(&gateway, &integration, changes)?;
    let audit = caller.changed(&gateway, Some(organization.id), target(&org, &integration));
    let has_new_token = matches!(change.token, CredentialChange::Set(_));
    let integration = gateway
        .store
        .update_integration(change, gateway.clock.now(), Some(audit))
        .await?;
    if has_new_token {
        gateway.forge_client.release(integration.id);
        gateway.store.wake_statuses(integration.id, gateway.clock.now());
    }
    Ok(ok(view::view(&gateway, &caller, &org, &integration)))
}

/// Deletes one, and says which projects lost their link.
pub async fn delete(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    PathParams((org, kind, name)): PathParams<(String, String, String)>,
) -> Result<Response, Problem> {
    let organization = caller.organization(&gateway, &org)?;
    let integration = find(&gateway, organization.id, &kind, &name)?;
    let audit = caller.changed(&gateway, Some(organization.id), target(&org, &integration));
    let links = gateway.store.delete_integration(integration.id, Some(audit)).await?;
    Ok(ok(unlinked(&gateway, &links)))
}

fn find(gateway: &Gateway, organization: OrganizationId, kind: &str, name: &str) -> Result<Integration, Problem> {
    let integration = gateway.store.integration_by_name(organization, kind_of(kind)?, name);
    integration.ok_or_else(|| nothing("integration"))
}

fn kind_of(word: &str) -> Result<IntegrationKind, Problem> {
    match word {
        "inbound" => Ok(IntegrationKind::Inbound),
        "outbound" => Ok(IntegrationKind::Outbound),
        _ => Err(nothing("kind of integration")),
    }
}

fn target(org: &str, integration: &Integration) -> String {
    format!("{org}/{}/{}", kind_word(integration.kind), integration.name)
}
