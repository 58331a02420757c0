//! Follow-up work of deliveries: what is asked of a forge after the answer, and what is done with what it says.
//!
//! The row is written with the delivery's, and is there as long as that is: it tells what was asked and what came of it. Asking is done
//! elsewhere, as often as it takes; what follows is one transaction (`settle`), in which every rule is asked again. What is in memory
//! says what is due.

pub(crate) mod row;
mod taken;

use forgegate_engine::StoreError;
use forgegate_model::follow_up::FollowUp;
use forgegate_model::ids::DeliveryId;
use forgegate_model::timestamp::Timestamp;
use tokio::sync::watch;

#[cfg(test)]
pub(crate) use row::FollowUpRow;
pub(crate) use row::{FOLLOW_UP, load, remove};
pub use taken::TakenFollowUp;

use crate::store::Store;

impl Store {
    /// The follow-up work of a delivery, if it has any.
    ///
    /// # Errors
    /// When storage is unavailable.
    pub async fn follow_up(&self, delivery: DeliveryId) -> Result<Option<FollowUp>, StoreError> {
        self.read(move |_, rows| row::find(rows, delivery)).await
    }

    /// Changes whenever something may be due that was not before.
    #[must_use]
    pub fn follow_up_arrived(&self) -> watch::Receiver<u64> {
        self.shared().state.follow_ups.subscribe()
    }

    /// When the next is due; it may be past. None where nothing waits.
    #[must_use]
    pub fn next_follow_up_due(&self) -> Option<Timestamp> {
        self.shared().state.follow_ups.with(|index| index.next_due())
    }

    /// How much is not done: what waits, and what is under way.
    #[must_use]
    pub fn open_follow_ups(&self) -> usize {
        self.shared().state.follow_ups.with(|index| index.open())
    }
}
