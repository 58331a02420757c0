//! How much of each segment is alive: counted in the transactions that refer and cease to refer.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

use super::Location;
use crate::error::StoreError;
use crate::rows::{Direction, Row, Rows, Span, Table, decode, encode};
use crate::tx::Tx;

/// Segments: number → what of it is alive.
const SEGMENTS: Table = Table("segments");

/// What a segment holds, in bytes of records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Live {
    pub(crate) written: u64,
    pub(crate) alive: u64,
}

impl Row for Live {
    const VERSION: u8 = 1;
}

/// What a batch changes, added up.
#[derive(Debug, Default)]
pub(crate) struct Deltas(BTreeMap<u32, (u64, u64)>);

impl Deltas {
    /// A row refers to this place.
    pub(crate) fn refer(&mut self, place: Location) {
        self.0.entry(place.segment).or_default().0 += u64::from(place.length);
    }

    /// A row refers to this place no longer.
    pub(crate) fn release(&mut self, place: Location) {
        self.0.entry(place.segment).or_default().1 += u64::from(place.length);
    }

    /// Writes them down. Tells which segments have nothing alive any more; the one being written to is never among them.
    pub(crate) fn write(self, tx: &mut Tx<'_>) -> Result<Vec<u32>, StoreError> {
        let current = tx.shared().segments.current();
        let mut dead = Vec::new();
        for (number, (referred, released)) in self.0 {
            let key = number.to_be_bytes();
            let mut live: Live = tx.row(SEGMENTS, &key)?.unwrap_or_default();
            live.written += referred;
            live.alive = (live.alive + referred).saturating_sub(released);
            if live.alive == 0 && number < current {
                tx.remove(SEGMENTS, &key)?;
                dead.push(number);
            } else {
                tx.put(SEGMENTS, &key, &encode(&live)?)?;
            }
        }
        Ok(dead)
    }
}

/// Removes a closed segment in which nothing lives: one that died while it was still written to.
pub(crate) fn remove_dead(tx: &mut Tx<'_>, number: u32) -> Result<(), StoreError> {
    let key = number.to_be_bytes();
    let live: Option<Live> = tx.row(SEGMENTS, &key)?;
    if live.is_some_and(|live| live.alive == 0) {
        tx.remove(SEGMENTS, &key)?;
        tx.after_commit(move |shared| {
            if let Err(error) = shared.segments.remove(number) {
                tracing::warn!(%error, number, "a dead segment stays until the next start");
            }
        });
    }
    Ok(())
}

/// What every named segment holds.
pub(crate) fn tally<R: Rows>(rows: &R) -> Result<BTreeMap<u32, Live>, StoreError> {
    let mut all = BTreeMap::new();
    rows.walk(SEGMENTS, &Span::all(Direction::Up), &mut |key, value| {
        if let Ok(number) = key.try_into() {
            all.insert(u32::from_be_bytes(number), decode(SEGMENTS, value)?);
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(all)
}

/// The oldest closed segment of which less than half is alive.
pub(crate) fn mostly_dead<R: Rows>(rows: &R, current: u32) -> Result<Option<u32>, StoreError> {
    let all = tally(rows)?;
    Ok(all
        .into_iter()
        .find(|(number, live)| *number < current && live.alive < live.written / 2)
        .map(|(number, _)| number))
}
