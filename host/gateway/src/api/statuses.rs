//! Statuses: reports to forges and others, and what became of them.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use forgegate_api::{StatusView, parameters};
use forgegate_model::status::{Message, Status};

use super::extract::{Empty, JsonBody, PathParams, Query, id, nothing};
use super::filters;
use super::shape::{integration_name, organization_name, page_view, project_name};
use crate::access::Caller;
use crate::core::Core;
use crate::response::{Problem, ok};

/// Shows a status.
pub fn view(core: &Core, status: Status) -> StatusView {
    StatusView {
        id: status.id.to_string(),
        organization: organization_name(core, status.organization),
        project: project_name(core, status.project),
        evaluation_id: status.evaluation.to_string(),
        integration: integration_name(core, status.integration),
        kind: status.message.kind(),
        repository: status.repository.identity,
        sha: status.sha,
        context: match status.message {
            Message::ForgeStatus { context } => Some(context),
            Message::Comment { .. } | Message::WebRequest { .. } => None,
        },
        state: status.state,
        description: status.description,
        url: status.url,
        outcome: status.outcome,
        attempts: status.attempts,
        next_at: status.next_at,
        last_error: status.last_error,
        sent_at: status.sent_at,
        created_at: status.created_at,
    }
}

/// Lists them.
pub async fn list(State(core): State<Arc<Core>>, caller: Caller, query: Query) -> Result<Response, Problem> {
    let page = query.page(parameters::STATUSES)?;
    let filter = filters::statuses(&core, &caller, &query)?;
    let listed = core.store.statuses(filter, page).await?;
    Ok(ok(page_view(listed, |status| view(&core, status))))
}

/// Shows one.
pub async fn show(
    State(core): State<Arc<Core>>,
    caller: Caller,
    PathParams(status): PathParams<String>,
) -> Result<Response, Problem> {
    let status = find(&core, &caller, &status).await?;
    Ok(ok(view(&core, status)))
}

/// Tries one again that was given up.
pub async fn retry(
    State(core): State<Arc<Core>>,
    caller: Caller,
    PathParams(status): PathParams<String>,
    JsonBody(Empty {}): JsonBody<Empty>,
) -> Result<Response, Problem> {
    let status = find(&core, &caller, &status).await?;
    let audit = caller.changed(&core, Some(status.organization), format!("status {}", status.id));
    let status = core
        .store
        .retry_status(status.id, core.clock.now(), Some(audit))
        .await?;
    Ok(ok(view(&core, status)))
}

async fn find(core: &Core, caller: &Caller, text: &str) -> Result<Status, Problem> {
    caller.reach()?;
    let status = core.store.status(id(text, "status")?).await?;
    status
        .filter(|status| caller.sees(Some(status.organization)))
        .ok_or_else(|| nothing("status"))
}
