//! `changes`: what every transaction appends, numbered by the writer.
//!
//! An id's order is not the order of commits, and old rows change too: so the state of the indexes is told by a number of a change.

use std::collections::HashSet;
use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

use crate::engine::Transaction;
use crate::error::StoreError;
use crate::rows::{Direction, Rows, Span, Table, decode, encode};
use crate::schema::{IndexChange, IndexEntry, RowKind, Schema};

/// Changes: number → the row that was made, changed or removed.
pub(super) const CHANGES: Table = Table("changes");

/// The version of their encoding.
const VERSION: u8 = 1;

/// How many changes behind the durable mark are kept; the one at the mark always is, since it names the mark.
const KEPT: u64 = 4_096;
/// How many are removed at a time.
const TRIMMED: u64 = 2_048;

/// A row that was made, changed or removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    noun: u8,
    row: [u8; 16],
    /// The keys that go; none where the row is there and tells them itself.
    gone: Vec<(u8, Vec<u8>)>,
}

impl Change {
    pub(in crate::embedded) fn new(kind: &RowKind, row: [u8; 16], entries: &[IndexEntry]) -> Self {
        let gone = entries.iter().filter(|entry| entry.change == IndexChange::Remove);
        Self {
            noun: kind.number,
            row,
            gone: gone.map(|entry| (entry.index.number, entry.key.clone())).collect(),
        }
    }

    /// The index entries that follow, from the change and the row as it is.
    fn entries<R: Rows>(&self, rows: &R, schema: &Schema) -> Result<Vec<IndexEntry>, StoreError> {
        let mut entries = match schema.kind(self.noun) {
            Some(kind) => match rows.get(kind.table, &self.row)? {
                Some(row) => (kind.entries)(self.row, &row)?,
                None => Vec::new(),
            },
            None => Vec::new(),
        };
        let removed = self.gone.iter().filter_map(|(number, key)| {
            Some(IndexEntry {
                index: schema.index(*number)?,
                key: key.clone(),
                change: IndexChange::Remove,
            })
        });
        entries.extend(removed);
        Ok(entries)
    }
}

/// The number of the last change, 0 where there was none.
pub(in crate::embedded) fn last_change<R: Rows>(rows: &R) -> Result<u64, StoreError> {
    let mut last = 0;
    rows.walk(CHANGES, &Span::all(Direction::Down), &mut |number, _| {
        last = of_key(number);
        Ok(ControlFlow::Break(()))
    })?;
    Ok(last)
}

/// The entry of a number, as its bytes.
pub(super) fn change_bytes<R: Rows>(rows: &R, number: u64) -> Result<Option<Vec<u8>>, StoreError> {
    rows.get(CHANGES, &number.to_be_bytes())
}

/// Walks what comes after a number, in order, as index entries.
pub(super) fn entries_after<R: Rows>(
    rows: &R,
    schema: &Schema,
    number: u64,
    visit: &mut dyn FnMut(u64, Vec<IndexEntry>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let span = Span::all(Direction::Up).beyond(&number.to_be_bytes());
    // A row tells the same however often it changed; only what goes may be followed by what comes again.
    let mut seen = HashSet::new();
    rows.walk(CHANGES, &span, &mut |key, value| {
        let change: Change = decode(CHANGES, VERSION, value, |_, _| None)?;
        let row = (change.noun, change.row);
        let entries = match change.gone.is_empty() && !seen.insert(row) {
            true => Vec::new(),
            false => change.entries(rows, schema)?,
        };
        if !change.gone.is_empty() {
            seen.remove(&row);
        }
        visit(of_key(key), entries)?;
        Ok(ControlFlow::Continue(()))
    })
}

/// Appends a change.
pub(in crate::embedded) fn append(tx: &mut impl Transaction, number: u64, change: &Change) -> Result<(), StoreError> {
    tx.put(CHANGES, &number.to_be_bytes(), &encode(VERSION, change)?)
}

/// Removes some of the oldest changes that a durable mark has long passed.
pub(in crate::embedded) fn trim(tx: &mut impl Transaction, durable: u64) -> Result<(), StoreError> {
    let mut first = None;
    tx.walk(CHANGES, &Span::all(Direction::Up), &mut |number, _| {
        first = Some(of_key(number));
        Ok(ControlFlow::Break(()))
    })?;
    let Some(first) = first else { return Ok(()) };
    if durable.saturating_sub(first) < KEPT + TRIMMED {
        return Ok(());
    }
    for number in first..first + TRIMMED {
        tx.remove(CHANGES, &number.to_be_bytes())?;
    }
    Ok(())
}

fn of_key(key: &[u8]) -> u64 {
    key.try_into().map_or(0, u64::from_be_bytes)
}
