//! Syncs: one row for each project, how the last walk through its forge's lists stands.
//!
//! What a page tells is kept in the transaction that writes down where the next one begins: a walk that is cut off goes on from there, and
//! what it read twice is known by then.

#[cfg(test)]
mod tests;

use std::ops::ControlFlow;

use forgegate_engine::{Direction, Rows, Span, StoreError, Table, Write};
use forgegate_model::activity::Act;
use forgegate_model::audit::AuditEntry;
use forgegate_model::ids::{DerivedIds, ProjectId};
use forgegate_model::sync::{Sync, SyncPage, SyncState};
use forgegate_model::timestamp::Timestamp;
use uuid::Uuid;

use crate::activity::Listing;
use crate::memory::MemoryState;
use crate::rows::{PutRow, ReadRow, Row, decode};
use crate::store::{Store, Tx};
use crate::{audit, projects};

/// Syncs: project → the last one.
const SYNCS: Table = Table("syncs");

impl Row for Sync {
    const VERSION: u8 = 1;
}

impl Store {
    /// The last sync of a project, if there was one.
    ///
    /// # Errors
    /// When storage is unavailable.
    pub async fn sync(&self, project: ProjectId) -> Result<Option<Sync>, StoreError> {
        self.read(move |_, rows| rows.row(SYNCS, project.as_bytes())).await
    }

    /// All syncs that are under way.
    ///
    /// # Errors
    /// When storage is unavailable.
    pub async fn syncs_running(&self) -> Result<Vec<Sync>, StoreError> {
        self.read(|_, rows| {
            let mut running = Vec::new();
            rows.walk(SYNCS, &Span::all(Direction::Up), &mut |_, row| {
                let sync: Sync = decode(SYNCS, row)?;
                running.extend(Some(sync).filter(|sync| sync.state == SyncState::Running));
                Ok(ControlFlow::Continue(()))
            })?;
            Ok(running)
        })
        .await
    }

    /// Begins a sync that reaches back to a time. One under way that reaches as far goes on instead; one that does not ends with it.
    ///
    /// # Errors
    /// `NotFound` when the project is gone.
    pub async fn begin_sync(
        &self,
        project: ProjectId,
        since: Timestamp,
        at: Timestamp,
        audit: Option<AuditEntry>,
    ) -> Result<Sync, StoreError> {
        let begin = Begin {
            project,
            since,
            at,
            audit,
        };
        self.write(begin).await
    }

    /// Keeps what a page told and where the walk goes on, together. `id` is fresh; the ids of rows follow from it.
    ///
    /// # Errors
    /// `NotFound` when the project is gone, `Conflict` when another sync was begun or this one is over: then nothing is kept.
    pub async fn sync_page(
        &self,
        sync: &Sync,
        acts: Vec<Act>,
        page: SyncPage,
        id: Uuid,
        at: Timestamp,
    ) -> Result<Sync, StoreError> {
        let mut ids = DerivedIds::of(id);
        let mut rows = std::iter::repeat_with(|| ids.fresh());
        let listing = Listing::seal(self.shared(), sync.project, acts, &mut rows, at)?;
        let turn = Turn::Page(listing, page);
        self.write(Step::of(sync, turn, at)).await
    }

    /// Says how a sync goes: that it waits, and for what.
    ///
    /// # Errors
    /// `NotFound` when the project is gone, `Conflict` when another sync was begun or this one is over.
    pub async fn note_sync(&self, sync: &Sync, message: String, at: Timestamp) -> Result<Sync, StoreError> {
        self.write(Step::of(sync, Turn::Note(message), at)).await
    }

    /// Gives a sync up, with the reason.
    ///
    /// # Errors
    /// `NotFound` when the project is gone, `Conflict` when another sync was begun or this one is over.
    pub async fn fail_sync(&self, sync: &Sync, message: String, at: Timestamp) -> Result<Sync, StoreError> {
        self.write(Step::of(sync, Turn::Fail(message), at)).await
    }
}

/// Forgets the sync of a project that goes.
pub(crate) fn leave(tx: &mut Tx<'_>, project: ProjectId) -> Result<(), StoreError> {
    tx.remove(SYNCS, project.as_bytes()).map(|_| ())
}

struct Begin {
    project: ProjectId,
    since: Timestamp,
    at: Timestamp,
    audit: Option<AuditEntry>,
}

impl Write<MemoryState> for Begin {
    type Output = Sync;

    fn apply(&self, tx: &mut Tx<'_>) -> Result<Sync, StoreError> {
        projects::get(tx, self.project)?;
        audit::append(tx, self.audit.as_ref())?;
        let last: Option<Sync> = tx.row(SYNCS, self.project.as_bytes())?;
        if let Some(running) = last.as_ref().filter(|last| last.covers(self.since)) {
            return Ok(running.clone());
        }
        let begun = Sync::begun(self.project, self.since, self.at, last.as_ref());
        tx.put_row(SYNCS, self.project.as_bytes(), &begun)?;
        Ok(begun)
    }
}

/// What becomes of a sync under way.
struct Step {
    project: ProjectId,
    run: u32,
    turn: Turn,
    at: Timestamp,
}

enum Turn {
    Page(Listing, SyncPage),
    Note(String),
    Fail(String),
}

impl Step {
    fn of(sync: &Sync, turn: Turn, at: Timestamp) -> Self {
        Self {
            project: sync.project,
            run: sync.run,
            turn,
            at,
        }
    }
}

impl Write<MemoryState> for Step {
    type Output = Sync;

    fn apply(&self, tx: &mut Tx<'_>) -> Result<Sync, StoreError> {
        projects::get(tx, self.project)?;
        let row: Option<Sync> = tx.row(SYNCS, self.project.as_bytes())?;
        let own = row.filter(|row| row.run == self.run && row.state == SyncState::Running);
        let mut sync = own.ok_or_else(|| StoreError::Conflict("the sync is over".to_owned()))?;
        match &self.turn {
            Turn::Page(listing, page) => {
                let kept = listing.keep(tx)?;
                sync.advance(page.clone(), kept as u64, self.at);
            }
            Turn::Note(message) => {
                sync.message = Some(message.clone());
                sync.updated_at = self.at;
            }
            Turn::Fail(message) => sync.end(SyncState::Failed, Some(message.clone()), self.at),
        }
        tx.put_row(SYNCS, self.project.as_bytes(), &sync)?;
        Ok(sync)
    }
}
