//! What is written of a delivery, and what it is answered: both from the same row.

use std::net::IpAddr;

use axum::response::Response;
use forgegate_model::activity::Origin;
use forgegate_model::answer::{self, Repetition};
use forgegate_model::delivery::{Contents, Delivery, Findings, Outcome, Reason};
use forgegate_model::event::Event;
use forgegate_model::evidence::AuthenticDelivery;
use forgegate_model::ids::DeliveryId;
use forgegate_model::timestamp::Timestamp;
use forgegate_storage::{Consequences, DeliveryKey, HeadSource, NewDelivery, Window};
use http::StatusCode;
use tokio::time::Instant;

use crate::admission::Charge;
use crate::core::Core as Gateway;
use crate::hook_endpoint::HookEndpoint;
use crate::journal::Journal;
use crate::response::{Code, Problem, with_json};
use crate::selection::Selected;

/// Why a delivery from elsewhere is not looked at.
pub const FORBIDDEN_SOURCE: &str = "the source address is not in the integration's allowed_ips";

/// What a delivery is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A forge sent it.
    Delivery,
    /// A forge sent it again, because it was asked to.
    Again,
    /// An operator tries the way in. It queues nothing and changes nothing, and no later delivery is taken for its repeat.
    Test,
}

impl Purpose {
    /// What a recorded one was for.
    pub const fn of(recorded: &Delivery) -> Self {
        if recorded.test { Self::Test } else { Self::Delivery }
    }

    /// How what it tells came to be known.
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
    /// Where it came in.
    pub door: HookEndpoint,
    /// What was proved.
    pub delivery: AuthenticDelivery,
    /// The size of its body.
    pub body_bytes: u64,
    /// Who sent it.
    pub source: IpAddr,
    /// When it was proved.
    pub at: Timestamp,
    /// When it was first proved: of a replay, when the delivery came.
    pub heard: Timestamp,
    /// When it is too late to begin with the transaction.
    pub deadline: Instant,
    /// What it is for.
    pub purpose: Purpose,
    /// The delivery that it replays.
    pub replay_of: Option<DeliveryId>,
    /// The steps it took.
    pub journal: Journal,
    /// What its body holds of the budget, until it is answered.
    pub charge: Charge,
}

/// What became of a delivery, before the writer decides.
pub struct Verdict {
    /// The outcome, where no project gets anything.
    pub outcome: Outcome,
    /// What it says, where it was parsed.
    pub event: Option<Event>,
    /// Who wants it.
    pub selected: Selected,
}

impl Proved {
    /// What a repetition is recognised by. Where the forge sends no id, the event's name within a short window counts.
    pub fn key(&self) -> DeliveryKey {
        let id = self.delivery.delivery_id();
        DeliveryKey {
            integration: self.door.integration_id(),
            forge: self.door.plugin.forge().to_owned(),
            identity: id.unwrap_or_else(|| self.delivery.event()).to_owned(),
            digest: self.delivery.digest(),
            within: if id.is_some() { Window::Dedup } else { Window::Digest },
        }
    }

    /// Whether the forge sends it because it was asked to.
    pub fn was_asked_for(&self, gateway: &Gateway) -> bool {
        let forge = self.door.plugin.forge();
        gateway.redeliveries.expects(forge, self.delivery.delivery_id())
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

    /// What is to be written, and what the body holds of the budget meanwhile.
    pub fn into_record(self, verdict: Verdict, key: Option<DeliveryKey>) -> (NewDelivery, Charge) {
        let Self {
            id,
            door,
            delivery,
            body_bytes,
            source,
            at,
            heard: _,
            deadline,
            purpose,
            replay_of,
            journal,
            charge,
        } = self;
        let Verdict {
            outcome,
            event,
            mut selected,
        } = verdict;
        let key = key.filter(|_| purpose != Purpose::Test);
        if purpose == Purpose::Test {
            selected.consequences = Consequences::default();
        }
        if let (Some(head), Some(_)) = (&mut selected.consequences.head, replay_of) {
            head.by = HeadSource::Replay;
        }
        let (steps, duration_ms) = journal.close();
        let contents = Contents {
            headers: kept_headers(&door, &delivery),
            payload: delivery.payload().clone(),
            forge_event: delivery.event().to_owned(),
            event: event.as_ref().and_then(|event| serde_json::to_string(event).ok()),
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
            organizations: selected.organizations,
            source_ip: source,
            payload_bytes: body_bytes,
            event: event.as_ref().map(|event| (event.kind(), event.detail.action())),
            status: status(outcome).as_u16(),
            outcome,
            findings: selected.findings,
            forge_delivery_id: delivery.delivery_id().map(str::to_owned),
            digest: delivery.digest(),
            duplicates: 0,
            last_duplicate_at: None,
            repeat_of: None,
            replay_of,
            recovered: purpose == Purpose::Again,
            test: purpose == Purpose::Test,
        };
        let deadline = deadline.into_std();
        (
            NewDelivery {
                row,
                contents,
                key,
                consequences: selected.consequences,
                deadline,
                audit: None,
            },
            charge,
        )
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
fn kept_headers(door: &HookEndpoint, delivery: &AuthenticDelivery) -> Vec<(String, String)> {
    let kept = delivery.headers().only(&door.plugin.description().kept_headers);
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    kept.fields()
        .iter()
        .map(|field| (field.name.clone(), text(&field.value)))
        .collect()
}
