//! Repetitions: counted in memory, shown at once, written once a second.

use forgegate_engine::{StoreError, Write};

use super::row::{DELIVERIES, DeliveryRow};
use crate::memory::{MemoryState, RepeatCounts, Repeats};
use crate::rows::{PutRow, ReadRow};
use crate::store::Tx;

/// The write that brings the rows up, if there is something to write.
pub(crate) fn due(repeats: &Repeats) -> Option<Flush> {
    let counts = repeats.waiting();
    (!counts.is_empty()).then_some(Flush(counts))
}

/// Writes counted repetitions into their rows.
pub(crate) struct Flush(RepeatCounts);

impl Write<MemoryState> for Flush {
    type Output = ();

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        for (id, (count, last)) in &self.0 {
            if let Some(mut row) = tx.row::<DeliveryRow>(DELIVERIES, id.as_bytes())? {
                row.repeat(*count, *last);
                tx.put_row(DELIVERIES, id.as_bytes(), &row)?;
            }
        }
        let flushed = self.0.clone();
        tx.after_commit(move |shared| shared.state.repeats.written(&flushed));
        Ok(())
    }
}
