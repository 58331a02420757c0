//! The record of a delivery, and its answer, which is made from the record.

use std::net::IpAddr;

use axum::response::Response;
use forgegate_model::activity::Origin;
use forgegate_model::answer::{self, Repetition};
use forgegate_model::delivery::{Contents, Delivery, Findings, Outcome, Reason, Step};
use forgegate_model::event::Event;
use forgegate_model::evidence::{AuthenticDelivery, ProvedEvent};
use forgegate_model::ids::DeliveryId;
use forgegate_model::timestamp::Timestamp;
use forgegate_storage::{Consequences, DeliveryKey, HeadSource, NewDelivery, Window};
use http::StatusCode;
use tokio::time::Instant;

use crate::admission::Charge;
use crate::core::Core;
use crate::hook_endpoint::HookEndpoint;
use crate::journal::Journal;
use crate::response::{Code, Problem, with_json};
use crate::selection::Selected;

/// The sentence of a refusal because of the source address.
pub const FORBIDDEN_SOURCE: &str = "the source address is not in the integration's allowed_ips";

/// The purpose of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A forge sent it.
    Delivery,
    /// A forge sent it again, because it was asked to.
    Again,
    /// An operator sent it as a test. It queues nothing and changes nothing, and no later delivery is taken for its repeat.
    Test,
}

impl Purpose {
    /// The purpose of a recorded one.
    pub const fn of(recorded: &Delivery) -> Self {
        if recorded.test { Self::Test } else { Self::Delivery }
    }

    /// The way by which what it tells came to be known.
    pub const fn origin(self) -> Origin {
        match self {
            Self::Delivery | Self::Test => Origin::Sent,
            Self::Again => Origin::Recovered,
        }
    }
}

/// A delivery whose proof held, on its way to the record.
pub struct Proved {
    /// The id of its record.
    pub id: DeliveryId,
    /// The endpoint that it came in by.
    pub endpoint: HookEndpoint,
    /// The delivery itself.
    pub delivery: AuthenticDelivery,
    /// The size of its body, in bytes.
    pub body_bytes: u64,
    /// The address of the sender.
    pub source: IpAddr,
    /// The time of the proof.
    pub at: Timestamp,
    /// The time of the first proof: of a replay, when the delivery came.
    pub first_received_at: Timestamp,
    /// The time from which it is too late to begin with the transaction.
    pub deadline: Instant,
    /// Its purpose.
    pub purpose: Purpose,
    /// The delivery that it replays.
    pub replay_of: Option<DeliveryId>,
    /// The steps it took.
    pub journal: Journal,
    /// The charge of its body on the budget, until it is answered.
    pub charge: Charge,
}

/// The verdict on a delivery, before the writer decides.
pub struct Verdict {
    /// The outcome, where no project gets anything.
    pub outcome: Outcome,
    /// Its event, where it was parsed.
    pub event: Option<ProvedEvent>,
    /// The result of matching.
    pub selected: Selected,
}

impl Proved {
    /// The key by which a repetition is recognised. Where the forge sends no id, the event's name within a short window counts.
    pub fn key(&self) -> DeliveryKey {
        let id = self.delivery.delivery_id();
        DeliveryKey {
            integration: self.endpoint.integration_id(),
            forge: self.endpoint.plugin.forge().to_owned(),
            identity: id.unwrap_or_else(|| self.delivery.event()).to_owned(),
            digest: self.delivery.digest(),
            within: if id.is_some() { Window::Dedup } else { Window::Digest },
        }
    }

    /// True where the forge sends it because it was asked to.
    pub fn was_asked_for(&self, core: &Core) -> bool {
        let forge = self.endpoint.plugin.forge();
        core.redeliveries.expects(forge, self.delivery.delivery_id())
    }

    /// The verdict on a delivery that goes no further.
    pub fn stopped(&self, outcome: Outcome, reason: Reason) -> Verdict {
        let event = self.delivery.event().to_owned();
        let findings = Findings {
            event,
            reason: Some(reason),
            ..Findings::default()
        };
        Verdict {
            outcome,
            event: None,
            selected: Selected {
                findings,
                ..Selected::default()
            },
        }
    }

    /// The record to be written, and the body's charge on the budget, to be held meanwhile.
    pub fn into_record(mut self, verdict: Verdict, key: Option<DeliveryKey>) -> (NewDelivery, Charge) {
        let is_test = self.purpose == Purpose::Test;
        let (steps, duration_ms) = self.journal.close();
        let event = verdict.event.as_ref().map(ProvedEvent::event);
        let mut selected = verdict.selected;
        if is_test {
            selected.consequences = Consequences::default();
        }
        if let (Some(head), Some(_)) = (&mut selected.consequences.head, self.replay_of) {
            head.by = HeadSource::Replay;
        }
        let row = Delivery {
            id: self.id,
            received_at: self.at,
            duration_ms,
            route: self.endpoint.route(),
            organizations: selected.organizations,
            source_ip: self.source,
            payload_bytes: self.body_bytes,
            event: event.map(|event| (event.kind(), event.detail.action())),
            outcome: verdict.outcome,
            status: status(verdict.outcome).as_u16(),
            findings: selected.findings,
            forge_delivery_id: self.delivery.delivery_id().map(str::to_owned),
            digest: self.delivery.digest(),
            duplicates: 0,
            last_duplicate_at: None,
            repeat_of: None,
            replay_of: self.replay_of,
            recovered: self.purpose == Purpose::Again,
            test: is_test,
        };
        let new = NewDelivery {
            row,
            contents: self.contents(event, steps),
            key: key.filter(|_| !is_test),
            consequences: selected.consequences,
            deadline: self.deadline.into_std(),
            audit: None,
        };
        (new, self.charge)
    }

    fn contents(&self, event: Option<&Event>, steps: Vec<Step>) -> Contents {
        let content_type = self.delivery.headers().single("content-type");
        Contents {
            headers: kept_headers(&self.endpoint, &self.delivery),
            payload: self.delivery.payload().clone(),
            forge_event: self.delivery.event().to_owned(),
            event: event.and_then(|event| serde_json::to_string(event).ok()),
            steps,
            content_type: content_type.ok().flatten().map(str::to_owned),
        }
    }
}

/// The answer that a record stands for: its status and its body.
pub fn answer(delivery: &Delivery, repetition: Repetition) -> (StatusCode, String) {
    let body = match delivery.outcome {
        Outcome::Forbidden => Problem::new(Code::ForbiddenSourceIp, FORBIDDEN_SOURCE).envelope(),
        Outcome::Malformed => {
            let sentence = format!("the payload cannot be read; the delivery {} has the place", delivery.id);
            Problem::new(Code::MalformedPayload, sentence).envelope()
        }
        _ => answer::render(delivery.id, &delivery.findings, repetition),
    };
    (status(delivery.outcome), body)
}

/// The answer, ready to be sent.
pub fn respond(delivery: &Delivery, repetition: Repetition) -> Response {
    let (status, body) = answer(delivery, repetition);
    with_json(status, body)
}

fn status(outcome: Outcome) -> StatusCode {
    match outcome {
        Outcome::Malformed => Code::MalformedPayload.status(),
        Outcome::Forbidden => Code::ForbiddenSourceIp.status(),
        Outcome::Queued | Outcome::Held | Outcome::Skipped | Outcome::Ignored | Outcome::Unparsed => StatusCode::OK,
    }
}

/// The only header fields whose values are ever stored.
fn kept_headers(endpoint: &HookEndpoint, delivery: &AuthenticDelivery) -> Vec<(String, String)> {
    let kept = delivery.headers().only(&endpoint.plugin.description().kept_headers);
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    kept.fields()
        .iter()
        .map(|field| (field.name.clone(), text(&field.value)))
        .collect()
}
