//! Statuses: what is told to forges and others, and what became of it.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use forgegate_model::action::ActionKind;
use forgegate_model::status::{Message, Status, StatusOutcome, StatusState};
use forgegate_model::timestamp::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::extract::{Empty, JsonBody, PathParams, Query, id, nothing};
use super::filters;
use super::shape::{Items, integration_name, organization_name, project_name};
use crate::access::Caller;
use crate::gateway::Gateway;
use crate::response::{Problem, ok};

/// A status, as it is shown.
#[derive(Serialize, ToSchema)]
pub struct StatusView {
    id: String,
    organization: Option<String>,
    project: Option<String>,
    evaluation_id: String,
    integration: Option<String>,
    #[schema(value_type = String)]
    kind: ActionKind,
    repository: String,
    sha: String,
    context: Option<String>,
    #[schema(value_type = String)]
    state: StatusState,
    description: Option<String>,
    url: Option<String>,
    #[schema(value_type = String)]
    outcome: StatusOutcome,
    attempts: u32,
    #[schema(value_type = Option<String>)]
    next_at: Option<Timestamp>,
    last_error: Option<String>,
    #[schema(value_type = Option<String>)]
    sent_at: Option<Timestamp>,
    #[schema(value_type = String)]
    created_at: Timestamp,
}

/// Shows a status.
pub fn view(gateway: &Gateway, row: Status) -> StatusView {
    StatusView {
        id: row.id.to_string(),
        organization: organization_name(gateway, row.organization),
        project: project_name(gateway, row.project),
        evaluation_id: row.evaluation.to_string(),
        integration: integration_name(gateway, row.integration),
        kind: row.message.kind(),
        repository: row.repository.identity,
        sha: row.sha,
        context: match row.message {
            Message::ForgeStatus { context } => Some(context),
            Message::Comment { .. } | Message::WebRequest { .. } => None,
        },
        state: row.state,
        description: row.description,
        url: row.url,
        outcome: row.outcome,
        attempts: row.attempts,
        next_at: row.next_at,
        last_error: row.last_error,
        sent_at: row.sent_at,
        created_at: row.created_at,
    }
}

/// Lists them.
pub async fn list(State(gateway): State<Arc<Gateway>>, caller: Caller, query: Query) -> Result<Response, Problem> {
    let page = query.page(filters::STATUSES)?;
    let filter = filters::statuses(&gateway, &caller, &query)?;
    let listed = gateway.store.statuses(filter, page).await?;
    Ok(ok(Items::of(listed, |row| view(&gateway, row))))
}

/// Shows one.
pub async fn show(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    PathParams(status): PathParams<String>,
) -> Result<Response, Problem> {
    let row = find(&gateway, &caller, &status).await?;
    Ok(ok(view(&gateway, row)))
}

/// Tries one again that was given up.
pub async fn retry(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    PathParams(status): PathParams<String>,
    JsonBody(Empty {}): JsonBody<Empty>,
) -> Result<Response, Problem> {
    let row = find(&gateway, &caller, &status).await?;
    let audit = caller.changed(&gateway, Some(row.organization), format!("status {}", row.id));
    let row = gateway
        .store
        .retry_status(row.id, gateway.clock.now(), Some(audit))
        .await?;
    Ok(ok(view(&gateway, row)))
}

async fn find(gateway: &Gateway, caller: &Caller, text: &str) -> Result<Status, Problem> {
    caller.reach()?;
    let row = gateway.store.status(id(text, "status")?).await?;
    row.filter(|row| caller.sees(Some(row.organization)))
        .ok_or_else(|| nothing("status"))
}
