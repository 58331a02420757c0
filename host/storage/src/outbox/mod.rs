//! The outbox: what is to be told to forges and others, written with the change that it tells of, taken, answered, retried.
//!
//! The row is the truth. A status waits from the transaction that changed its evaluation until somebody hears that it arrived, a later
//! one of its lane takes its place, or it is given up. What is in memory (`index`) says what is due, and follows the rows after their
//! commit. Which statuses there are, which of two is the later, and when to try again is decided in `model::status`.

mod answer;
mod give_up;
mod list;
mod queue;
mod retry;
mod row;
mod take;
mod write;

use forgegate_engine::StoreError;
use forgegate_model::ids::{IntegrationId, StatusId};
use forgegate_model::status::Status;
use forgegate_model::timestamp::Timestamp;
use tokio::sync::watch;

pub use crate::memory::outbox::{Destination, StatusCounts};
pub use answer::DeliveryCertainty;
pub(crate) use give_up::settle;
pub use list::StatusFilter;
pub(crate) use queue::{end_action, fail_integration, remove, wake_integration};
pub(crate) use row::{STATUS, STATUSES, StatusRow, load};
pub use take::Taken;
pub(crate) use write::{tell_check, tell_move};

use crate::memory::Outbox;
use crate::rows::ReadRow;
use crate::store::Store;

impl Store {
    /// The status, if there is one.
    ///
    /// # Errors
    /// When storage is unavailable.
    pub async fn status(&self, id: StatusId) -> Result<Option<Status>, StoreError> {
        self.read(move |_, rows| {
            let row = rows.row::<StatusRow>(STATUSES, id.as_bytes())?;
            Ok(row.map(|row| row.status))
        })
        .await
    }

    /// Changes whenever something may be due that was not before: something was written or woken, or a lane came free.
    #[must_use]
    pub fn status_arrived(&self) -> watch::Receiver<u64> {
        self.outbox().subscribe()
    }

    /// The time at which the next status is due, of destinations that have room; it may be past. None where
    /// nothing waits for its time.
    #[must_use]
    pub fn next_status_due(&self, room: impl Fn(&Destination) -> usize) -> Option<Timestamp> {
        self.outbox().with(|index| index.next_due(room))
    }

    /// Counts of the statuses that wait and of those that were given up.
    #[must_use]
    pub fn status_counts(&self) -> StatusCounts {
        self.outbox().with(|index| index.counts())
    }

    /// Makes everything due that waits for an integration, and has it tried for the whole time again: it answers once more.
    pub fn wake_statuses(&self, integration: IntegrationId, at: Timestamp) {
        self.outbox().change(|index| index.wake(integration, at));
    }

    fn outbox(&self) -> &std::sync::Arc<Outbox> {
        &self.shared().state.outbox
    }
}
