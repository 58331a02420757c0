//! What is kept of every call: an audit row and a figure. Method, path, status, milliseconds; never a query, a field or a body.

use std::sync::Arc;
use std::time::Instant;

use forgegate_model::audit::AuditEntry;
use forgegate_model::ids::{AuditId, OrganizationId};
use forgegate_model::timestamp::Timestamp;
use forgegate_sandbox::CallError;
use forgegate_storage::Store;

use crate::clock::{Clock, fresh_id};
use crate::metrics::Metrics;

/// Who makes the calls.
const ACTOR: &str = "forgegate";

/// What is counted under for what goes to no forge.
pub const NO_FORGE: &str = "web_request";

/// Where calls are written down.
#[derive(Clone)]
pub struct CallLog {
    /// The records.
    pub store: Store,
    /// The time.
    pub clock: Clock,
    /// What the gateway counts of its own work.
    pub figures: Arc<Metrics>,
}

/// In whose name calls are made, as the audit log says it.
#[derive(Clone, Debug)]
pub struct Party {
    /// The forge, or `NO_FORGE`.
    pub forge: String,
    /// Whose it is.
    pub organization: Option<OrganizationId>,
    /// Which integration or app.
    pub target: String,
}

/// One call under way. Dropped without an end, it was given up.
pub struct CallRecord {
    ledger: CallLog,
    party: Party,
    action: String,
    at: Timestamp,
    began: Instant,
    ended: bool,
}

impl CallLog {
    /// A call begins.
    pub fn begin(&self, party: &Party, method: &http::Method, path: &str) -> CallRecord {
        CallRecord {
            ledger: self.clone(),
            party: party.clone(),
            action: format!("{method} {path}"),
            at: self.clock.now(),
            began: Instant::now(),
            ended: false,
        }
    }
}

impl CallRecord {
    /// It ended with a status or without an answer.
    pub fn end(mut self, outcome: Result<u16, &CallError>) {
        self.ended = true;
        let (class, shown) = match outcome {
            Ok(status) => (class(status), status.to_string()),
            Err(error) => (word(error), word(error).to_owned()),
        };
        self.write(class, &shown);
    }

    fn write(&self, class: &'static str, shown: &str) {
        self.ledger.figures.called(&self.party.forge, class);
        let took = self.began.elapsed().as_millis();
        self.ledger.store.note_call(AuditEntry {
            id: AuditId(fresh_id()),
            at: self.at,
            organization: self.party.organization,
            actor: ACTOR.to_owned(),
            action: self.action.clone(),
            target: self.party.target.clone(),
            outcome: format!("{shown} in {took} ms"),
            source_ip: None,
        });
    }
}

impl Drop for CallRecord {
    fn drop(&mut self) {
        if !self.ended {
            self.write("given_up", "given_up");
        }
    }
}

const fn class(status: u16) -> &'static str {
    match status {
        100..=199 => "1xx",
        200..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        _ => "5xx",
    }
}

const fn word(error: &CallError) -> &'static str {
    match error {
        CallError::Refused(_) => "refused",
        CallError::Unreachable(_) => "unreachable",
        CallError::TimedOut => "timed_out",
        CallError::TooLarge => "too_large",
        CallError::RateLimited(_) => "rate_limited",
        CallError::Other(_) => "other",
    }
}
