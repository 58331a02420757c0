//! What is too old goes, and what a project left behind that was deleted.

use std::ops::ControlFlow;

use forgegate_engine::{Direction, Engine, IndexEntry, Rows, Span, StoreError, Table, Write};
use forgegate_model::ids::ProjectId;
use forgegate_model::timestamp::Timestamp;

use super::days::{DAYS, day};
use super::row::{ACTIVITIES, ACTIVITY, ActivityRow};
use crate::indexes;
use crate::memory::MemoryState;
use crate::retention::STEP;
use crate::rows::{ReadRow, decode};
use crate::store::{Store, Tx};

/// Projects that are gone while activity of theirs is left: id → nothing.
const DEPARTED: Table = Table("departed_projects");

/// Notes that a project is gone. Nobody is shown its activity any more; the rows follow in the next sweep.
pub(crate) fn leave(tx: &mut Tx<'_>, project: ProjectId) -> Result<(), StoreError> {
    tx.put(DEPARTED, project.as_bytes(), &[])
}

impl Store {
    /// Removes what was learnt before a time, counts of days before it, and what deleted projects left. Tells how many rows went.
    pub(crate) async fn sweep_activity(&self, before: Timestamp) -> Result<u64, StoreError> {
        let mut swept = 0;
        for project in self.read(|_, rows| ids_in(rows, DEPARTED)).await? {
            swept += self.sweep_project(ProjectId::from_bytes(project)).await?;
        }
        loop {
            let gone = self.write(Old(before)).await?;
            swept += gone as u64;
            if gone < STEP {
                break;
            }
        }
        loop {
            let gone = self.write(OldDays(day(before))).await?;
            swept += gone as u64;
            if gone < STEP {
                return Ok(swept);
            }
        }
    }

    async fn sweep_project(&self, project: ProjectId) -> Result<u64, StoreError> {
        let mut swept = 0;
        loop {
            let left = self
                .read(move |shared, _| {
                    let mut left: Vec<[u8; 16]> = Vec::new();
                    let span = Span::prefix(project.as_bytes(), Direction::Down);
                    shared
                        .engine
                        .walk_index(indexes::ACTIVITIES_OF_PROJECT, &span, &mut |key, _| {
                            let row = key.split_last_chunk::<2>().and_then(|(rest, _)| rest.last_chunk());
                            left.extend(row.filter(|row| left.last() != Some(row)));
                            Ok(if left.len() < STEP {
                                ControlFlow::Continue(())
                            } else {
                                ControlFlow::Break(())
                            })
                        })?;
                    Ok(left)
                })
                .await?;
            let is_last = left.len() < STEP;
            swept += self.write(Rest(left)).await?;
            if is_last {
                break;
            }
        }
        let days = self.read(move |_, rows| days_of(rows, project)).await?;
        swept += days.len() as u64;
        for step in days.chunks(STEP) {
            self.write(RestOfDays(step.to_vec())).await?;
        }
        self.write(Forget(project)).await?;
        Ok(swept)
    }
}

/// Removes what was learnt before a time, the oldest first.
struct Old(Timestamp);

impl Write<MemoryState> for Old {
    type Output = usize;

    fn apply(&self, tx: &mut Tx<'_>) -> Result<usize, StoreError> {
        let mut old: Vec<([u8; 16], ActivityRow)> = Vec::new();
        tx.walk(ACTIVITIES, &Span::all(Direction::Up), &mut |id, row| {
            let row: ActivityRow = decode(ACTIVITIES, row)?;
            if row.recorded_at >= self.0 || old.len() >= STEP {
                return Ok(ControlFlow::Break(()));
            }
            if let Ok(id) = id.try_into() {
                old.push((id, row));
            }
            Ok(ControlFlow::Continue(()))
        })?;
        for (id, row) in &old {
            remove(tx, *id, row)?;
        }
        Ok(old.len())
    }
}

/// Removes counts of days before one.
struct OldDays(u32);

impl Write<MemoryState> for OldDays {
    type Output = usize;

    fn apply(&self, tx: &mut Tx<'_>) -> Result<usize, StoreError> {
        let mut old = Vec::new();
        tx.walk(DAYS, &Span::all(Direction::Up), &mut |key, _| {
            let is_old = key.first_chunk().is_some_and(|day| u32::from_be_bytes(*day) < self.0);
            if !is_old || old.len() >= STEP {
                return Ok(ControlFlow::Break(()));
            }
            old.push(key.to_vec());
            Ok(ControlFlow::Continue(()))
        })?;
        for key in &old {
            tx.remove(DAYS, key)?;
        }
        Ok(old.len())
    }
}

struct Rest(Vec<[u8; 16]>);

impl Write<MemoryState> for Rest {
    type Output = u64;

    fn apply(&self, tx: &mut Tx<'_>) -> Result<u64, StoreError> {
        let mut gone = 0;
        for id in &self.0 {
            if let Some(row) = tx.row(ACTIVITIES, id)? {
                remove(tx, *id, &row)?;
                gone += 1;
            }
        }
        Ok(gone)
    }
}

struct RestOfDays(Vec<Vec<u8>>);

impl Write<MemoryState> for RestOfDays {
    type Output = ();

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        for key in &self.0 {
            tx.remove(DAYS, key)?;
        }
        Ok(())
    }
}

struct Forget(ProjectId);

impl Write<MemoryState> for Forget {
    type Output = ();

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        tx.remove(DEPARTED, self.0.as_bytes()).map(|_| ())
    }
}

/// Removes a row with what views have of it. What a later row is recognised by too stays.
fn remove(tx: &mut Tx<'_>, id: [u8; 16], row: &ActivityRow) -> Result<(), StoreError> {
    tx.remove(ACTIVITIES, &id)?;
    let mut gone = Vec::new();
    for entry in row.entries(id) {
        let is_own = entry.index != indexes::ACTS || tx.lookup(indexes::ACTS, &entry.key)?.as_deref() == Some(&id);
        if is_own {
            gone.push(IndexEntry::removed(entry));
        }
    }
    tx.changed(&ACTIVITY, id, gone);
    Ok(())
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
        let from = super::days::key(day, project);
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
