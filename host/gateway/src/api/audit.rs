//! The audit log.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use forgegate_model::audit::AuditEntry;
use forgegate_model::timestamp::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::extract::Query;
use super::filters;
use super::shape::Items;
use crate::access::Caller;
use crate::gateway::Gateway;
use crate::response::{Problem, ok};

/// An entry, as it is shown.
#[derive(Serialize, ToSchema)]
pub struct AuditView {
    id: String,
    #[schema(value_type = String)]
    at: Timestamp,
    actor: String,
    action: String,
    target: String,
    outcome: String,
    source_ip: Option<String>,
}

/// Lists the entries.
pub async fn list(State(gateway): State<Arc<Gateway>>, caller: Caller, query: Query) -> Result<Response, Problem> {
    let page = query.page(filters::AUDIT)?;
    let filter = filters::audit(&gateway, &caller, &query)?;
    let listed = gateway.store.audit(filter, page).await?;
    Ok(ok(Items::of(listed, view)))
}

fn view(row: AuditEntry) -> AuditView {
    AuditView {
        id: row.id.to_string(),
        at: row.at,
        actor: row.actor,
        action: row.action,
        target: row.target,
        outcome: row.outcome,
        source_ip: row.source_ip.map(|address| address.to_string()),
    }
}
