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
use crate::connection::Connections;
use crate::core::Core;
use crate::forge_client::ForgeClient;
use crate::response::{Problem, created, ok};

pub use connect::{ensure_hook, test_inbound, test_outbound};
pub use guide::show as hook_guide;

/// Makes one.
pub async fn create(
    State(core): State<Arc<Core>>,
    State(connections): State<Arc<Connections>>,
    State(client): State<Arc<ForgeClient>>,
    caller: Caller,
    PathParams(org): PathParams<String>,
    JsonBody(new): JsonBody<NewIntegration>,
) -> Result<Response, Problem> {
    let organization = caller.organization(&core, &org)?;
    if let Some(installation) = input::installation(&new)? {
        let (forge, id, account, allowed_ips) = installation;
        let request = BindRequest {
            organization: organization.id,
            forge: &forge,
            number: &id,
            account: account.as_deref(),
            allowed_ips,
        };
        let (_, pair) = request.bind(&core, &client, &caller).await?;
        let pair = pair
            .iter()
            .map(|integration| view::view(&core, &connections, &caller, &org, integration))
            .collect();
        return Ok(created(Items::whole(pair)));
    }
    let (integration, credentials) = input::integration(&core, organization.id, new)?;
    let audit = caller.made(&core, Some(organization.id), target(&org, &integration));
    let integration = core
        .store
        .create_integration(integration, credentials, Some(audit))
        .await?;
    Ok(created(view::view(&core, &connections, &caller, &org, &integration)))
}

/// Lists those of an organization.
pub async fn list(
    State(core): State<Arc<Core>>,
    State(connections): State<Arc<Connections>>,
    caller: Caller,
    PathParams(org): PathParams<String>,
    query: Query,
) -> Result<Response, Problem> {
    let organization = caller.organization(&core, &org)?;
    let page = query.page(parameters::INTEGRATIONS)?;
    let listed = core
        .store
        .integrations(organization.id, query.word("kind")?, page)
        .await?;
    Ok(ok(page_view(listed, |integration| {
        view::view(&core, &connections, &caller, &org, &integration)
    })))
}

/// Lists those of one kind.
pub async fn list_kind(
    State(core): State<Arc<Core>>,
    State(connections): State<Arc<Connections>>,
    caller: Caller,
    PathParams((org, kind)): PathParams<(String, String)>,
    query: Query,
) -> Result<Response, Problem> {
    let organization = caller.organization(&core, &org)?;
    let page = query.page(parameters::NONE)?;
    let listed = core
        .store
        .integrations(organization.id, Some(kind_of(&kind)?), page)
        .await?;
    Ok(ok(page_view(listed, |integration| {
        view::view(&core, &connections, &caller, &org, &integration)
    })))
}

/// Shows one.
pub async fn show(
    State(core): State<Arc<Core>>,
    State(connections): State<Arc<Connections>>,
    caller: Caller,
    PathParams((org, kind, name)): PathParams<(String, String, String)>,
) -> Result<Response, Problem> {
    let organization = caller.organization(&core, &org)?;
    let integration = find(&core, organization.id, &kind, &name)?;
    Ok(ok(view::view(&core, &connections, &caller, &org, &integration)))
}

/// Changes one.
pub async fn change(
    State(core): State<Arc<Core>>,
    State(connections): State<Arc<Connections>>,
    State(client): State<Arc<ForgeClient>>,
    caller: Caller,
    PathParams((org, kind, name)): PathParams<(String, String, String)>,
    JsonBody(changes): JsonBody<IntegrationChanges>,
) -> Result<Response, Problem> {
    let organization = caller.organization(&core, &org)?;
    let integration = find(&core, organization.id, &kind, &name)?;
    let change = input::changed(&core, &integration, changes)?;
    let audit = caller.changed(&core, Some(organization.id), target(&org, &integration));
    let has_new_token = matches!(change.token, CredentialChange::Set(_));
    let integration = core
        .store
        .update_integration(change, core.clock.now(), Some(audit))
        .await?;
    if has_new_token {
        client.release(integration.id);
        core.store.wake_statuses(integration.id, core.clock.now());
    }
    Ok(ok(view::view(&core, &connections, &caller, &org, &integration)))
}

/// Deletes one, and says which projects lost their link.
pub async fn delete(
    State(core): State<Arc<Core>>,
    caller: Caller,
    PathParams((org, kind, name)): PathParams<(String, String, String)>,
) -> Result<Response, Problem> {
    let organization = caller.organization(&core, &org)?;
    let integration = find(&core, organization.id, &kind, &name)?;
    let audit = caller.changed(&core, Some(organization.id), target(&org, &integration));
    let links = core.store.delete_integration(integration.id, Some(audit)).await?;
    Ok(ok(unlinked(&core, &links)))
}

fn find(core: &Core, organization: OrganizationId, kind: &str, name: &str) -> Result<Integration, Problem> {
    let integration = core.store.integration_by_name(organization, kind_of(kind)?, name);
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
