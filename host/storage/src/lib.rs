//! The storage door: tables, sealing, transactions.
//!
//! Here lives everything that is kept: how rows are laid out, what is sealed and under which key, and the one thread that writes.
//! What a row means and how it may move is decided in `forgegate-model`; no rule of the house belongs here. No type of the database
//! engine leaves this crate, so that another engine can stand behind the same door.
//!
//! A write is a value with an `apply`; the writer collects what waits, applies it in one transaction, commits it durably and only
//! then answers. Whoever got an answer has it on disk.

mod indexes;
mod memory;
mod metrics;
mod open;
mod retention;
mod rows;
mod store;

// What came in, and what was not let in.
mod deliveries;
mod follow_ups;
mod refusals;

// What goes out.
mod outbox;

// What happened in the projects' repositories.
mod activity;
mod syncs;

// Configuration and the queue, a noun each.
mod actions;
mod audit;
mod clocks;
mod evaluations;
mod heads;
mod installations;
mod integrations;
mod names;
mod organizations;
mod projects;
mod tokens;
mod triggers;

pub use activity::{ActivityBatch, ActivityFilter, CountedDelivery, DayTally, Stats};
pub use audit::AuditFilter;
pub use clocks::{Clock, Fired, Firing};
pub use evaluations::{Claim, Counts, Ending, EvaluationFilter};
pub use heads::{HeadChange, HeadSource, ObservedHeads, Poll, PollKey};
pub use installations::{Bound, InstallationEvent, InstallationNotice, NewBinding};
pub use integrations::{CredentialChange, Credentials, IntegrationChange, Unlinked};
pub use organizations::Deletion;
pub use projects::ProjectChange;

pub use deliveries::{
    Candidate, Committed, DeliveryFilter, DeliveryKey, HandedOver, NewDelivery, Pressed, Wanted, Window,
};
pub use follow_ups::{Effect, Ending as FollowUpEnding, Settlement, TakenFollowUp};
pub use outbox::{DeliveryCertainty, Destination, StatusCounts, StatusFilter, Taken};
pub use refusals::RefusalFilter;
pub use retention::{Retention, Swept};

pub use forgegate_engine::{KeyError, Listed, Page, StoreError};
pub use memory::{Directory, Options, ProjectEntry};
pub use metrics::StoreMetrics;
pub use store::Store;

#[cfg(test)]
mod tests;
