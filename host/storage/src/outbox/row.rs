//! The rows of statuses, and the small tables of those that wait and those that were given up.

use std::ops::ControlFlow;

use forgegate_engine::{Direction, IndexEntry, RowKind, Rows, Span, StoreError, Table};
use forgegate_model::ids::StatusId;
use forgegate_model::status::{Lane, Message, Order, Status, StatusOutcome};
use forgegate_model::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::{Builder, Uuid};

use crate::indexes;
use crate::memory::outbox::{Destination, Waiting};
use crate::memory::{Directory, Outbox};
use crate::rows::{PutRow, ReadRow, Row, decode};
use crate::store::Tx;

pub(crate) const STATUSES: Table = Table("statuses");
/// The ids of those that wait: all that a start has to read.
pub(super) const WAITING: Table = Table("waiting_statuses");
/// The ids of those that were given up.
pub(super) const FAILED: Table = Table("failed_statuses");

/// A status as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StatusRow {
    pub(crate) status: Status,
    pub(super) lane: Lane,
    pub(super) order: Order,
    /// Tells whether no later one of its lane was written. The last one knows all that the lane has to know.
    pub(super) is_last: bool,
    /// How many attempts of the lane may have arrived without anybody hearing of it, one under way included.
    pub(super) unheard: u32,
}

impl Row for StatusRow {
    const VERSION: u8 = 1;
}

impl StatusRow {
    pub(super) const fn id(&self) -> StatusId {
        self.status.id
    }

    /// The part that memory holds while the status waits.
    pub(super) fn waiting(&self) -> Waiting {
        Waiting {
            lane: self.lane,
            destination: destination(&self.status),
            action: self.status.action,
            next_at: self.status.next_at.unwrap_or(self.status.created_at),
            woken_at: None,
        }
    }

    /// The lists that it is in, from its making to its end; the last one also answers for its lane.
    pub(super) fn entries(&self) -> Vec<IndexEntry> {
        let id = self.status.id.as_bytes();
        let integration = self.status.integration;
        let mut entries = vec![
            IndexEntry::listed(
                indexes::STATUSES_OF_ORGANIZATION,
                self.status.organization.as_bytes(),
                id,
            ),
            IndexEntry::listed(indexes::STATUSES_OF_PROJECT, self.status.project.as_bytes(), id),
        ];
        entries.extend(integration.map(|it| IndexEntry::listed(indexes::STATUSES_OF_INTEGRATION, it.as_bytes(), id)));
        if self.is_last {
            entries.push(IndexEntry::put(
                indexes::STATUS_OF_LANE,
                self.lane.0.to_vec(),
                id.to_vec(),
            ));
        }
        entries
    }
}

/// The destination of a status.
fn destination(status: &Status) -> Destination {
    match (&status.message, status.integration) {
        (Message::WebRequest { .. }, _) | (_, None) => Destination::Host(status.message.host().unwrap_or_default()),
        (_, Some(integration)) => Destination::Integration(integration),
    }
}

/// The row of a status.
///
/// # Errors
/// `NotFound`.
pub(super) fn get(rows: &impl Rows, id: StatusId) -> Result<StatusRow, StoreError> {
    rows.row(STATUSES, id.as_bytes())?
        .ok_or_else(|| StoreError::NotFound(format!("status `{id}`")))
}

/// The last row of a lane, with what this batch wrote.
pub(super) fn last_of(tx: &Tx<'_>, lane: Lane) -> Result<Option<StatusRow>, StoreError> {
    match tx.lookup(indexes::STATUS_OF_LANE, &lane.0)? {
        Some(id) => tx.row(STATUSES, &id),
        None => Ok(None),
    }
}

/// Writes a row that is there already: what it is listed under stays.
pub(super) fn put(tx: &mut Tx<'_>, row: &StatusRow) -> Result<(), StoreError> {
    put_listed(tx, row, Vec::new())
}

/// Writes a row, with what is new in the lists.
pub(super) fn put_listed(tx: &mut Tx<'_>, row: &StatusRow, listed: Vec<IndexEntry>) -> Result<(), StoreError> {
    let id = *row.id().as_bytes();
    tx.put_row(STATUSES, &id, row)?;
    tx.changed(&STATUS, id, listed);
    Ok(())
}

/// Gives a row another outcome, and moves it between the small tables accordingly. The row itself is for the caller to write.
pub(super) fn turn(tx: &mut Tx<'_>, row: &mut StatusRow, outcome: StatusOutcome) -> Result<(), StoreError> {
    let id = *row.id().as_bytes();
    let table = |outcome| match outcome {
        StatusOutcome::Waiting => Some(WAITING),
        StatusOutcome::Failed => Some(FAILED),
        StatusOutcome::Sent | StatusOutcome::Superseded => None,
    };
    let before = std::mem::replace(&mut row.status.outcome, outcome);
    if before == outcome {
        return Ok(());
    }
    if let Some(table) = table(before) {
        tx.remove(table, &id)?;
    }
    if let Some(table) = table(outcome) {
        tx.put(table, &id, &[])?;
    }
    let is_failed = |outcome| i64::from(outcome == StatusOutcome::Failed);
    let change = is_failed(outcome) - is_failed(before);
    if change != 0 {
        tx.after_commit(move |shared| shared.state.outbox.with(|index| index.count_failed(change)));
    }
    if outcome != StatusOutcome::Waiting {
        row.status.next_at = None;
    }
    Ok(())
}

/// The next id: of this time, and after every other, whatever the clock does.
pub(super) fn next_id(tx: &Tx<'_>, at: Timestamp) -> Result<StatusId, StoreError> {
    let mut last = 0;
    tx.walk(STATUSES, &Span::all(Direction::Down), &mut |id, _| {
        last = id.try_into().map_or(0, u128::from_be_bytes);
        Ok(ControlFlow::Break(()))
    })?;
    let millis = u64::try_from(at.micros().div_euclid(1_000)).unwrap_or_default();
    let now = Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid();
    Ok(StatusId(Uuid::from_u128(now.as_u128().max(last + 1))))
}

/// Everything that waits, for the index. What waits for something that is gone is failed by the next `settle`.
pub(crate) fn load(rows: &impl Rows, outbox: &Outbox, directory: &Directory) -> Result<(), StoreError> {
    let (mut waiting, mut failed) = (Vec::new(), 0);
    rows.walk(WAITING, &Span::all(Direction::Up), &mut |id, _| {
        waiting.extend(<[u8; 16]>::try_from(id).map(StatusId::from_bytes));
        Ok(ControlFlow::Continue(()))
    })?;
    rows.walk(FAILED, &Span::all(Direction::Up), &mut |_, _| {
        failed += 1;
        Ok(ControlFlow::Continue(()))
    })?;
    outbox.with(|index| index.count_failed(failed));
    for id in waiting {
        let row = get(rows, id)?;
        let gone = missing_in(directory, &row.status);
        outbox.with(|index| {
            index.enter(id, row.waiting());
            if let Some(sentence) = gone {
                index.end(id, sentence);
            }
        });
    }
    Ok(())
}

/// The part of the configuration that a status needs and that is missing.
fn missing_in(directory: &Directory, status: &Status) -> Option<&'static str> {
    match (&status.message, status.integration) {
        (Message::WebRequest { .. }, _) => {
            let project = directory.project_by_id(status.project);
            let is_there = project.is_some_and(|entry| entry.actions.iter().any(|it| it.id == status.action));
            (!is_there).then_some(ACTION_GONE)
        }
        (_, integration) => {
            let is_there = integration.is_some_and(|id| directory.integration(id).is_some());
            (!is_there).then_some(INTEGRATION_GONE)
        }
    }
}

pub(super) const ACTION_GONE: &str = "its action was deleted";
pub(super) const INTEGRATION_GONE: &str = "its integration was deleted";

/// The kind of these rows. Its number is on disk.
pub(crate) const STATUS: RowKind = RowKind {
    number: 3,
    table: STATUSES,
    entries: entries_of_row,
};

/// The index entries of a row.
fn entries_of_row(_id: [u8; 16], row: &[u8]) -> Result<Vec<IndexEntry>, StoreError> {
    let row: StatusRow = decode(STATUSES, row)?;
    Ok(row.entries())
}
