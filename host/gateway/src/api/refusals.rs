//! Refusals: what was not let in, counted, with the way out.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use forgegate_model::refusal::Refusal;
use forgegate_model::timestamp::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::extract::Query;
use super::filters;
use super::shape::{Items, integration_name, organization_name};
use crate::access::Caller;
use crate::gateway::Gateway;
use crate::response::{Problem, ok};

/// A counter, as it is shown.
#[derive(Serialize, ToSchema)]
pub struct RefusalView {
    organization: Option<String>,
    integration: Option<String>,
    forge: Option<String>,
    code: String,
    count: u64,
    #[schema(value_type = String)]
    first_at: Timestamp,
    #[schema(value_type = String)]
    last_at: Timestamp,
    source_ip: Option<String>,
    headers: Vec<String>,
    message: String,
}

/// Lists them.
pub async fn list(State(gateway): State<Arc<Gateway>>, caller: Caller, query: Query) -> Result<Response, Problem> {
    let page = query.page(filters::REFUSALS)?;
    let filter = filters::refusals(&gateway, &caller, &query)?;
    let listed = gateway.store.refusals(&filter, &page)?;
    Ok(ok(Items::of(listed, |row| view(&gateway, row))))
}

fn view(gateway: &Gateway, row: Refusal) -> RefusalView {
    RefusalView {
        organization: row.key.organization.and_then(|id| organization_name(gateway, id)),
        integration: integration_name(gateway, row.key.integration),
        forge: row.key.forge,
        code: row.key.code,
        count: row.count,
        first_at: row.first_at,
        last_at: row.last_at,
        source_ip: row.source_ip.map(|address| address.to_string()),
        headers: row.headers,
        message: row.message,
    }
}
