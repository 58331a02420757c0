//! Repetitions: counted in memory, shown at once, written once a second.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use forgegate_model::ids::DeliveryId;
use forgegate_model::timestamp::Timestamp;

use super::row::{self, DELIVERIES};
use crate::error::StoreError;
use crate::tx::Tx;
use crate::writer::Write;

/// How many deliveries are counted between two writings; what is beyond is answered and not counted.
const MOST: usize = 16_384;

/// What is not yet written.
#[derive(Debug, Default)]
pub(crate) struct Repeats(Mutex<HashMap<DeliveryId, (u64, Timestamp)>>);

impl Repeats {
    /// Counts one.
    pub(crate) fn count(&self, id: DeliveryId, at: Timestamp) {
        let mut counts = self.lock();
        if counts.len() >= MOST && !counts.contains_key(&id) {
            return;
        }
        let (count, last) = counts.entry(id).or_insert((0, at));
        *count += 1;
        *last = at.max(*last);
    }

    /// How many came since the row was written, and when the last.
    pub(super) fn of(&self, id: DeliveryId) -> (u64, Option<Timestamp>) {
        match self.lock().get(&id) {
            Some((count, last)) => (*count, Some(*last)),
            None => (0, None),
        }
    }

    /// The write that brings the rows up, if there is something to write.
    pub(crate) fn due(&self) -> Option<Flush> {
        let counts = self.lock();
        (!counts.is_empty()).then(|| Flush(counts.clone()))
    }

    /// What was written is no longer counted on top.
    fn written(&self, flushed: &HashMap<DeliveryId, (u64, Timestamp)>) {
        let mut counts = self.lock();
        for (id, (written, _)) in flushed {
            if let Some((count, _)) = counts.get_mut(id) {
                *count = count.saturating_sub(*written);
                if *count == 0 {
                    counts.remove(id);
                }
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<DeliveryId, (u64, Timestamp)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes counted repetitions into their rows.
pub(crate) struct Flush(HashMap<DeliveryId, (u64, Timestamp)>);

impl Write for Flush {
    type Output = ();

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        for (id, (count, last)) in &self.0 {
            if let Some(mut row) = row::read(tx, *id)? {
                row.repeat(*count, *last);
                tx.put_row(DELIVERIES, id.as_bytes(), &row)?;
            }
        }
        let flushed = self.0.clone();
        tx.after_commit(move |shared| shared.repeats.written(&flushed));
        Ok(())
    }
}
