//! Retention: what is too old goes, and what is left of what went.

mod activity;
mod audit;
mod deliveries;
mod evaluations;
mod heads;
mod segments;
mod statuses;
mod steps;

use std::time::Duration;

use forgegate_engine::StoreError;
use forgegate_model::timestamp::Timestamp;

use crate::refusals;
use crate::store::Store;

/// The periods for which rows are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Deliveries, and refusals that were not counted since. What is younger than `dedup_window` stays in any case.
    pub deliveries: Duration,
    /// Evaluations, from their end, and what was told of them.
    pub evaluations: Duration,
    /// What happened in projects' repositories, from when it was learnt, and the counts of days.
    pub activity: Duration,
    /// Entries of the audit log.
    pub audit: Duration,
}

/// The counts of what a sweep removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Deliveries removed.
    pub deliveries: u64,
    /// Evaluations removed.
    pub evaluations: u64,
    /// Statuses removed.
    pub statuses: u64,
    /// Rows of activity and of its counts removed.
    pub activity: u64,
    /// Entries of the audit log removed.
    pub audit_entries: u64,
    /// Counters of refusals removed.
    pub refusals: u64,
    /// Rows of heads removed.
    pub heads: u64,
    /// Segments compacted.
    pub segments: u64,
}

impl Store {
    /// Removes what is older than it is to be kept and what deleted organizations left behind, and compacts segments of which less than
    /// half is alive. To be called once an hour or so; deliveries go on meanwhile.
    ///
    /// # Errors
    /// When storage is unavailable; what was done is done.
    pub async fn sweep(&self, retention: Retention, now: Timestamp) -> Result<Swept, StoreError> {
        let deliveries = retention.deliveries.max(self.shared().state.options.dedup_window);
        let refused_before = now.minus(retention.deliveries);
        let statuses = self.sweep_statuses(now.minus(retention.evaluations)).await?;
        Ok(Swept {
            statuses,
            deliveries: self.sweep_deliveries(now.minus(deliveries)).await?,
            evaluations: self.sweep_evaluations(now.minus(retention.evaluations)).await?,
            activity: self.sweep_activity(now.minus(retention.activity)).await?,
            audit_entries: self.sweep_audit(now.minus(retention.audit)).await?,
            refusals: self.write(refusals::Forget(refused_before)).await?,
            heads: self.sweep_heads(refused_before).await?,
            segments: self.compact().await?,
        })
    }
}
