//! Compaction: what lives in a segment that is mostly dead is appended again, and the segment goes.

use bytes::Bytes;
use forgegate_engine::{Engine, Location, Record, StoreError, Write};
use forgegate_model::ids::DeliveryId;

use crate::deliveries::row::{self, DELIVERIES};

use crate::memory::MemoryState;
use crate::rows::PutRow;
use crate::store::{Shared, Snapshot, Store, Tx};

/// Most bytes and records that one transaction moves.
const STEP_BYTES: u64 = 8 << 20;
const STEP: usize = 250;

impl Store {
    /// Compacts every closed segment of which less than half is alive. Tells how many there were.
    pub(crate) async fn compact(&self) -> Result<u64, StoreError> {
        let mut compacted = 0;
        while let Some(worn) = self.read(|shared, _| shared.engine.worn_segment()).await? {
            for step in steps(&worn.records) {
                let step = step.to_vec();
                let moved = self.read(move |shared, rows| living(shared, rows, &step)).await?;
                if !moved.is_empty() {
                    self.write(Move(moved)).await?;
                }
            }
            self.write(Remove(worn.number)).await?;
            compacted += 1;
        }
        Ok(compacted)
    }
}

fn steps(records: &[Record]) -> Vec<&[Record]> {
    let mut steps = Vec::new();
    let mut rest = records;
    while !rest.is_empty() {
        let mut bytes = 0;
        let fits = rest.iter().take(STEP).take_while(|record| {
            bytes += u64::from(record.location.length);
            bytes <= STEP_BYTES
        });
        let (step, after) = rest.split_at(fits.count().max(1));
        steps.push(step);
        rest = after;
    }
    steps
}

/// The records that their rows refer to, with their bytes.
fn living(
    shared: &Shared,
    rows: &Snapshot,
    records: &[Record],
) -> Result<Vec<(DeliveryId, Location, Bytes)>, StoreError> {
    let mut living = Vec::new();
    for record in records {
        let id = DeliveryId::from_bytes(record.row);
        let refers = row::read(rows, id)?.is_some_and(|row| row.contents == record.location);
        if refers && let Some(bytes) = shared.engine.record(record.location)? {
            living.push((id, record.location, bytes.into()));
        }
    }
    Ok(living)
}

/// Appends records again and has their rows refer to the copies, as far as they still refer to what was read.
struct Move(Vec<(DeliveryId, Location, Bytes)>);

impl Write<MemoryState> for Move {
    type Output = ();

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        for (id, from, bytes) in &self.0 {
            let Some(mut row) = row::read(tx, *id)? else {
                continue;
            };
            if row.contents == *from {
                row.contents = tx.append(*id.as_bytes(), bytes.clone())?;
                tx.release(*from);
                tx.put_row(DELIVERIES, id.as_bytes(), &row)?;
            }
        }
        Ok(())
    }
}

/// Removes a segment in which nothing lives.
struct Remove(u32);

impl Write<MemoryState> for Remove {
    type Output = ();

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        tx.remove_segment(self.0)
    }
}
