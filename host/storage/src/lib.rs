#![doc = include_str!("../README.md")]

// What every noun stands on.
mod children;
mod credential_change;
mod hash;
mod indexes;
mod memory;
mod metrics;
mod names;
mod rows;
mod store;

// The nouns: none knows one that knows it.
mod actions;
mod activity;
mod audit;
mod clocks;
mod deliveries;
mod evaluations;
mod follow_ups;
mod heads;
mod installations;
mod integrations;
mod organizations;
mod outbox;
mod projects;
mod refusals;
mod syncs;
mod tokens;
mod triggers;

// What touches several nouns.
mod cascades;
mod open;
mod operations;

pub use activity::{ActivityBatch, ActivityFilter, CountedDelivery, DayTally, Stats};
pub use audit::AuditFilter;
pub use cascades::{Deletion, Unlinked};
pub use clocks::Clock;
pub use credential_change::CredentialChange;
pub use deliveries::{DeliveryFilter, DeliveryKey, Window};
pub use evaluations::{Claim, Counts, Ending, EvaluationFilter};
pub use follow_ups::TakenFollowUp;
pub use forgegate_engine::{KeyError, Listed, Page, StoreError};
pub use heads::{HeadChange, HeadSource, ObservedHeads, Poll, PollKey};
pub use integrations::{Credentials, IntegrationChange};
pub use memory::{Directory, Options, ProjectEntry};
pub use metrics::StoreMetrics;
pub use operations::{
    Bound, Candidate, Committed, Consequences, Effect, Fired, Firing, FollowUpEnding, HandedOver, InstallationEvent,
    InstallationNotice, NewBinding, NewDelivery, Pressed, Retention, Settlement, Swept, Wanted,
};
pub use outbox::{DeliveryCertainty, Destination, StatusCounts, StatusFilter, Taken};
pub use projects::ProjectChange;
pub use refusals::RefusalFilter;
pub use store::Store;

#[cfg(test)]
mod tests;
