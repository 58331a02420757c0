//! Metrics of the gateway's own work, for `/metrics`. Labels are closed sets: never a name that a stranger can invent.

use std::time::Duration;

use http::StatusCode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

use forgegate_model::delivery::Outcome;
use forgegate_model::trigger::TriggerKind;

/// The label of deliveries whose forge has no plugin.
const UNKNOWN: &str = "unknown";

/// Label names and values.
type Labels = Vec<(&'static str, String)>;

/// The counters.
pub struct Metrics {
    answered: Family<Labels, Counter>,
    recorded: Family<Labels, Counter>,
    refused: Family<Labels, Counter>,
    called: Family<Labels, Counter>,
    statuses_attempted: Family<Labels, Counter>,
    status_delay_seconds: Histogram,
    followed_up: Family<Labels, Counter>,
    hooks_enabled: Family<Labels, Counter>,
    polled: Family<Labels, Counter>,
    recovered: Family<Labels, Counter>,
    started_by_clock: Family<Labels, Counter>,
    answer_seconds: Histogram,
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            answered: Family::default(),
            recorded: Family::default(),
            refused: Family::default(),
            called: Family::default(),
            statuses_attempted: Family::default(),
            // From ten milliseconds to eleven hours: an outage may last.
            status_delay_seconds: Histogram::new(exponential_buckets(0.01, 4.0, 12)),
            followed_up: Family::default(),
            hooks_enabled: Family::default(),
            polled: Family::default(),
            recovered: Family::default(),
            started_by_clock: Family::default(),
            // From half a millisecond to sixteen seconds: forges wait five to ten.
            answer_seconds: Histogram::new(exponential_buckets(0.0005, 2.0, 16)),
        }
    }
}

impl Metrics {
    /// A delivery was answered. `forge` is one that is loaded, if it is any.
    pub fn answered(&self, forge: Option<&str>, status: StatusCode, took: Duration) {
        let forge = forge.unwrap_or(UNKNOWN).to_owned();
        let labels = vec![("forge", forge), ("status", status.as_str().to_owned())];
        self.answered.get_or_create(&labels).inc();
        self.answer_seconds.observe(took.as_secs_f64());
    }

    /// A delivery was put on record.
    pub fn recorded(&self, forge: &str, outcome: Outcome) {
        let labels = vec![("forge", forge.to_owned()), ("outcome", word(outcome))];
        self.recorded.get_or_create(&labels).inc();
    }

    /// A delivery, or a call of the API without a token, was refused.
    pub fn refused(&self, code: &'static str) {
        self.refused.get_or_create(&vec![("code", code.to_owned())]).inc();
    }

    /// An outbound call was made. `status` is a class such as `2xx`, or why there was no answer.
    pub fn called(&self, forge: &str, status: &'static str) {
        let labels = vec![("forge", forge.to_owned()), ("status", status.to_owned())];
        self.called.get_or_create(&labels).inc();
    }

    /// A status was tried: `outcome` is `sent`, `again` or `refused`. What goes to no forge is counted under `web_request`.
    pub fn status_attempted(&self, forge: &str, outcome: &'static str) {
        let labels = vec![("forge", forge.to_owned()), ("outcome", outcome.to_owned())];
        self.statuses_attempted.get_or_create(&labels).inc();
    }

    /// Something was asked after an answer: `outcome` is `done`, `again` or `gave_up`.
    pub fn followed_up(&self, task: &'static str, outcome: &'static str) {
        let labels = vec![("task", task.to_owned()), ("outcome", outcome.to_owned())];
        self.followed_up.get_or_create(&labels).inc();
    }

    /// A status arrived, so long after it was written.
    pub fn status_sent_after(&self, took: Duration) {
        self.status_delay_seconds.observe(took.as_secs_f64());
    }

    /// A hook that its forge had switched off was switched on by a test delivery.
    pub fn hook_enabled(&self, forge: &str) {
        let labels = vec![("forge", forge.to_owned())];
        self.hooks_enabled.get_or_create(&labels).inc();
    }

    /// A forge was asked for the heads of a repository: `result` is `ok`, `later` or `failed`.
    pub fn polled(&self, forge: &str, result: &'static str) {
        let labels = vec![("forge", forge.to_owned()), ("result", result.to_owned())];
        self.polled.get_or_create(&labels).inc();
    }

    /// A delivery was missed, and is there after all: `way` is `stated`, `asked_again` or `sent_again`.
    pub fn recovered(&self, forge: &str, way: &'static str) {
        let labels = vec![("forge", forge.to_owned()), ("way", way.to_owned())];
        self.recovered.get_or_create(&labels).inc();
    }

    /// A trigger was due: `result` is `queued` or `skipped` for each branch, `unchanged`, or `failed` where the forge gave no answer.
    pub fn started_by_clock(&self, kind: TriggerKind, result: &'static str) {
        let labels = vec![("kind", word(kind)), ("result", result.to_owned())];
        self.started_by_clock.get_or_create(&labels).inc();
    }

    /// Enters all counters into a registry; they go on counting.
    pub fn register(&self, registry: &mut Registry) {
        registry.register(
            "forgegate_deliveries_answered",
            "Deliveries by forge and status of the answer",
            self.answered.clone(),
        );
        registry.register(
            "forgegate_deliveries_recorded",
            "Deliveries by forge and outcome",
            self.recorded.clone(),
        );
        registry.register_with_unit(
            "forgegate_delivery_answer",
            "Time from a delivery's head to its answer",
            Unit::Seconds,
            self.answer_seconds.clone(),
        );
        registry.register("forgegate_refusals", "Refusals by code", self.refused.clone());
        registry.register(
            "forgegate_forge_calls",
            "Calls to forges by forge and class of the answer's status, or why there was none",
            self.called.clone(),
        );
        registry.register(
            "forgegate_status_attempts",
            "Attempts to tell a status, by forge and how they ended",
            self.statuses_attempted.clone(),
        );
        registry.register_with_unit(
            "forgegate_status_delay",
            "Time from a change of an evaluation to its arrival at the forge",
            Unit::Seconds,
            self.status_delay_seconds.clone(),
        );
        registry.register(
            "forgegate_follow_ups",
            "Questions to forges after an answer, by task and how they ended",
            self.followed_up.clone(),
        );
        registry.register(
            "forgegate_hooks_enabled",
            "Hooks that their forge had switched off and a test delivery switched on again",
            self.hooks_enabled.clone(),
        );
        registry.register(
            "forgegate_reconciliation_looks",
            "Looks at a repository's heads, by forge and how they ended",
            self.polled.clone(),
        );
        registry.register(
            "forgegate_reconciliation_recovered",
            "Missed deliveries: stated from what the forge showed, asked for again, sent again by the forge",
            self.recovered.clone(),
        );
        registry.register(
            "forgegate_clock_starts",
            "Triggers that were due by the clock, and what each branch came to",
            self.started_by_clock.clone(),
        );
    }
}

/// The name of a value in the contract: that of its JSON form.
pub fn word(value: impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => UNKNOWN.to_owned(),
    }
}
