//! One delivery, from its first byte to its answer: read this file top to bottom.
//!
//! What is refused before the proof leaves no record but a counter. What is proved runs to its end in a task of its own, whoever
//! hangs up, and ends in one durable transaction; no 2xx goes out before that.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use forgegate_model::answer::{self, Repetition};
use forgegate_model::client_address;
use forgegate_model::delivery::{Contents, Delivery, Findings, Outcome, Reason, StepName};
use forgegate_model::event::Event;
use forgegate_model::evidence::{AuthenticDelivery, Check, ProofError};
use forgegate_model::header::Headers;
use forgegate_model::ids::DeliveryId;
use forgegate_model::timestamp::Timestamp;
use forgegate_sandbox::{Blame, PluginError};
use forgegate_storage::{Committed, DeliveryKey, NewDelivery, Window};
use http::StatusCode;
use http::request::Parts;
use tokio::time::Instant;
use tracing::Instrument;

use crate::admission::Charge;
use crate::body;
use crate::clock::fresh_id;
use crate::door::Door;
use crate::gateway::Gateway;
use crate::journal::Journal;
use crate::refusals::{self, KnownRoute};
use crate::response::{Code, Problem, with_json};
use crate::selection::{self, Selected};

/// From the body's last byte until the writer takes the delivery up. Forges wait five to ten seconds.
const MOST_WAIT: Duration = Duration::from_secs(4);

/// The names in a delivery's path.
pub struct Path {
    /// The forge.
    pub forge: String,
    /// The organization and the integration; none on an app's route.
    pub integration: Option<(String, String)>,
}

/// A delivery whose proof held, on its way to the record.
struct Proved {
    id: DeliveryId,
    door: Door,
    delivery: AuthenticDelivery,
    digest: [u8; 32],
    body_bytes: u64,
    source: IpAddr,
    at: Timestamp,
    deadline: Instant,
    journal: Journal,
    /// What the body holds of the budget, until the delivery is answered.
    _charge: Charge,
}

/// What became of a proved delivery, before the writer decides.
struct Verdict {
    outcome: Outcome,
    event: Option<Event>,
    selected: Selected,
}

/// Receives a delivery and answers it.
pub async fn receive(
    gateway: Arc<Gateway>,
    path: Path,
    request: Parts,
    body: Body,
    peer: IpAddr,
) -> Response {
    let headers = Headers::new(
        request
            .headers
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec())),
    );
    let source = source_of(&gateway, peer, &headers);
    let span = tracing::info_span!("delivery", delivery.forge = %path.forge);
    let mut known = KnownRoute::default();
    if gateway.draining.is_cancelled() {
        return refusals::refuse(
            &gateway,
            known,
            &headers,
            source,
            Problem::new(
                Code::Draining,
                "the gateway is about to stop; send it again",
            ),
        );
    }
    let proved = arrive(&gateway, &path, &headers, body, source, &mut known)
        .instrument(span.clone())
        .await;
    let settled = match proved {
        Ok(proved) => tokio::spawn(settle(Arc::clone(&gateway), proved).instrument(span)).await,
        Err(problem) => return refusals::refuse(&gateway, known, &headers, source, problem),
    };
    match settled {
        Ok(Ok(response)) => response,
        Ok(Err(problem)) => refusals::refuse(&gateway, known, &headers, source, problem),
        Err(panic) => Problem::internal(panic).into_response(),
    }
}

/// Steps 1 to 4: route, evidence, body, proof. Every problem here is a refusal.
async fn arrive(
    gateway: &Arc<Gateway>,
    path: &Path,
    headers: &Headers,
    body: Body,
    source: IpAddr,
    known: &mut KnownRoute,
) -> Result<Proved, Problem> {
    let mut journal = Journal::begin();
    let door = Door::find(gateway, path, known)?;
    journal.ok(StepName::Route);

    let evidence = match door.plugin.verify(headers).await {
        Ok(Ok(evidence)) => evidence,
        Ok(Err(refusal)) => return Err(Problem::new(Code::SignatureMismatch, refusal.to_string())),
        Err(error) => return Err(unavailable(&error)),
    };
    let announced = announced(headers)?;
    let mut check =
        Check::begin(&evidence, headers, &door.keys, gateway.clock.now()).map_err(unproved)?;
    journal.ok(StepName::Evidence);

    let charge = gateway.budget.open();
    let body = body::read(
        body,
        announced,
        gateway.limits.max_body,
        &charge,
        &mut check,
    )
    .await?;
    let deadline = Instant::now() + MOST_WAIT;
    journal.ok(StepName::Body);

    let body_bytes = body.len() as u64;
    let delivery = check.finish(headers.clone(), body).map_err(unproved)?;
    charge.proved();
    if let Some(integration) = door.integration_id() {
        let (credential, index) = delivery.proved_with();
        gateway
            .store
            .note_use(integration, credential, index, gateway.clock.now());
    }
    let digest = forgegate_model::crypto::sha256(delivery.payload());
    journal.ok(StepName::Proof);
    Ok(Proved {
        id: DeliveryId(fresh_id()),
        door,
        delivery,
        digest,
        body_bytes,
        source,
        at: gateway.clock.now(),
        deadline,
        journal,
        _charge: charge,
    })
}

/// Steps 5 to 10: from the proof to the answer. Everything that gets so far is on record, whatever becomes of it.
async fn settle(gateway: Arc<Gateway>, mut proved: Proved) -> Result<Response, Problem> {
    let (key, units) = proved.door.place(&gateway);
    let Some(_place) = gateway.places.take(key, units, proved.deadline).await else {
        return Err(Problem::new(
            Code::Overloaded,
            "too many deliveries of this integration are worked on; send it again",
        ));
    };

    if !proved.door.admits(proved.source) {
        proved.journal.stop(
            StepName::Source,
            "the source address is not in the integration's allowed_ips",
        );
        return commit(
            &gateway,
            proved,
            stopped(Outcome::Forbidden, Reason::ForbiddenSourceIp),
            None,
        )
        .await;
    }
    proved.journal.ok(StepName::Source);

    let key = recognised_by(&proved);
    if let Some(first) = gateway.store.recognise(&key, proved.at) {
        return repeat(&gateway, first, proved.at).await;
    }
    proved.journal.ok(StepName::Recognise);

    let event = match proved.door.plugin.parse(&proved.delivery).await {
        Ok(Ok(event)) => event,
        Ok(Err(error)) => {
            proved.journal.stop(StepName::Parse, error.to_string());
            return commit(
                &gateway,
                proved,
                stopped(Outcome::Malformed, Reason::MalformedPayload),
                None,
            )
            .await;
        }
        Err(error) if error.blame() == Blame::Host => return Err(unavailable(&error)),
        Err(error) => {
            tracing::warn!(%error, "a plugin failed over a delivery: {error}");
            proved.journal.stop(StepName::Parse, error.to_string());
            return commit(
                &gateway,
                proved,
                stopped(Outcome::Unparsed, Reason::PluginFailed),
                Some(key),
            )
            .await;
        }
    };
    proved.journal.ok(StepName::Parse);

    let selected = selection::select(
        &gateway,
        &proved.door,
        proved.id,
        &event,
        proved.delivery.event(),
        proved.source,
    );
    proved.journal.ok(StepName::Match);
    commit(
        &gateway,
        proved,
        Verdict {
            outcome: Outcome::Ignored,
            event: Some(event),
            selected,
        },
        Some(key),
    )
    .await
}

/// Step 9: one durable transaction, in which the writer decides again what others may have decided meanwhile.
async fn commit(
    gateway: &Gateway,
    proved: Proved,
    verdict: Verdict,
    key: Option<DeliveryKey>,
) -> Result<Response, Problem> {
    let new = record(proved, verdict, key);
    match gateway.store.commit_delivery(new).await? {
        Committed::First(delivery) => {
            tracing::info!(delivery.id = %delivery.id, delivery.outcome = ?delivery.outcome, "recorded a delivery: {:?}", delivery.outcome);
            Ok(respond(&delivery, Repetition::First))
        }
        Committed::Duplicate { first } => Ok(respond(&first, Repetition::Duplicate)),
    }
}

/// Step 10: the answer, from the record alone: its status and its body.
pub fn answer(delivery: &Delivery, repetition: Repetition) -> (StatusCode, String) {
    let problem = match delivery.outcome {
        Outcome::Forbidden => Problem::new(
            Code::ForbiddenSourceIp,
            "the source address is not in the integration's allowed_ips",
        ),
        Outcome::Malformed => Problem::new(
            Code::MalformedPayload,
            format!(
                "the payload cannot be read; delivery {} has the place",
                delivery.id
            ),
        ),
        _ => {
            return (
                StatusCode::OK,
                answer::render(delivery.id, &delivery.findings, repetition),
            );
        }
    };
    (problem.code.status(), problem.envelope())
}

fn respond(delivery: &Delivery, repetition: Repetition) -> Response {
    let (status, body) = answer(delivery, repetition);
    with_json(status, body)
}

/// A delivery that came before gets the first answer again.
async fn repeat(gateway: &Gateway, first: DeliveryId, at: Timestamp) -> Result<Response, Problem> {
    let delivery = gateway.store.delivery(first).await?;
    let Some(delivery) = delivery else {
        return Err(Problem::internal("a recognised delivery is not on record"));
    };
    gateway.store.count_duplicate(first, at);
    Ok(respond(&delivery, Repetition::Duplicate))
}

fn record(proved: Proved, verdict: Verdict, key: Option<DeliveryKey>) -> NewDelivery {
    let Proved {
        id,
        door,
        delivery,
        digest,
        body_bytes,
        source,
        at,
        deadline,
        journal,
        ..
    } = proved;
    let (steps, duration_ms) = journal.close();
    let kept = delivery
        .headers()
        .only(&door.plugin.description().kept_headers);
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    let contents = Contents {
        headers: kept
            .fields()
            .iter()
            .map(|field| (field.name.clone(), text(&field.value)))
            .collect(),
        payload: delivery.payload().clone(),
        forge_event: delivery.event().to_owned(),
        event: verdict
            .event
            .as_ref()
            .and_then(|event| serde_json::to_string(event).ok()),
        steps,
        content_type: delivery
            .headers()
            .single("content-type")
            .ok()
            .flatten()
            .map(str::to_owned),
    };
    let row = Delivery {
        id,
        received_at: at,
        duration_ms,
        route: door.route(),
        organizations: verdict.selected.organizations,
        source_ip: source,
        payload_bytes: body_bytes,
        event: verdict
            .event
            .as_ref()
            .map(|event| (event.kind(), event.detail.action())),
        status: status(verdict.outcome),
        outcome: verdict.outcome,
        findings: verdict.selected.findings,
        forge_delivery_id: delivery.delivery_id().map(str::to_owned),
        digest,
        duplicates: 0,
        last_duplicate_at: None,
        repeat_of: None,
        replay_of: None,
        recovered: false,
        test: false,
    };
    NewDelivery {
        row,
        contents,
        key,
        candidates: verdict.selected.candidates,
        deadline: deadline.into_std(),
    }
}

/// What a repetition of the delivery is recognised by. Where the forge sends no id, the event's name within a short window counts.
fn recognised_by(proved: &Proved) -> DeliveryKey {
    let id = proved.delivery.delivery_id();
    DeliveryKey {
        integration: proved.door.integration_id(),
        forge: proved.door.plugin.forge().to_owned(),
        identity: id.unwrap_or_else(|| proved.delivery.event()).to_owned(),
        digest: proved.digest,
        within: if id.is_some() {
            Window::Dedup
        } else {
            Window::Digest
        },
    }
}

fn stopped(outcome: Outcome, reason: Reason) -> Verdict {
    Verdict {
        outcome,
        event: None,
        selected: Selected {
            findings: Findings {
                reason: Some(reason),
                ..Findings::default()
            },
            ..Selected::default()
        },
    }
}

const fn status(outcome: Outcome) -> u16 {
    match outcome {
        Outcome::Malformed => 400,
        Outcome::Forbidden => 403,
        Outcome::Queued
        | Outcome::Held
        | Outcome::Skipped
        | Outcome::Ignored
        | Outcome::Unparsed => 200,
    }
}

/// Who sent it: the peer, or whom a trusted proxy names.
fn source_of(gateway: &Gateway, peer: IpAddr, headers: &Headers) -> IpAddr {
    let lines = headers
        .fields()
        .iter()
        .filter(|field| field.name == "x-forwarded-for");
    let lines: Vec<_> = lines
        .map(|field| String::from_utf8_lossy(&field.value))
        .collect();
    client_address::resolve(
        peer,
        lines.iter().map(AsRef::as_ref),
        &gateway.limits.trusted_proxies,
    )
}

/// The body's length, as far as the sender says. A compressed body is refused: what is signed is what is parsed.
fn announced(headers: &Headers) -> Result<Option<u64>, Problem> {
    let single = |name: &str| {
        headers
            .single(name)
            .map_err(|error| Problem::bad_request(error.to_string()))
    };
    if single("content-encoding")?
        .is_some_and(|encoding| !encoding.eq_ignore_ascii_case("identity"))
    {
        return Err(Problem::new(
            Code::UnsupportedContentType,
            "the body is compressed; only `content-encoding: identity` is read",
        ));
    }
    Ok(single("content-length")?.and_then(|text| text.parse().ok()))
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
