//! How much of each segment is alive: counted in the transactions that refer and cease to refer.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

use crate::engine::{Location, Transaction};
use crate::error::StoreError;
use crate::rows::{Direction, Rows, Span, Table, decode, encode};

/// Segments: number → the bytes of it that are alive.
pub(crate) const SEGMENTS: Table = Table("segments");

/// The content of a segment, in bytes of records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Live {
    pub(crate) written: u64,
    pub(crate) alive: u64,
}

/// The version of their encoding.
const VERSION: u8 = 1;

fn read(rows: &impl Rows, key: &[u8]) -> Result<Option<Live>, StoreError> {
    let bytes = rows.get(SEGMENTS, key)?;
    bytes.as_deref().map(of_bytes).transpose()
}

fn of_bytes(bytes: &[u8]) -> Result<Live, StoreError> {
    decode(SEGMENTS, VERSION, bytes, |_, _| None)
}

/// The changes of a batch, added up.
#[derive(Debug, Default)]
pub(crate) struct LiveChanges(BTreeMap<u32, (u64, u64)>);

impl LiveChanges {
    /// A row refers to this location.
    pub(crate) fn refer(&mut self, location: Location) {
        self.0.entry(location.segment).or_default().0 += u64::from(location.length);
    }

    /// A row refers to this location no longer.
    pub(crate) fn release(&mut self, location: Location) {
        self.0.entry(location.segment).or_default().1 += u64::from(location.length);
    }

    /// Writes them down. Tells which segments have nothing alive any more; the one being written to is never among them.
    pub(crate) fn write(self, tx: &mut impl Transaction, current: u32) -> Result<Vec<u32>, StoreError> {
        let mut dead = Vec::new();
        for (number, (referred, released)) in self.0 {
            let key = number.to_be_bytes();
            let mut live = read(tx, &key)?.unwrap_or_default();
            live.written += referred;
            live.alive = (live.alive + referred).saturating_sub(released);
            if live.alive == 0 && number < current {
                tx.remove(SEGMENTS, &key)?;
                dead.push(number);
            } else {
                tx.put(SEGMENTS, &key, &encode(VERSION, &live)?)?;
            }
        }
        Ok(dead)
    }
}

/// Tells whether nothing lives in a segment that rows name: one that died while it was still written to.
pub(crate) fn is_dead(rows: &impl Rows, number: u32) -> Result<bool, StoreError> {
    let live = read(rows, &number.to_be_bytes())?;
    Ok(live.is_some_and(|live| live.alive == 0))
}

/// The content of every named segment.
pub(crate) fn tally<R: Rows>(rows: &R) -> Result<BTreeMap<u32, Live>, StoreError> {
    let mut all = BTreeMap::new();
    rows.walk(SEGMENTS, &Span::all(Direction::Up), &mut |key, value| {
        if let Ok(number) = key.try_into() {
            all.insert(u32::from_be_bytes(number), of_bytes(value)?);
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
