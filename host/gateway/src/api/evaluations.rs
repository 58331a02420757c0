//! Evaluations: what is queued, and what people do with it. What workers do is in `leases`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use forgegate_api::{ApprovalRequest, CauseView, EvaluationView, parameters};
use forgegate_model::evaluation::Evaluation;
use forgegate_model::ids::EvaluationId;
use forgegate_model::repository::sha_is_safe;

use super::extract::{Empty, JsonBody, PathParams, Query, id, nothing};
use super::filters;
use super::shape::{organization_name, page_view, project_name};
use crate::access::Caller;
use crate::clock::fresh_id;
use crate::core::Core;
use crate::response::{Problem, created, ok};

/// Shows an evaluation.
pub fn view(core: &Core, evaluation: Evaluation) -> EvaluationView {
    let work = evaluation.work;
    EvaluationView {
        id: evaluation.id.to_string(),
        organization: organization_name(core, evaluation.organization),
        project: project_name(core, evaluation.project),
        repository: evaluation.repository,
        clone_url: work.clone_url,
        fetch_ref: work.fetch_ref,
        ref_name: work.ref_name,
        sha: work.sha,
        before: work.before,
        state: evaluation.state,
        trust: work.trust,
        cause: CauseView {
            event: work.cause.event,
            delivery_id: work.cause.delivery_id.map(|id| id.to_string()),
            actor: work.cause.actor,
            pull_request: work.cause.pull_request,
            argument: work.cause.argument,
        },
        labels: evaluation.labels,
        attempt: evaluation.attempt.max(1),
        worker: evaluation.worker,
        description: evaluation.description,
        url: evaluation.url,
        checks: evaluation.checks,
        deliveries: evaluation.deliveries.iter().map(ToString::to_string).collect(),
        superseded_by: evaluation.superseded_by.map(|id| id.to_string()),
        rerun_of: evaluation.rerun_of.map(|id| id.to_string()),
        created_at: evaluation.created_at,
        started_at: evaluation.started_at,
        finished_at: evaluation.finished_at,
    }
}

/// Lists them.
pub async fn list(State(core): State<Arc<Core>>, caller: Caller, query: Query) -> Result<Response, Problem> {
    let page = query.page(parameters::EVALUATIONS)?;
    let filter = filters::evaluations(&core, &caller, &query)?;
    let listed = core.store.evaluations(filter, page).await?;
    Ok(ok(page_view(listed, |evaluation| view(&core, evaluation))))
}

/// Shows one.
pub async fn show(
    State(core): State<Arc<Core>>,
    caller: Caller,
    PathParams(evaluation): PathParams<String>,
) -> Result<Response, Problem> {
    let evaluation = find(&core, &caller, &evaluation).await?;
    Ok(ok(view(&core, evaluation)))
}

/// Cancels one.
pub async fn cancel(
    State(core): State<Arc<Core>>,
    caller: Caller,
    PathParams(evaluation): PathParams<String>,
    JsonBody(Empty {}): JsonBody<Empty>,
) -> Result<Response, Problem> {
    let evaluation = find(&core, &caller, &evaluation).await?;
    let audit = caller.changed(
        &core,
        Some(evaluation.organization),
        format!("evaluation {}", evaluation.id),
    );
    let evaluation = core.store.cancel(evaluation.id, core.clock.now(), Some(audit)).await?;
    Ok(ok(view(&core, evaluation)))
}

/// Makes another of the same work.
pub async fn rerun(
    State(core): State<Arc<Core>>,
    caller: Caller,
    PathParams(evaluation): PathParams<String>,
    JsonBody(Empty {}): JsonBody<Empty>,
) -> Result<Response, Problem> {
    let evaluation = find(&core, &caller, &evaluation).await?;
    let audit = caller.made(
        &core,
        Some(evaluation.organization),
        format!("evaluation {}", evaluation.id),
    );
    let evaluation = core
        .store
        .rerun(evaluation.id, EvaluationId(fresh_id()), core.clock.now(), Some(audit))
        .await?;
    Ok(created(view(&core, evaluation)))
}

/// Releases one, for the one commit that the caller saw.
pub async fn approve(
    State(core): State<Arc<Core>>,
    caller: Caller,
    PathParams(evaluation): PathParams<String>,
    JsonBody(approval): JsonBody<ApprovalRequest>,
) -> Result<Response, Problem> {
    let evaluation = find(&core, &caller, &evaluation).await?;
    if !sha_is_safe(&approval.sha) {
        return Err(Problem::bad_request("`sha`: 40 or 64 lower-case hexadecimal digits"));
    }
    let audit = caller.changed(
        &core,
        Some(evaluation.organization),
        format!("evaluation {} {}", evaluation.id, approval.sha),
    );
    let evaluation = core
        .store
        .approve(evaluation.id, approval.sha, core.clock.now(), Some(audit))
        .await?;
    Ok(ok(view(&core, evaluation)))
}

/// The evaluation, where the caller may know of it.
async fn find(core: &Core, caller: &Caller, text: &str) -> Result<Evaluation, Problem> {
    caller.reach()?;
    let evaluation = core.store.evaluation(id(text, "evaluation")?).await?;
    evaluation
        .filter(|evaluation| caller.sees(Some(evaluation.organization)))
        .ok_or_else(|| nothing("evaluation"))
}
