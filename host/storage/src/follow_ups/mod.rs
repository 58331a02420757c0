//! Follow-up work of deliveries: what is asked of a forge after the answer, and what is done with what it says.
//!
//! The row is written with the delivery's, and is there as long as that is: it tells what was asked and what came of it. Asking is done
//! elsewhere, as often as it takes; what follows is one transaction (`settle`), in which every rule is asked again. What is in memory
//! (`waiting`) says what is due.

mod begin;
mod effects;
mod row;
mod settle;
mod waiting;

use forgegate_model::follow_up::FollowUp;
use forgegate_model::ids::DeliveryId;
use forgegate_model::timestamp::Timestamp;
use tokio::sync::watch;

use crate::error::StoreError;
use crate::rows::Rows;
use crate::store::Store;

pub(crate) use begin::begin;
pub use effects::Effect;
pub(crate) use row::{FOLLOW_UPS, entries_of_row, load, remove};
pub use settle::{Ending, Settlement};
pub use waiting::TakenFollowUp;
pub(crate) use waiting::Waiting;

#[cfg(not(test))]
use row::FollowUpRow;
#[cfg(test)]
pub(crate) use row::FollowUpRow;

impl Store {
    /// The follow-up work of a delivery, if it has any.
    ///
    /// # Errors
    /// When storage is unavailable.
    pub async fn follow_up(&self, delivery: DeliveryId) -> Result<Option<FollowUp>, StoreError> {
        self.read(move |_, rows| {
            let row = rows.row::<FollowUpRow>(FOLLOW_UPS, delivery.as_bytes())?;
            Ok(row.map(|row| row.0))
        })
        .await
    }

    /// Takes what is due, at most so much. It is nobody else's until it is settled or put off; dropped before that, it is due again.
    ///
    /// # Errors
    /// When storage is unavailable; then all is due again.
    pub async fn take_follow_ups(&self, now: Timestamp, most: usize) -> Result<Vec<TakenFollowUp>, StoreError> {
        let reserved = self.shared().memory.follow_ups.reserve(now, most);
        self.read(move |_, rows| {
            let mut taken = Vec::with_capacity(reserved.len());
            for reservation in reserved {
                let row = rows.row::<FollowUpRow>(FOLLOW_UPS, reservation.delivery().as_bytes())?;
                let open = row.map(|row| row.0).filter(|it| it.stage.is_open());
                taken.extend(open.map(|follow_up| TakenFollowUp { follow_up, reservation }));
            }
            Ok(taken)
        })
        .await
    }

    /// Changes whenever something may be due that was not before.
    #[must_use]
    pub fn follow_up_arrived(&self) -> watch::Receiver<u64> {
        self.shared().memory.follow_ups.subscribe()
    }

    /// When the next is due; it may be past. None where nothing waits.
    #[must_use]
    pub fn next_follow_up_due(&self) -> Option<Timestamp> {
        self.shared().memory.follow_ups.next_due()
    }

    /// How much is not done: what waits, and what is under way.
    #[must_use]
    pub fn open_follow_ups(&self) -> usize {
        self.shared().memory.follow_ups.open()
    }
}
