//! Refusals: what was not let in, counted, with the way out.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use forgegate_api::{RefusalView, parameters};
use forgegate_model::refusal::Refusal;

use super::extract::Query;
use super::filters;
use super::shape::{integration_name, organization_name, page_view};
use crate::access::Caller;
use crate::core::Core;
use crate::response::{Problem, ok};

/// Lists them.
pub async fn list(State(core): State<Arc<Core>>, caller: Caller, query: Query) -> Result<Response, Problem> {
    let page = query.page(parameters::REFUSALS)?;
    let filter = filters::refusals(&core, &caller, &query)?;
    let listed = core.store.refusals(&filter, &page)?;
    Ok(ok(page_view(listed, |refusal| view(&core, refusal))))
}

fn view(core: &Core, refusal: Refusal) -> RefusalView {
    RefusalView {
        organization: refusal.key.organization.and_then(|id| organization_name(core, id)),
        integration: integration_name(core, refusal.key.integration),
        forge: refusal.key.forge,
        code: refusal.key.code,
        count: refusal.count,
        first_at: refusal.first_at,
        last_at: refusal.last_at,
        source_ip: refusal.source_ip.map(|address| address.to_string()),
        headers: refusal.headers,
        message: refusal.message,
    }
}
