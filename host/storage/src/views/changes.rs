//! `changes`: what every transaction appends, numbered by the writer.
//!
//! An id's order is not the order of commits, and old rows change too: so how far a view is, is told by a number of a change.

use std::collections::HashSet;
use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

use super::{Entry, Fate, View};
use crate::activity;
use crate::audit;
use crate::deliveries;
use crate::error::StoreError;
use crate::evaluations;
use crate::follow_ups;
use crate::heads;
use crate::outbox;
use crate::rows::{Direction, Row, Rows, Span, Table, decode};
use crate::tx::Tx;

/// Changes: number → what became of which row.
pub(super) const CHANGES: Table = Table("changes");

/// How many changes behind the durable mark are kept; the one at the mark always is, since it names the mark.
const KEPT: u64 = 4_096;
/// How many are removed at a time.
const TRIMMED: u64 = 2_048;

/// The nouns whose rows views are made of. The numbers are on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Noun {
    Delivery = 0,
    Evaluation = 1,
    AuditEntry = 2,
    Status = 3,
    Activity = 4,
    FollowUp = 5,
    Head = 8,
}

impl Noun {
    pub(super) const ALL: [Self; 7] = [
        Self::Delivery,
        Self::Evaluation,
        Self::AuditEntry,
        Self::Status,
        Self::Activity,
        Self::Head,
        Self::FollowUp,
    ];

    /// The table of its rows.
    pub(super) const fn table(self) -> Table {
        match self {
            Self::Delivery => deliveries::DELIVERIES,
            Self::Evaluation => evaluations::EVALUATIONS,
            Self::AuditEntry => audit::AUDIT,
            Self::Status => outbox::STATUSES,
            Self::Activity => activity::ACTIVITIES,
            Self::Head => heads::HEADS,
            Self::FollowUp => follow_ups::FOLLOW_UPS,
        }
    }

    /// What views have of a row.
    pub(super) fn entries(self, id: [u8; 16], row: &[u8]) -> Result<Vec<Entry>, StoreError> {
        match self {
            Self::Delivery => deliveries::entries_of_row(id, row),
            Self::Evaluation => evaluations::entries_of_row(id, row),
            Self::AuditEntry => audit::entries_of_row(id, row),
            Self::Status => outbox::entries_of_row(id, row),
            Self::Activity => activity::entries_of_row(id, row),
            Self::Head => heads::entries_of_row(id, row),
            Self::FollowUp => follow_ups::entries_of_row(id, row),
        }
    }
}

/// A row that was made, changed or removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Change {
    noun: u8,
    row: [u8; 16],
    /// The keys that go; none where the row is there and tells them itself.
    gone: Vec<(u8, Vec<u8>)>,
}

impl Row for Change {
    const VERSION: u8 = 1;
}

impl Change {
    pub(crate) fn new(noun: Noun, row: [u8; 16], entries: &[Entry]) -> Self {
        let gone = entries.iter().filter(|entry| entry.fate == Fate::Gone);
        Self {
            noun: noun as u8,
            row,
            gone: gone.map(|entry| (entry.view as u8, entry.key.clone())).collect(),
        }
    }

    /// What views have to do, from the change and the row as it is.
    fn entries<R: Rows>(&self, rows: &R) -> Result<Vec<Entry>, StoreError> {
        let noun = Noun::ALL.into_iter().find(|noun| *noun as u8 == self.noun);
        let mut entries = match noun {
            Some(noun) => match rows.get(noun.table(), &self.row)? {
                Some(row) => noun.entries(self.row, &row)?,
                None => Vec::new(),
            },
            None => Vec::new(),
        };
        let gone = self.gone.iter().filter_map(|(view, key)| {
            Some(Entry {
                view: View::of_number(*view)?,
                key: key.clone(),
                fate: Fate::Gone,
            })
        });
        entries.extend(gone);
        Ok(entries)
    }
}

/// The number of the last change, 0 where there was none.
pub(crate) fn last_change<R: Rows>(rows: &R) -> Result<u64, StoreError> {
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

/// Walks what comes after a number, in order, as entries of views.
pub(super) fn entries_after<R: Rows>(
    rows: &R,
    number: u64,
    visit: &mut dyn FnMut(u64, Vec<Entry>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let span = Span::all(Direction::Up).beyond(&number.to_be_bytes());
    // A row tells the same however often it changed; only what goes may be followed by what comes again.
    let mut told = HashSet::new();
    rows.walk(CHANGES, &span, &mut |key, value| {
        let change: Change = decode(CHANGES, value)?;
        let row = (change.noun, change.row);
        let entries = match change.gone.is_empty() && !told.insert(row) {
            true => Vec::new(),
            false => change.entries(rows)?,
        };
        if !change.gone.is_empty() {
            told.remove(&row);
        }
        visit(of_key(key), entries)?;
        Ok(ControlFlow::Continue(()))
    })
}

/// Appends a change.
pub(crate) fn append(tx: &mut Tx<'_>, number: u64, change: &Change) -> Result<(), StoreError> {
    tx.put_row(CHANGES, &number.to_be_bytes(), change)
}

/// Removes some of the oldest changes that a durable mark has long passed.
pub(crate) fn trim(tx: &mut Tx<'_>, durable: u64) -> Result<(), StoreError> {
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
