//! The log of calls. Each leaves an audit entry and a count: method, path, status, milliseconds; never a query, a header field or a body.

use std::sync::Arc;
use std::time::Instant;

use forgegate_model::audit::AuditEntry;
use forgegate_model::clock::{Clock, fresh_id};
use forgegate_model::ids::{AuditId, OrganizationId};
use forgegate_model::timestamp::Timestamp;
use forgegate_sandbox::CallError;

/// The actor of all calls in the audit log.
const ACTOR: &str = "forgegate";

/// The forge's name in the count of calls that go to no forge.
pub const NO_FORGE: &str = "web_request";

/// A call that has ended, or was given up.
pub struct FinishedCall {
    /// The entry for the audit log: method, path, status, milliseconds; never a query, a header field or a body.
    pub audit: AuditEntry,
    /// The forge, or `NO_FORGE`.
    pub forge: String,
    /// The class of the answer's status, such as `2xx`, or why there was no answer.
    pub status_class: &'static str,
}

/// Receiver of every finished call. The gateway implements it over its audit log and its metrics.
pub trait CallObserver: Send + Sync {
    /// Takes a finished call. Must not block.
    fn call_ended(&self, call: FinishedCall);
}

/// The log of calls.
#[derive(Clone)]
pub struct CallLog {
    /// The receiver.
    pub observer: Arc<dyn CallObserver>,
    /// The time.
    pub clock: Clock,
}

/// Principal of calls as the audit log names it.
#[derive(Clone, Debug)]
pub struct Party {
    /// The forge, or `NO_FORGE`.
    pub forge: String,
    /// The organization that it belongs to; none for an app.
    pub organization: Option<OrganizationId>,
    /// The integration or app.
    pub target: String,
}

/// One call under way. Dropped without an end, it was given up.
pub struct CallRecord {
    call_log: CallLog,
    party: Party,
    action: String,
    at: Timestamp,
    began: Instant,
    ended: bool,
}

impl CallLog {
    /// Begins the record of a call.
    pub fn begin(&self, party: &Party, method: &http::Method, path: &str) -> CallRecord {
        CallRecord {
            call_log: self.clone(),
            party: party.clone(),
            action: format!("{method} {path}"),
            at: self.clock.now(),
            began: Instant::now(),
            ended: false,
        }
    }
}

impl CallRecord {
    /// Ends the record with a status, or without an answer.
    pub fn end(mut self, outcome: Result<u16, &CallError>) {
        self.ended = true;
        let (class, shown) = match outcome {
            Ok(status) => (class(status), status.to_string()),
            Err(error) => (word(error), word(error).to_owned()),
        };
        self.write(class, &shown);
    }

    fn write(&self, class: &'static str, shown: &str) {
        let took = self.began.elapsed().as_millis();
        let audit = AuditEntry {
            id: AuditId(fresh_id()),
            at: self.at,
            organization: self.party.organization,
            actor: ACTOR.to_owned(),
            action: self.action.clone(),
            target: self.party.target.clone(),
            outcome: format!("{shown} in {took} ms"),
            source_ip: None,
        };
        self.call_log.observer.call_ended(FinishedCall {
            audit,
            forge: self.party.forge.clone(),
            status_class: class,
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
