//! Taking follow-up work into hand.

use forgegate_engine::StoreError;
use forgegate_model::follow_up::FollowUp;
use forgegate_model::timestamp::Timestamp;

use super::row;
use crate::memory::FollowUpReservation;
use crate::store::Store;

/// Follow-up work in somebody's hand.
#[derive(Debug)]
pub struct TakenFollowUp {
    /// The work.
    pub follow_up: FollowUp,
    _reservation: FollowUpReservation,
}

impl Store {
    /// Takes what is due, at most so much. It is nobody else's until it is settled or put off; dropped before that, it is due again.
    ///
    /// # Errors
    /// When storage is unavailable; then all is due again.
    pub async fn take_follow_ups(&self, now: Timestamp, most: usize) -> Result<Vec<TakenFollowUp>, StoreError> {
        let queue = &self.shared().state.follow_ups;
        let picked = queue.with(|index| index.pick(now, most)).into_iter();
        let reserved: Vec<_> = picked.map(|it| queue.reserve(it)).collect();
        self.read(move |_, rows| {
            let mut taken = Vec::with_capacity(reserved.len());
            for reservation in reserved {
                let open = row::find(rows, reservation.1)?.filter(|it| it.stage.is_open());
                taken.extend(open.map(|follow_up| TakenFollowUp {
                    follow_up,
                    _reservation: reservation,
                }));
            }
            Ok(taken)
        })
        .await
    }
}
