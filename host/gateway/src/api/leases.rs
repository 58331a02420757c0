//! What workers do: claim, heartbeat, checks, finish.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{FromRequestParts, State};
use axum::response::Response;
use forgegate_api::{
    CheckRequest, ClaimRequest, ClaimedView, Ending, FinishRequest, HeartbeatRequest, HeartbeatResponse, LeaseView,
};
use forgegate_model::audit::AuditEntry;
use forgegate_model::crypto;
use forgegate_model::evaluation::{Check, Move};
use forgegate_model::ids::EvaluationId;
use forgegate_storage::Claim;
use http::request::Parts;

use super::evaluations::view;
use super::extract::{JsonBody, PathParams, id};
use crate::access::{Call, Caller, bearer};
use crate::core::Core;
use crate::gateway::AppState;
use crate::leases::{Leases, lease_hash};
use crate::response::{Code, Problem, nothing, ok};

const MOST_WAIT_MS: u64 = 60_000;
const MOST_WORKER_BYTES: usize = 100;
const MOST_NAME_BYTES: usize = 100;
const MOST_DESCRIPTION_BYTES: usize = 1_000;
const MOST_URL_BYTES: usize = 2_000;

/// Hands out the next evaluation, waiting for one; 204 where none came.
pub async fn claim(
    State(core): State<Arc<Core>>,
    State(leases): State<Arc<Leases>>,
    caller: Caller,
    JsonBody(request): JsonBody<ClaimRequest>,
) -> Result<Response, Problem> {
    caller.works()?;
    if request.wait_ms > MOST_WAIT_MS {
        return Err(Problem::bad_request(format!("`wait_ms`: at most {MOST_WAIT_MS}")));
    }
    if request.worker.trim().is_empty()
        || request.worker.len() > MOST_WORKER_BYTES
        || request.worker.chars().any(char::is_control)
    {
        return Err(Problem::bad_request(format!(
            "`worker`: 1 to {MOST_WORKER_BYTES} bytes without control characters"
        )));
    }
    let timeout = Duration::from_millis(request.wait_ms);
    let claim = Claim {
        labels: labels(&caller, request.labels)?,
        worker: request.worker,
        organizations: caller.token.organizations.clone(),
        approved: request.approved,
    };
    let audit = caller.changed(&core, None, String::new());
    let Some(claimed) = leases.claim(claim, timeout, Some(audit)).await? else {
        return Ok(nothing());
    };
    let lease = LeaseView {
        token: claimed.token,
        expires_at: claimed.expires_at,
    };
    Ok(ok(ClaimedView {
        evaluation: view(&core, claimed.evaluation),
        lease,
    }))
}

/// The labels that the worker says it has, within those that its token allows.
fn labels(caller: &Caller, named: Option<Vec<String>>) -> Result<Vec<String>, Problem> {
    let allowed = &caller.token.labels;
    let labels = named.unwrap_or_else(|| allowed.clone());
    match labels
        .iter()
        .find(|label| !allowed.is_empty() && !allowed.contains(label))
    {
        Some(label) => Err(Problem::new(
            Code::Forbidden,
            format!("the token does not name the label `{label}`"),
        )),
        None => Ok(labels),
    }
}

/// Whoever works on a lease: a worker or an administrator by token, or what the worker runs, by the lease alone.
pub enum Holder {
    /// By an access token.
    Token(Caller),
    /// By the lease's token.
    Lease(String, Call),
}

impl FromRequestParts<AppState> for Holder {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let lease = bearer(&parts.headers)
            .filter(|value| value.len() == 64 && value.bytes().all(|byte| byte.is_ascii_hexdigit()));
        if let Some(lease) = lease {
            return Ok(Self::Lease(lease.to_owned(), Call::of(&state.0.core, parts)));
        }
        let caller = Caller::from_request_parts(parts, state).await?;
        caller.works()?;
        Ok(Self::Token(caller))
    }
}

impl Holder {
    /// The lease that is meant. Who comes by a lease means that one, whether the body repeats it or not.
    fn lease(&self, in_body: Option<String>) -> Result<String, Problem> {
        match (self, in_body) {
            (Self::Token(_), Some(lease)) => Ok(lease),
            (Self::Token(_), None) => Err(Problem::bad_request("`lease`: the token of the lease is needed")),
            (Self::Lease(own, _), None) => Ok(own.clone()),
            (Self::Lease(own, _), Some(lease)) if crypto::equal(own.as_bytes(), lease.as_bytes()) => Ok(lease),
            (Self::Lease(..), Some(_)) => Err(Problem::new(
                Code::Forbidden,
                "the lease of the body is not the one that was presented",
            )),
        }
    }

    /// What the audit log will say of a change; the transaction adds what it was made to.
    fn changed(&self, core: &Core, evaluation: EvaluationId) -> AuditEntry {
        match self {
            Self::Token(caller) => caller.changed(core, None, String::new()),
            Self::Lease(_, call) => {
                let actor = format!("the lease of evaluation {evaluation}");
                call.entry(core, None, actor, String::new(), "200")
            }
        }
    }
}

/// Holds a lease for another term.
pub async fn heartbeat(
    State(leases): State<Arc<Leases>>,
    holder: Holder,
    PathParams(evaluation): PathParams<String>,
    JsonBody(beat): JsonBody<HeartbeatRequest>,
) -> Result<Response, Problem> {
    let evaluation = id(&evaluation, "evaluation")?;
    let beat = leases.heartbeat(evaluation, &holder.lease(beat.lease)?)?;
    Ok(ok(HeartbeatResponse {
        expires_at: beat.expires_at,
        cancel: beat.cancel,
    }))
}

/// Notes how a named part is.
pub async fn checks(
    State(core): State<Arc<Core>>,
    holder: Holder,
    PathParams(evaluation): PathParams<String>,
    JsonBody(check): JsonBody<CheckRequest>,
) -> Result<Response, Problem> {
    let evaluation: EvaluationId = id(&evaluation, "evaluation")?;
    if check.name.trim().is_empty() || check.name.len() > MOST_NAME_BYTES || check.name.chars().any(char::is_control) {
        return Err(Problem::bad_request(format!(
            "`name`: 1 to {MOST_NAME_BYTES} bytes without control characters"
        )));
    }
    let lease = holder.lease(check.lease)?;
    let (description, url) = described(check.description, check.url)?;
    let check = Check {
        name: check.name,
        state: check.state,
        description,
        url,
    };
    let audit = holder.changed(&core, evaluation);
    let at = core.clock.now();
    let evaluation = core
        .store
        .check(evaluation, lease_hash(&lease), check, at, Some(audit))
        .await?;
    Ok(ok(view(&core, evaluation)))
}

/// Ends the work, once; the same end may be told again.
pub async fn finish(
    State(core): State<Arc<Core>>,
    State(leases): State<Arc<Leases>>,
    caller: Caller,
    PathParams(evaluation): PathParams<String>,
    JsonBody(finish): JsonBody<FinishRequest>,
) -> Result<Response, Problem> {
    caller.works()?;
    let evaluation: EvaluationId = id(&evaluation, "evaluation")?;
    let result = match finish.state {
        Ending::Succeeded => Move::Succeed,
        Ending::Failed => Move::Fail,
        Ending::Errored => Move::Error,
    };
    let (description, url) = described(finish.description, finish.url)?;
    let ending = forgegate_storage::Ending {
        result,
        description,
        url,
    };
    let (hash, at) = (lease_hash(&finish.lease), core.clock.now());
    let audit = caller.changed(&core, None, String::new());
    let finished = core.store.finish(evaluation, hash, ending, at, Some(audit)).await?;
    leases.ended(evaluation, &finish.lease);
    Ok(ok(view(&core, finished)))
}

fn described(description: Option<String>, url: Option<String>) -> Result<(Option<String>, Option<String>), Problem> {
    if description
        .as_ref()
        .is_some_and(|text| text.len() > MOST_DESCRIPTION_BYTES)
    {
        return Err(Problem::bad_request(format!(
            "`description`: at most {MOST_DESCRIPTION_BYTES} bytes"
        )));
    }
    let is_web = |text: &String| {
        text.len() <= MOST_URL_BYTES && url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
    };
    if url.as_ref().is_some_and(|text| !is_web(text)) {
        return Err(Problem::bad_request(format!(
            "`url`: an http or https URL of at most {MOST_URL_BYTES} bytes"
        )));
    }
    Ok((description, url))
}
