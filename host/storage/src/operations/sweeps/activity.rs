//! Activity that is too old, and what a project left behind that was deleted.

use std::ops::ControlFlow;

use forgegate_engine::{Direction, Engine, IndexEntry, Rows, Span, StoreError, Table};
use forgegate_model::ids::ProjectId;
use forgegate_model::timestamp::Timestamp;

use super::steps::STEP;
use crate::activity::{ACTIVITIES, ACTIVITY, ActivityRow, DAYS, DEPARTED, day, day_key};
use crate::indexes;
use crate::rows::{ReadRow, decode};
use crate::store::{Shared, Store, Tx};

impl Store {
    /// Removes what was learnt before a time, counts of days before it, and what deleted projects left. Tells how many rows went.
    pub(super) async fn sweep_activity(&self, before: Timestamp) -> Result<u64, StoreError> {
        let mut swept = 0;
        for project in self.read(|_, rows| ids_in(rows, DEPARTED)).await? {
            swept += self.sweep_project(ProjectId::from_bytes(project)).await?;
        }
        swept += self.remove_in_steps(move |_, rows| find(rows, before), remove).await?;
        let first = day(before);
        swept += self
            .remove_in_steps(
                move |_, rows| days_before(rows, first),
                |tx: &mut Tx<'_>, key: &Vec<u8>| tx.remove(DAYS, key),
            )
            .await?;
        Ok(swept)
    }

    async fn sweep_project(&self, project: ProjectId) -> Result<u64, StoreError> {
        let find = move |shared: &Shared, _: &_| of_project(shared, project);
        let mut swept = self.remove_in_steps(find, remove).await?;
        let days = self.read(move |_, rows| days_of(rows, project)).await?;
        for step in days.chunks(STEP) {
            swept += self.remove_found(step.to_vec(), |tx, key| tx.remove(DAYS, key)).await?;
        }
        let forget = |tx: &mut Tx<'_>, id: &[u8; 16]| tx.remove(DEPARTED, id);
        self.remove_found(vec![*project.as_bytes()], forget).await?;
        Ok(swept)
    }
}

/// The oldest that were learnt before a time, at most a step of them.
fn find(rows: &impl Rows, before: Timestamp) -> Result<Vec<[u8; 16]>, StoreError> {
    let mut old = Vec::new();
    rows.walk(ACTIVITIES, &Span::all(Direction::Up), &mut |id, row| {
        let row: ActivityRow = decode(ACTIVITIES, row)?;
        if row.recorded_at >= before || old.len() >= STEP {
            return Ok(ControlFlow::Break(()));
        }
        old.extend(<[u8; 16]>::try_from(id));
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(old)
}

fn of_project(shared: &Shared, project: ProjectId) -> Result<Vec<[u8; 16]>, StoreError> {
    let mut left: Vec<[u8; 16]> = Vec::new();
    let span = Span::prefix(project.as_bytes(), Direction::Down);
    let index = indexes::ACTIVITIES_OF_PROJECT;
    shared.engine.walk_index(index, &span, &mut |key, _| {
        let row = key.split_last_chunk::<2>().and_then(|(rest, _)| rest.last_chunk());
        left.extend(row.filter(|row| left.last() != Some(row)));
        Ok(if left.len() < STEP {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        })
    })?;
    Ok(left)
}

fn days_before(rows: &impl Rows, first: u32) -> Result<Vec<Vec<u8>>, StoreError> {
    let mut old = Vec::new();
    rows.walk(DAYS, &Span::all(Direction::Up), &mut |key, _| {
        let is_old = key.first_chunk().is_some_and(|day| u32::from_be_bytes(*day) < first);
        if !is_old || old.len() >= STEP {
            return Ok(ControlFlow::Break(()));
        }
        old.push(key.to_vec());
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(old)
}

/// Removes a row with its index entries. What a later row is recognised by too stays.
fn remove(tx: &mut Tx<'_>, id: &[u8; 16]) -> Result<bool, StoreError> {
    let Some(row) = tx.row::<ActivityRow>(ACTIVITIES, id)? else {
        return Ok(false);
    };
    tx.remove(ACTIVITIES, id)?;
    let mut gone = Vec::new();
    for entry in row.entries(*id) {
        let is_own = entry.index != indexes::ACTS || tx.lookup(indexes::ACTS, &entry.key)?.as_deref() == Some(id);
        if is_own {
            gone.push(IndexEntry::removed(entry));
        }
    }
    tx.changed(&ACTIVITY, *id, gone);
    Ok(true)
}

fn ids_in(rows: &impl Rows, table: Table) -> Result<Vec<[u8; 16]>, StoreError> {
    let mut ids = Vec::new();
    rows.walk(table, &Span::all(Direction::Up), &mut |id, _| {
        ids.extend(<[u8; 16]>::try_from(id));
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(ids)
}

/// The counts of a project. Days are few; of each, all but this one's key is passed over.
fn days_of(rows: &impl Rows, project: ProjectId) -> Result<Vec<Vec<u8>>, StoreError> {
    let mut keys = Vec::new();
    let mut day = 0_u32;
    loop {
        let mut found = None;
        let from = day_key(day, project);
        let span = Span {
            from: std::ops::Bound::Included(from.clone()),
            to: std::ops::Bound::Unbounded,
            direction: Direction::Up,
        };
        rows.walk(DAYS, &span, &mut |key, _| {
            found = key.first_chunk().map(|day| (u32::from_be_bytes(*day), key == from));
            Ok(ControlFlow::Break(()))
        })?;
        let Some((next, is_own)) = found else { return Ok(keys) };
        if is_own {
            keys.push(from);
        }
        // The key found is of this day, behind the project's, or of a later one.
        day = if next == day { day.saturating_add(1) } else { next };
    }
}
