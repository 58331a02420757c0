//! The rows of follow-up work, one a delivery.

use std::ops::ControlFlow;

use forgegate_engine::{Direction, IndexEntry, RowKind, Rows, Span, StoreError, Table};
use forgegate_model::follow_up::FollowUp;
use forgegate_model::ids::{DeliveryId, ProjectId};
use serde::{Deserialize, Serialize};

use crate::hash::half_hash;
use crate::indexes;
use crate::memory::FollowUpQueue;
use crate::rows::{PutRow, ReadRow, Row, decode};
use crate::store::Tx;

/// Follow-up work: the delivery's id → row.
pub(crate) const FOLLOW_UPS: Table = Table("follow_ups");
/// The ids of what is open: all that a start has to read.
const OPEN: Table = Table("open_follow_ups");

/// Follow-up work as it is stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct FollowUpRow(pub(crate) FollowUp);

impl Row for FollowUpRow {
    const VERSION: u8 = 1;
}

/// Writes a row, and enters or leaves what waits.
pub(crate) fn put(tx: &mut Tx<'_>, follow_up: &FollowUp) -> Result<(), StoreError> {
    let id = *follow_up.delivery.as_bytes();
    let row = FollowUpRow(follow_up.clone());
    tx.put_row(FOLLOW_UPS, &id, &row)?;
    let (delivery, due) = (follow_up.delivery, follow_up.next_at);
    if follow_up.stage.is_open() {
        tx.put(OPEN, &id, &[])?;
        tx.after_commit(move |shared| shared.state.follow_ups.change(|index| index.enter(delivery, due)));
    } else {
        tx.remove(OPEN, &id)?;
        tx.after_commit(move |shared| shared.state.follow_ups.with(|index| index.leave(delivery)));
    }
    tx.changed(&FOLLOW_UP, id, entries(follow_up));
    Ok(())
}

/// The follow-up work of a delivery, if it has any.
pub(crate) fn find(rows: &impl Rows, delivery: DeliveryId) -> Result<Option<FollowUp>, StoreError> {
    let row = rows.row::<FollowUpRow>(FOLLOW_UPS, delivery.as_bytes())?;
    Ok(row.map(|row| row.0))
}

/// Removes the follow-up work of a delivery that goes.
pub(crate) fn remove(tx: &mut Tx<'_>, delivery: DeliveryId) -> Result<(), StoreError> {
    let id = *delivery.as_bytes();
    let Some(FollowUpRow(follow_up)) = tx.row(FOLLOW_UPS, &id)? else {
        return Ok(());
    };
    tx.remove(FOLLOW_UPS, &id)?;
    tx.remove(OPEN, &id)?;
    let gone = entries(&follow_up).into_iter().map(IndexEntry::removed).collect();
    tx.changed(&FOLLOW_UP, id, gone);
    tx.after_commit(move |shared| shared.state.follow_ups.with(|index| index.leave(delivery)));
    Ok(())
}

/// The kind of these rows. Its number is on disk.
pub(crate) const FOLLOW_UP: RowKind = RowKind {
    number: 5,
    table: FOLLOW_UPS,
    entries: entries_of_row,
};

/// The index entries of a row.
fn entries_of_row(_id: [u8; 16], row: &[u8]) -> Result<Vec<IndexEntry>, StoreError> {
    let FollowUpRow(follow_up) = decode(FOLLOW_UPS, row)?;
    Ok(entries(&follow_up))
}

/// What is obeyed once, in each project that obeys it.
fn entries(of: &FollowUp) -> Vec<IndexEntry> {
    let Some((noun, id)) = of.task.obeyed_once() else {
        return Vec::new();
    };
    let projects = of.task.projects().into_iter();
    let key = |project| obeyed_key(project, &of.forge, noun, id);
    let value = of.delivery.as_bytes().to_vec();
    projects
        .map(|project| IndexEntry::put(indexes::OBEYED, key(project), value.clone()))
        .collect()
}

/// By what it is known that a project obeyed a comment or review: a project has one repository, whose forge numbers its comments.
pub(crate) fn obeyed_key(project: ProjectId, forge: &str, noun: &str, id: &str) -> Vec<u8> {
    let parts = [project.as_bytes(), forge.as_bytes(), noun.as_bytes(), id.as_bytes()];
    half_hash(&parts).to_vec()
}

/// Everything open, for memory.
pub(crate) fn load(rows: &impl Rows, queue: &FollowUpQueue) -> Result<(), StoreError> {
    let mut ids: Vec<[u8; 16]> = Vec::new();
    rows.walk(OPEN, &Span::all(Direction::Up), &mut |id, _| {
        ids.extend(<[u8; 16]>::try_from(id).ok());
        Ok(ControlFlow::Continue(()))
    })?;
    for id in ids {
        if let Some(FollowUpRow(follow_up)) = rows.row(FOLLOW_UPS, &id)? {
            queue.with(|index| index.enter(follow_up.delivery, follow_up.next_at));
        }
    }
    Ok(())
}
