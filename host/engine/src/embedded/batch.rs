//! A batch of the embedded engine: begun, committed, and what follows a commit.

use super::segments::SegmentAppends;
use super::transaction::OpenTransaction;
use super::{Embedded, Files};
use crate::engine::{Batch, CommitError};
use crate::error::StoreError;
use crate::rows::{Rows, Table};
use crate::schema::IndexEntry;

/// One row: the number of the last batch. It tells after a failure whether the batch under way was committed.
pub(super) const HEAD: Table = Table("head");
pub(super) const BATCH_NUMBER: &[u8] = b"batch";

/// The number of the last batch that was committed.
pub(super) fn batch_number<R: Rows>(rows: &R) -> Result<u64, StoreError> {
    let bytes = rows.get(HEAD, BATCH_NUMBER)?.unwrap_or_default();
    Ok(bytes.try_into().map_or(0, u64::from_be_bytes))
}

/// A batch that was begun.
pub struct OpenBatch<'e> {
    files: &'e Files,
    transaction: redb::WriteTransaction,
}

impl<'e> OpenBatch<'e> {
    pub(super) fn begin(files: &'e Files) -> Result<Self, StoreError> {
        let mut transaction = files
            .database
            .with(|engine| engine.begin_write().map_err(StoreError::engine))?;
        transaction.set_quick_repair(true);
        transaction
            .set_durability(redb::Durability::Immediate)
            .map_err(StoreError::engine)?;
        Ok(Self { files, transaction })
    }
}

impl Batch for OpenBatch<'_> {
    type Engine = Embedded;

    fn transaction(&self) -> OpenTransaction<'_> {
        OpenTransaction::new(&self.transaction, self.files)
    }

    fn commit(self, closed: ClosedBatch) -> Result<(), CommitError> {
        let ClosedBatch { appends, commit } = closed;
        self.files.segments.write(&appends).map_err(CommitError::Lost)?;
        match self.transaction.commit() {
            Ok(()) => {
                commit.publish(self.files);
                Ok(())
            }
            Err(error) => {
                *self.files.in_doubt.lock() = Some(commit);
                Err(CommitError::InDoubt(StoreError::engine(error)))
            }
        }
    }
}

/// A batch whose rows are all written and not committed.
pub struct ClosedBatch {
    pub(super) appends: SegmentAppends,
    pub(super) commit: Commit,
}

/// The consequences of a commit outside the database file.
pub(super) struct Commit {
    /// The number of the batch.
    pub(super) number: u64,
    pub(super) entries: Vec<IndexEntry>,
    pub(super) last_change: u64,
    /// Segments that nothing refers to any more.
    pub(super) dead: Vec<u32>,
}

impl Commit {
    /// Has them seen, once the batch is on disk.
    pub(super) fn publish(self, files: &Files) {
        if self.last_change > 0 {
            files.indexes.add(self.last_change, self.entries);
        }
        for segment in self.dead {
            if let Err(error) = files.segments.remove(segment) {
                tracing::warn!(%error, segment, "a dead segment stays until the next start");
            }
        }
    }
}
