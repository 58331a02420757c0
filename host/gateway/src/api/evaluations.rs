//! Evaluations: what is queued, and what people do with it. What workers do is in `leases`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use forgegate_model::evaluation::{Check, Evaluation, State as EvaluationState, Trust};
use forgegate_model::ids::EvaluationId;
use forgegate_model::repository::sha_is_safe;
use forgegate_model::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::{Empty, JsonBody, PathParams, Query, id, nothing};
use super::filters;
use super::shape::{Items, organization_name, project_name};
use crate::access::Caller;
use crate::clock::fresh_id;
use crate::gateway::Gateway;
use crate::response::{Problem, created, ok};

/// Why an evaluation exists, as it is shown.
#[derive(Serialize, ToSchema)]
pub struct CauseView {
    event: String,
    delivery_id: Option<String>,
    actor: Option<String>,
    pull_request: Option<u64>,
    argument: Option<String>,
}

/// An evaluation, as it is shown.
#[derive(Serialize, ToSchema)]
pub struct EvaluationView {
    id: String,
    organization: Option<String>,
    project: Option<String>,
    repository: String,
    clone_url: String,
    fetch_ref: String,
    #[serde(rename = "ref")]
    ref_name: String,
    sha: String,
    before: Option<String>,
    #[schema(value_type = String)]
    state: EvaluationState,
    #[schema(value_type = String)]
    trust: Trust,
    cause: CauseView,
    labels: Vec<String>,
    attempt: u32,
    worker: Option<String>,
    description: Option<String>,
    url: Option<String>,
    #[schema(value_type = Vec<Object>)]
    checks: Vec<Check>,
    deliveries: Vec<String>,
    superseded_by: Option<String>,
    rerun_of: Option<String>,
    #[schema(value_type = String)]
    created_at: Timestamp,
    #[schema(value_type = Option<String>)]
    started_at: Option<Timestamp>,
    #[schema(value_type = Option<String>)]
    finished_at: Option<Timestamp>,
}

/// Shows an evaluation.
pub fn view(gateway: &Gateway, row: Evaluation) -> EvaluationView {
    let work = row.work;
    EvaluationView {
        id: row.id.to_string(),
        organization: organization_name(gateway, row.organization),
        project: project_name(gateway, row.project),
        repository: row.repository,
        clone_url: work.clone_url,
        fetch_ref: work.fetch_ref,
        ref_name: work.ref_name,
        sha: work.sha,
        before: work.before,
        state: row.state,
        trust: work.trust,
        cause: CauseView {
            event: work.cause.event,
            delivery_id: work.cause.delivery_id.map(|id| id.to_string()),
            actor: work.cause.actor,
            pull_request: work.cause.pull_request,
            argument: work.cause.argument,
        },
        labels: row.labels,
        attempt: row.attempt.max(1),
        worker: row.worker,
        description: row.description,
        url: row.url,
        checks: row.checks,
        deliveries: row.deliveries.iter().map(ToString::to_string).collect(),
        superseded_by: row.superseded_by.map(|id| id.to_string()),
        rerun_of: row.rerun_of.map(|id| id.to_string()),
        created_at: row.created_at,
        started_at: row.started_at,
        finished_at: row.finished_at,
    }
}

/// Lists them.
pub async fn list(State(gateway): State<Arc<Gateway>>, caller: Caller, query: Query) -> Result<Response, Problem> {
    let page = query.page(filters::EVALUATIONS)?;
    let filter = filters::evaluations(&gateway, &caller, &query)?;
    let listed = gateway.store.evaluations(filter, page).await?;
    Ok(ok(Items::of(listed, |row| view(&gateway, row))))
}

/// Shows one.
pub async fn show(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    PathParams(evaluation): PathParams<String>,
) -> Result<Response, Problem> {
    let row = find(&gateway, &caller, &evaluation).await?;
    Ok(ok(view(&gateway, row)))
}

/// Cancels one.
pub async fn cancel(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    PathParams(evaluation): PathParams<String>,
    JsonBody(Empty {}): JsonBody<Empty>,
) -> Result<Response, Problem> {
    let row = find(&gateway, &caller, &evaluation).await?;
    let audit = caller.changed(&gateway, Some(row.organization), format!("evaluation {}", row.id));
    let row = gateway.store.cancel(row.id, gateway.clock.now(), Some(audit)).await?;
    Ok(ok(view(&gateway, row)))
}

/// Makes another of the same work.
pub async fn rerun(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    PathParams(evaluation): PathParams<String>,
    JsonBody(Empty {}): JsonBody<Empty>,
) -> Result<Response, Problem> {
    let row = find(&gateway, &caller, &evaluation).await?;
    let audit = caller.made(&gateway, Some(row.organization), format!("evaluation {}", row.id));
    let row = gateway
        .store
        .rerun(row.id, EvaluationId(fresh_id()), gateway.clock.now(), Some(audit))
        .await?;
    Ok(created(view(&gateway, row)))
}

/// What releases a held one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    sha: String,
}

/// Releases one, for the one commit that the caller saw.
pub async fn approve(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    PathParams(evaluation): PathParams<String>,
    JsonBody(approval): JsonBody<Approval>,
) -> Result<Response, Problem> {
    let row = find(&gateway, &caller, &evaluation).await?;
    if !sha_is_safe(&approval.sha) {
        return Err(Problem::bad_request("`sha`: 40 or 64 lower-case hexadecimal digits"));
    }
    let audit = caller.changed(
        &gateway,
        Some(row.organization),
        format!("evaluation {} {}", row.id, approval.sha),
    );
    let row = gateway
        .store
        .approve(row.id, approval.sha, gateway.clock.now(), Some(audit))
        .await?;
    Ok(ok(view(&gateway, row)))
}

/// The evaluation, where the caller may know of it.
async fn find(gateway: &Gateway, caller: &Caller, text: &str) -> Result<Evaluation, Problem> {
    caller.reach()?;
    let row = gateway.store.evaluation(id(text, "evaluation")?).await?;
    row.filter(|row| caller.sees(Some(row.organization)))
        .ok_or_else(|| nothing("evaluation"))
}
