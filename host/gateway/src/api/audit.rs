//! The audit log.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use forgegate_api::{AuditView, parameters};
use forgegate_model::audit::AuditEntry;

use super::extract::Query;
use super::filters;
use super::shape::page_view;
use crate::access::Caller;
use crate::core::Core;
use crate::response::{Problem, ok};

/// Lists the entries.
pub async fn list(State(core): State<Arc<Core>>, caller: Caller, query: Query) -> Result<Response, Problem> {
    let page = query.page(parameters::AUDIT)?;
    let filter = filters::audit(&core, &caller, &query)?;
    let listed = core.store.audit(filter, page).await?;
    Ok(ok(page_view(listed, view)))
}

fn view(entry: AuditEntry) -> AuditView {
    AuditView {
        id: entry.id.to_string(),
        at: entry.at,
        actor: entry.actor,
        action: entry.action,
        target: entry.target,
        outcome: entry.outcome,
        source_ip: entry.source_ip.map(|address| address.to_string()),
    }
}
