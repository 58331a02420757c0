//! Evaluations: the queue, the leases, and every move that an evaluation makes.
//!
//! The row is the truth. Each move is a compare-and-set in the writer by the one table of moves, `State::after`; what is in memory
//! (`index`) says who may have which next and follows the rows after their commit.

mod approve;
mod claim;
mod lease;
mod list;
mod live;
mod loading;
mod make;
mod rows;
mod stop;

use forgegate_engine::StoreError;
use forgegate_model::ids::{EvaluationId, ProjectId};
use forgegate_model::timestamp::Timestamp;
use tokio::sync::watch;

use crate::memory::EvaluationQueue;
use crate::memory::evaluations::Heartbeat;
use crate::store::Store;

pub use crate::memory::evaluations::{Claim, Counts};
pub(crate) use approve::release;
pub use lease::Ending;
pub use list::EvaluationFilter;
pub(crate) use list::{EVALUATION, entries};
pub(crate) use live::{is_live, live_for, live_of_gone, live_of_pull_request};
pub(crate) use loading::load;
pub(crate) use make::once_more;
pub(crate) use rows::{EVALUATIONS, EvaluationRow, attach, find, insert, supersede};
pub(crate) use stop::{cancel_all, cancel_since};

impl Store {
    /// What the holder of a lease has to know: false to go on, true to stop, since the evaluation was cancelled or superseded. It
    /// asks memory alone. How long leases last is for the lease clocks.
    ///
    /// # Errors
    /// `LeaseLost` when it is not the lease under which the evaluation runs.
    pub fn heartbeat(&self, id: EvaluationId, lease_hash: &[u8; 32]) -> Result<bool, StoreError> {
        match self.queue().with(|index| index.heartbeat(id, lease_hash)) {
            Heartbeat::Running => Ok(false),
            Heartbeat::Stopped => Ok(true),
            Heartbeat::Lost => Err(StoreError::LeaseLost),
        }
    }

    /// All that run, with the SHA-256 of their leases' tokens. The lease clocks ask at the start, and again now and then: a claim
    /// whose caller left before the answer has a lease that nobody knows, and that has to run out too.
    #[must_use]
    pub fn running(&self) -> Vec<(EvaluationId, [u8; 32])> {
        self.queue().with(|index| index.running())
    }

    /// Changes whenever something can be claimed that could not before.
    #[must_use]
    pub fn work_arrived(&self) -> watch::Receiver<u64> {
        self.queue().subscribe()
    }

    /// Tells whether something that a pull request caused is held for a project. It asks memory alone, and may be wrong in favour of yes.
    #[must_use]
    pub fn waits_for_approval(&self, project: ProjectId, number: u64) -> bool {
        self.queue().with(|index| index.holds(project, number))
    }

    /// The number of live evaluations, by state.
    #[must_use]
    pub fn queue_depth(&self) -> Counts {
        self.queue().with(|index| index.counts())
    }

    /// Since when the one that waits longest for a worker is queued.
    #[must_use]
    pub fn oldest_queued(&self) -> Option<Timestamp> {
        self.queue().with(|index| index.oldest_queued())
    }

    fn queue(&self) -> &EvaluationQueue {
        &self.shared().state.queue
    }
}

#[cfg(test)]
mod tests;
