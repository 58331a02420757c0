//! Evaluations: what is queued, and what people do with it. What workers do is in `leases`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use forgegate_model::evaluation::{Cause, Check, Evaluation, State as EvaluationState, Trust, Work};
use forgegate_model::ids::EvaluationId;
use forgegate_model::project::Project;
use forgegate_model::repository::{clone_url, ref_is_safe, sha_is_safe};
use forgegate_model::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::{At, Given, Query, id, nothing};
use super::filters;
use super::projects;
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
    At(evaluation): At<String>,
) -> Result<Response, Problem> {
    let row = find(&gateway, &caller, &evaluation).await?;
    Ok(ok(view(&gateway, row)))
}

/// Cancels one.
pub async fn cancel(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    At(evaluation): At<String>,
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
    At(evaluation): At<String>,
) -> Result<Response, Problem> {
    let row = find(&gateway, &caller, &evaluation).await?;
    let audit = caller.made(&gateway, Some(row.organization), format!("evaluation {}", row.id));
    let row = gateway
        .store
        .rerun(row.id, EvaluationId(fresh_id()), gateway.clock.now(), Some(audit))
        .await?;
    Ok(created(view(&gateway, row)))
}

/// What somebody starts by hand.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Start {
    #[serde(default, rename = "ref")]
    ref_name: Option<String>,
    #[serde(default)]
    sha: Option<String>,
}

/// Starts one by hand.
pub async fn start(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    At((org, name)): At<(String, String)>,
    Given(start): Given<Start>,
) -> Result<Response, Problem> {
    let entry = projects::find(&gateway, &caller, &org, &name)?;
    let project = entry.project();
    let audit = caller.made(&gateway, Some(project.organization), format!("{org}/{name}"));
    let row = Evaluation {
        id: EvaluationId(fresh_id()),
        organization: project.organization,
        project: project.id,
        repository: project.identity.clone(),
        work: work(&gateway, project, start, &caller.token.name)?,
        state: EvaluationState::Queued,
        labels: project.runs_on.clone(),
        attempt: 0,
        worker: None,
        description: None,
        url: None,
        checks: Vec::new(),
        deliveries: Vec::new(),
        superseded_by: None,
        rerun_of: None,
        lease_hash: None,
        created_at: gateway.clock.now(),
        started_at: None,
        finished_at: None,
    };
    let row = gateway.store.start_evaluation(row, Some(audit)).await?;
    Ok(created(view(&gateway, row)))
}

/// The work that somebody names. Whoever may start it vouches for the commit.
fn work(gateway: &Gateway, project: &Project, start: Start, actor: &str) -> Result<Work, Problem> {
    let sha = start.sha.ok_or_else(|| {
        Problem::bad_request("`sha`: this version cannot ask the forge for the head; name the commit")
    })?;
    if !sha_is_safe(&sha) {
        return Err(Problem::bad_request("`sha`: 40 or 64 lower-case hexadecimal digits"));
    }
    let (ref_name, fetch_ref) = match start.ref_name {
        Some(name) if ref_is_safe(&name) => (name.clone(), name),
        Some(_) => {
            return Err(Problem::bad_request("`ref`: a full ref such as `refs/heads/main`"));
        }
        // Forges hand a commit out by its id; the head of the default branch is the one ref that has a name everywhere.
        None => ("HEAD".to_owned(), sha.clone()),
    };
    let clone_url = clone_url(&project.repository, &gateway.shorthands).map_err(Problem::internal)?;
    let cause = Cause {
        event: "manual".to_owned(),
        delivery_id: None,
        actor: Some(actor.to_owned()),
        pull_request: None,
        argument: None,
    };
    Ok(Work {
        clone_url,
        fetch_ref,
        ref_name,
        sha,
        before: None,
        trust: Trust::Trusted,
        repository_id: None,
        cause,
    })
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
    At(evaluation): At<String>,
    Given(approval): Given<Approval>,
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
