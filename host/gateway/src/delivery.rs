//! One delivery, from its first byte to its answer: read this file top to bottom.
//!
//! Its ten steps: `prove` takes route, evidence, body and proof; `process` takes source, recognise, parse, match, commit and answer.
//! What is refused before the proof leaves no record but a counter. What is proved runs to its end in a task of its own, whoever hangs
//! up, and ends in one durable transaction; no 2xx goes out before that.
//!
//! Signatures are compared by [`Check`], in `forgegate_model::evidence`. What makes the code of a fork held is
//! `forgegate_model::trust`, called by the matcher behind [`selection::select`]. The status code of a refusal is that of its [`Code`];
//! that of a record is chosen by [`record::answer`].

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use forgegate_model::answer::Repetition;
use forgegate_model::audit::AuditEntry;
use forgegate_model::delivery::{Delivery, Outcome, Reason, StepName};
use forgegate_model::evidence::{Check, ProofError, ProvedEvent};
use forgegate_model::header::Headers;
use forgegate_model::ids::DeliveryId;
use forgegate_model::timestamp::Timestamp;
use forgegate_sandbox::{Blame, PluginError};
use forgegate_storage::{Committed, DeliveryKey, StoreError};
use http::request::Parts;
use tokio::time::Instant;
use tracing::Instrument;

use crate::admission::Permit;
use crate::body;
use crate::buttons;
use crate::clock::fresh_id;
use crate::core::Core;
use crate::delivery_notices::DeliveryNotice;
use crate::hook_endpoint::{HookEndpoint, HookPath};
use crate::journal::Journal;
use crate::record::{self, Proved, Purpose, Verdict};
use crate::refusals::{self, KnownRoute};
use crate::response::{Code, Problem};
use crate::samples::Sealed;
use crate::selection::{self, SelectionInput};

/// The longest time from the body's last byte until the writer takes the delivery up. Forges wait five to ten seconds.
const MOST_WAIT: Duration = Duration::from_secs(4);

/// The result of the steps before the transaction.
enum Examined {
    /// It repeats this delivery, which is on record.
    Repeat(DeliveryId),
    /// It is to be recorded, and repetitions are recognised by the key, where there is one.
    Record(Box<Verdict>, Option<DeliveryKey>),
}

/// Receives a delivery and answers it.
pub async fn receive(core: Arc<Core>, path: HookPath, request: Parts, body: Body, source: IpAddr) -> Response {
    let fields = request.headers.iter();
    let headers = Headers::new(fields.map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec())));
    let span = tracing::info_span!("delivery", delivery.forge = %path.forge);
    let (began, mut known) = (Instant::now(), KnownRoute::default());
    let proving = prove(&core, &path, &headers, body, source, &mut known);
    let processed = match proving.instrument(span.clone()).await {
        Ok(proved) => tokio::spawn(process(Arc::clone(&core), proved).instrument(span)).await,
        Err(problem) => Ok(Err(problem)),
    };
    let (forge, integration) = (known.forge.clone(), known.integration);
    let response = match processed {
        Ok(Ok(response)) => response,
        Ok(Err(problem)) => refusals::refuse(&core, known, &headers, source, problem),
        Err(panic) => Problem::internal(panic).into_response(),
    };
    let status = response.status();
    core.metrics.answered(forge.as_deref(), status, began.elapsed());
    core.delivery_notices.publish(|| DeliveryNotice {
        forge,
        integration,
        status,
    });
    response
}

/// Processes an operator's test delivery: it is proved, read and matched as any other, and put on record as a test. The operator is
/// no forge, so that the allowlist is not asked. Returns the record's id, where there is one, and the answer that a forge would get.
/// What is refused is not counted.
pub async fn receive_test(
    core: &Arc<Core>,
    path: &HookPath,
    sample: Sealed,
    source: IpAddr,
) -> (Option<DeliveryId>, Response) {
    let headers = Headers::new(sample.headers.into_iter().map(|field| (field.name, field.value)));
    let (body, mut known) = (Body::from(sample.body), KnownRoute::default());
    let mut proved = match prove(core, path, &headers, body, source, &mut known).await {
        Ok(proved) => proved,
        Err(problem) => return (None, problem.into_response()),
    };
    proved.purpose = Purpose::Test;
    let id = proved.id;
    match process(Arc::clone(core), proved).await {
        Ok(response) => (Some(id), response),
        Err(problem) => (None, problem.into_response()),
    }
}

/// Steps 1 to 4: route, evidence, body, proof. Every problem here is a refusal.
async fn prove(
    core: &Core,
    path: &HookPath,
    headers: &Headers,
    body: Body,
    source: IpAddr,
    known: &mut KnownRoute,
) -> Result<Proved, Problem> {
    let mut journal = Journal::begin();
    if core.draining.is_cancelled() {
        return Err(Problem::new(
            Code::Draining,
            "the gateway is about to stop; send it again",
        ));
    }
    let endpoint = HookEndpoint::find(core, path, known)?;
    journal.ok(StepName::Route);

    let evidence = endpoint
        .plugin
        .verify(headers)
        .await
        .map_err(|error| unavailable(&error))?;
    let evidence = evidence.map_err(|refusal| Problem::new(Code::SignatureMismatch, refusal.to_string()))?;
    let mut check = Check::begin(&evidence, headers, &endpoint.keys, core.clock.now()).map_err(unproved)?;
    journal.ok(StepName::Evidence);

    let announced = body::announced(headers)?;
    let charge = core.budget.open(announced.unwrap_or(0));
    let body = body::read(body, announced, core.limits.max_body, &charge, &mut check).await?;
    let deadline = Instant::now() + MOST_WAIT;
    journal.ok(StepName::Body);

    let body_bytes = body.len() as u64;
    let delivery = check.finish(headers.clone(), body).map_err(unproved)?;
    charge.proved();
    let at = core.clock.now();
    endpoint.note_use(core, &delivery, at);
    journal.ok(StepName::Proof);
    Ok(Proved {
        id: DeliveryId(fresh_id()),
        endpoint,
        delivery,
        body_bytes,
        source,
        at,
        first_received_at: at,
        deadline,
        purpose: Purpose::Delivery,
        replay_of: None,
        journal,
        charge,
    })
}

/// Steps 5 to 10: from the proof to the answer. What is answered for good is on record, whatever became of it.
async fn process(core: Arc<Core>, mut proved: Proved) -> Result<Response, Problem> {
    let (key, units) = proved.endpoint.permit_key(&core);
    let Some(permit) = core.permits.take(key, units, proved.deadline).await else {
        return Err(overloaded());
    };
    match examine(&core, &mut proved).await? {
        Examined::Repeat(first) => repeat(&core, first, proved.at).await,
        Examined::Record(verdict, key) => commit(&core, proved, *verdict, key, permit).await,
    }
}

/// Steps 5 and 6, source and recognise, and the next two where it goes on. Only what will be answered 200 leaves a key to be
/// recognised by.
async fn examine(core: &Core, proved: &mut Proved) -> Result<Examined, Problem> {
    if proved.purpose == Purpose::Delivery && !proved.endpoint.admits(proved.source) {
        proved.journal.stop(StepName::Source, record::FORBIDDEN_SOURCE);
        let verdict = proved.stopped(Outcome::Forbidden, Reason::ForbiddenSourceIp);
        return Ok(Examined::Record(Box::new(verdict), None));
    }
    proved.journal.ok(StepName::Source);
    if proved.purpose == Purpose::Delivery && proved.was_asked_for(core) {
        proved.purpose = Purpose::Again;
    }

    let key = proved.key();
    if let Some(first) = core.store.recognise(&key, proved.at) {
        return Ok(Examined::Repeat(first));
    }
    proved.journal.ok(StepName::Recognise);

    let verdict = parse_and_match(core, proved).await?;
    let key = (verdict.outcome != Outcome::Malformed).then_some(key);
    Ok(Examined::Record(Box::new(verdict), key))
}

/// Steps 7 and 8: parse and match.
async fn parse_and_match(core: &Core, proved: &mut Proved) -> Result<Verdict, Problem> {
    let event = match proved.endpoint.plugin.parse(&proved.delivery).await {
        Ok(Ok(event)) => ProvedEvent::parsed(&proved.delivery, event),
        Ok(Err(error)) => {
            proved.journal.stop(StepName::Parse, error.to_string());
            return Ok(proved.stopped(Outcome::Malformed, Reason::MalformedPayload));
        }
        Err(error) if error.blame() == Blame::Host => return Err(unavailable(&error)),
        Err(error) => {
            tracing::warn!(%error, "a plugin failed over a delivery: {error}");
            proved.journal.stop(StepName::Parse, error.to_string());
            return Ok(proved.stopped(Outcome::Unparsed, Reason::PluginFailed));
        }
    };
    proved.journal.ok(StepName::Parse);

    let input = SelectionInput {
        id: proved.id,
        endpoint: &proved.endpoint,
        forge_event: proved.delivery.event(),
        source: Some(proved.source),
        first_received_at: proved.first_received_at,
        origin: proved.purpose.origin(),
        replay_of: proved.replay_of,
    };
    let mut selected = selection::select(core, &input, &event);
    match &mut selected.consequences.pressed {
        Some(pressed) => {
            buttons::resolve(core, pressed).await?;
            proved.journal.pressed(StepName::Match, &pressed.press);
        }
        None => proved.journal.ok(StepName::Match),
    }
    Ok(Verdict {
        outcome: Outcome::Ignored,
        event: Some(event),
        selected,
    })
}

/// Steps 9 and 10, commit and answer: one durable transaction, in which the writer decides again what others may have decided
/// meanwhile; then the answer.
///
/// The permit is given back once the writer has the delivery: it bounds what is worked on, and the more wait for the disk together, the
/// less each waits.
async fn commit(
    core: &Core,
    proved: Proved,
    verdict: Verdict,
    key: Option<DeliveryKey>,
    permit: Permit,
) -> Result<Response, Problem> {
    let (new, _charge) = proved.into_record(verdict, key);
    let handed_over = core.store.hand_over_delivery(new).await?;
    drop(permit);
    match handed_over.committed().await? {
        Committed::First(delivery) => {
            let (id, outcome) = (delivery.id, delivery.outcome);
            core.metrics.recorded(&delivery.route.forge, outcome);
            if delivery.recovered {
                core.metrics.recovered(&delivery.route.forge, "sent_again");
            }
            tracing::info!(delivery.id = %id, delivery.outcome = ?outcome, "recorded the delivery {id}: {outcome:?}");
            Ok(record::respond(&delivery, Repetition::First))
        }
        Committed::Duplicate { first } => Ok(record::respond(&first, Repetition::Duplicate)),
    }
}

/// Processes a recorded delivery again, from step 7 on: today's plugin and rules decide. Returns the new record, in whose
/// transaction it is audited.
///
/// # Errors
/// `Conflict` when its payload or its integration is gone.
pub async fn replay(core: &Core, recorded: Delivery, audit: AuditEntry) -> Result<Delivery, Problem> {
    if recorded.is_synthesized() {
        let sentence = "nobody sent the delivery, and it has no payload; start an evaluation by hand";
        return Err(Problem::new(Code::Conflict, sentence));
    }
    let endpoint = HookEndpoint::of_record(core, &recorded)?;
    let gone = |_| Problem::new(Code::Conflict, "the delivery's payload is gone");
    let delivery = core.store.reopen(recorded.id).await.map_err(|error| match error {
        StoreError::NotFound(sentence) => gone(sentence),
        error => error.into(),
    })?;
    let (key, units) = endpoint.permit_key(core);
    let mut proved = Proved {
        id: DeliveryId(fresh_id()),
        endpoint,
        delivery,
        body_bytes: recorded.payload_bytes,
        source: recorded.source_ip,
        at: core.clock.now(),
        first_received_at: recorded.received_at,
        deadline: Instant::now() + MOST_WAIT,
        purpose: Purpose::of(&recorded),
        replay_of: Some(recorded.id),
        journal: Journal::begin(),
        charge: core.budget.open(0),
    };
    let Some(_permit) = core.permits.take(key, units, proved.deadline).await else {
        return Err(overloaded());
    };
    let verdict = parse_and_match(core, &mut proved).await?;
    let (mut new, _charge) = proved.into_record(verdict, None);
    new.audit = Some(audit);
    match core.store.commit_delivery(new).await? {
        Committed::First(delivery) | Committed::Duplicate { first: delivery } => Ok(delivery),
    }
}

/// Answers a delivery that came before as the first time.
async fn repeat(core: &Core, first: DeliveryId, at: Timestamp) -> Result<Response, Problem> {
    let Some(delivery) = core.store.delivery(first).await? else {
        return Err(Problem::internal("a recognised delivery is not on record"));
    };
    core.store.count_duplicate(first, at);
    Ok(record::respond(&delivery, Repetition::Duplicate))
}

fn overloaded() -> Problem {
    let sentence = "too many deliveries of this integration are worked on; send it again";
    Problem::new(Code::Overloaded, sentence)
}

fn unproved(error: ProofError) -> Problem {
    let code = match error {
        ProofError::Missing(_) => Code::SignatureMissing,
        ProofError::Stale => Code::SignatureStale,
        ProofError::Mismatch(_) => Code::SignatureMismatch,
    };
    Problem::new(code, error.to_string())
}

fn unavailable(error: &PluginError) -> Problem {
    tracing::warn!(%error, "a plugin is not available: {error}");
    Problem::new(
        Code::PluginUnavailable,
        "the forge's plugin cannot be called; the log has the cause",
    )
}
