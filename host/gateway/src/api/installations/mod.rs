//! An app's installations: each is bound to organizations as a pair of integrations, one each way.
//!
//! An installation is known by the forge's number of the installation, or by its own id. Bound to several organizations, it is one of each that is
//! shown, changed or deleted: `?organization=` says which. `bind_request` binds, `asking` asks the forge first, `accounts` confirms who may be bound, `view` shows.

mod accounts;
mod asking;
mod bind_request;
mod view;

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use forgegate_api::{BindingChanges, BindingRequest, parameters};
use forgegate_model::client_address::parse_allowed_ip;
use forgegate_model::ids::OrganizationId;
use forgegate_model::installation::{Binding as Bound, Installation};
use ipnet::IpNet;

use super::extract::{JsonBody, PathParams, Query, nothing};
use super::shape::{page_of, page_view, unlinked};
use crate::access::Caller;
use crate::core::Core;
use crate::forge_client::ForgeClient;
use crate::installations;
use crate::response::{Code, Problem, created, ok};

pub use accounts::{confirm, list as accounts};
pub use bind_request::BindRequest;
use view::view;

/// Binds an installation to an organization.
pub async fn bind(
    State(core): State<Arc<Core>>,
    State(client): State<Arc<ForgeClient>>,
    caller: Caller,
    PathParams(forge): PathParams<String>,
    JsonBody(binding): JsonBody<BindingRequest>,
) -> Result<Response, Problem> {
    caller.administrates()?;
    let organization = caller.organization(&core, &binding.organization)?;
    let allowed_ips = allowed_ips(&binding.allowed_ips)?;
    let request = BindRequest {
        organization: organization.id,
        forge: &forge,
        number: &binding.installation_id,
        account: binding.account.as_deref(),
        allowed_ips,
    };
    let (installation, _) = request.bind(&core, &client, &caller).await?;
    let bound = installation.binding(organization.id);
    let shown = bound.map(|bound| view(&core, &installation, bound));
    Ok(created(shown.ok_or_else(|| nothing("installation"))?))
}

/// Lists what is bound, the newest first.
pub async fn list(
    State(core): State<Arc<Core>>,
    caller: Caller,
    PathParams(forge): PathParams<String>,
    query: Query,
) -> Result<Response, Problem> {
    caller.administrates()?;
    installations::app(&core, &forge)?;
    let page = query.page(parameters::INSTALLATIONS)?;
    let mut rows = live(&core, &forge, wanted(&core, &caller, &query)?);
    rows.sort_by_key(|(_, bound)| std::cmp::Reverse(bound.inbound));
    let listed = page_of(rows, &page, |(_, bound)| bound.inbound.to_string())?;
    Ok(ok(page_view(listed, |(installation, bound)| {
        view(&core, &installation, &bound)
    })))
}

/// Shows one.
pub async fn show(
    State(core): State<Arc<Core>>,
    caller: Caller,
    PathParams((forge, id)): PathParams<(String, String)>,
    query: Query,
) -> Result<Response, Problem> {
    let (installation, bound) = find(&core, &caller, &forge, &id, &query)?;
    Ok(ok(view(&core, &installation, &bound)))
}

/// Changes the addresses that an installation's deliveries may come from.
pub async fn change(
    State(core): State<Arc<Core>>,
    caller: Caller,
    PathParams((forge, id)): PathParams<(String, String)>,
    query: Query,
    JsonBody(changes): JsonBody<BindingChanges>,
) -> Result<Response, Problem> {
    let (installation, bound) = find(&core, &caller, &forge, &id, &query)?;
    let allowed_ips = allowed_ips(&changes.allowed_ips)?;
    let audit = caller.changed(&core, Some(bound.organization), target(&installation));
    let changed = core
        .store
        .restrict_installation(installation.id, bound.organization, allowed_ips, Some(audit));
    let installation = changed.await?;
    let bound = installation.binding(bound.organization);
    let shown = bound.map(|bound| view(&core, &installation, bound));
    Ok(ok(shown.ok_or_else(|| nothing("installation"))?))
}

/// Ends a binding: its pair goes, and what was linked to it is linked to nothing.
pub async fn delete(
    State(core): State<Arc<Core>>,
    caller: Caller,
    PathParams((forge, id)): PathParams<(String, String)>,
    query: Query,
) -> Result<Response, Problem> {
    let (installation, bound) = find(&core, &caller, &forge, &id, &query)?;
    let audit = caller.changed(&core, Some(bound.organization), target(&installation));
    let store = &core.store;
    let links = store.unbind_installation(installation.id, bound.organization, Some(audit));
    let links = links.await?;
    Ok(ok(unlinked(&core, &links)))
}

/// Every binding whose pair is there, of one organization or of all.
fn live(core: &Core, forge: &str, organization: Option<OrganizationId>) -> Vec<(Arc<Installation>, Bound)> {
    let mut found = Vec::new();
    for installation in core.store.installations(forge) {
        let wanted = |it: &&Bound| it.is_live() && organization.is_none_or(|id| it.organization == id);
        let bound: Vec<_> = installation.bindings.iter().filter(wanted).cloned().collect();
        found.extend(bound.into_iter().map(|it| (Arc::clone(&installation), it)));
    }
    found
}

fn find(
    core: &Core,
    caller: &Caller,
    forge: &str,
    id: &str,
    query: &Query,
) -> Result<(Arc<Installation>, Bound), Problem> {
    caller.administrates()?;
    query.page(parameters::INSTALLATION)?;
    let mut found = live(core, forge, wanted(core, caller, query)?);
    found.retain(|(it, _)| it.number == id || it.id.to_string() == id);
    match found.pop() {
        None => Err(nothing("installation")),
        Some(one) if found.is_empty() => Ok(one),
        Some(_) => Err(Problem::new(
            Code::Conflict,
            "the installation is bound to several organizations; name one with `?organization=`",
        )),
    }
}

/// The organization that a query is narrowed to.
fn wanted(core: &Core, caller: &Caller, query: &Query) -> Result<Option<OrganizationId>, Problem> {
    let named = query.text("organization");
    named
        .map(|name| caller.organization(core, name).map(|it| it.id))
        .transpose()
}

fn target(installation: &Installation) -> String {
    format!("{} installation {}", installation.forge, installation.number)
}

fn allowed_ips(texts: &[String]) -> Result<Vec<IpNet>, Problem> {
    let read =
        |text: &String| parse_allowed_ip(text).map_err(|error| Problem::new(Code::InvalidAllowedIp, error.to_string()));
    texts.iter().map(read).collect()
}
