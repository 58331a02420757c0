//! The state in memory beside the tables: loaded at open, changed only after a commit.
//!
//! Pure: nothing here knows a table or the writer. The rows are the truth; what is found here is compared with them in the writer before it
//! counts.

mod calls;
mod credentials;
pub(crate) mod directory;
mod ended;
pub(crate) mod evaluations;
mod follow_ups;
mod installations;
mod options;
pub(crate) mod outbox;
mod queue;
mod refusals;
mod repeats;
mod uses;

use std::collections::BTreeSet;
use std::sync::{Arc, MutexGuard};

use forgegate_model::ids::OrganizationId;
use forgegate_model::lock::Lock;

pub(crate) use calls::Calls;
pub(crate) use credentials::{Sealed, SealedCredentials};
pub(crate) use directory::{Change, StoredIntegration};
pub use directory::{Directory, ProjectEntry};
pub(crate) use ended::Ended;
pub(crate) use installations::Known;
pub use options::Options;
pub(crate) use refusals::Counters;
pub(crate) use repeats::{Counts as RepeatCounts, Repeats};
pub(crate) use uses::{Noted as NotedUses, Uses, show_uses};

/// The live evaluations.
pub(crate) type EvaluationQueue = queue::Queue<evaluations::Index>;
/// A live evaluation that was picked.
pub(crate) type EvaluationReservation = queue::Reservation<evaluations::Index>;
/// The statuses that wait.
pub(crate) type Outbox = queue::Queue<outbox::Index>;
/// A status that was picked.
pub(crate) type StatusReservation = queue::Reservation<outbox::Index>;
/// The open follow-up work.
pub(crate) type FollowUpQueue = queue::Queue<follow_ups::Index>;
/// Follow-up work that was picked.
pub(crate) type FollowUpReservation = queue::Reservation<follow_ups::Index>;

/// The state from which questions on the request's path and claims are answered.
#[derive(Debug)]
pub(crate) struct MemoryState {
    /// The settings.
    pub(crate) options: Options,
    /// The configuration.
    pub(crate) directory: Directory,
    /// The live evaluations.
    pub(crate) queue: Arc<EvaluationQueue>,
    /// The statuses that wait.
    pub(crate) outbox: Arc<Outbox>,
    /// The follow-up work that waits.
    pub(crate) follow_ups: Arc<FollowUpQueue>,
    /// The installations of apps.
    pub(crate) installations: Known,
    /// The uses of credentials that are not written yet.
    pub(crate) uses: Uses,
    /// The repetitions of deliveries that are not written yet.
    pub(crate) repeats: Repeats,
    /// The refusals.
    pub(crate) refusals: Counters,
    /// The calls to forges that are not written yet.
    pub(crate) calls: Calls,
    /// The evaluations that ended since the start.
    pub(crate) ended: Ended,
    /// Organizations whose deletion was begun and not finished.
    going: Lock<BTreeSet<OrganizationId>>,
}

impl MemoryState {
    /// A state without anything.
    pub(crate) fn new(options: Options) -> Self {
        Self {
            options,
            directory: Directory::default(),
            queue: Arc::default(),
            outbox: Arc::default(),
            follow_ups: Arc::default(),
            installations: Known::default(),
            uses: Uses::default(),
            repeats: Repeats::default(),
            refusals: Counters::default(),
            calls: Calls::default(),
            ended: Ended::default(),
            going: Lock::default(),
        }
    }

    /// Organizations whose deletion was begun and not finished.
    pub(crate) fn going(&self) -> MutexGuard<'_, BTreeSet<OrganizationId>> {
        self.going.lock()
    }
}
