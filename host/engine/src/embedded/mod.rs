//! The embedded engine: one database file, a folder of segments beside it, and a file of secondary indexes that can be made again.

mod batch;
mod database;
mod disk;
#[cfg(feature = "testing")]
mod faults;
mod indexes;
mod layout;
mod open;
mod segments;
#[cfg(feature = "testing")]
pub mod testing;
mod transaction;

use std::sync::Arc;

pub use database::Snapshot;
pub use open::EngineOptions;
pub(crate) use open::open;

use crate::engine::{Engine, Location, WornSegment};
use crate::error::StoreError;
use crate::rows::{Span, Visit};
use crate::schema::Index;
use batch::{ClosedBatch, Commit, OpenBatch, batch_number};
use database::Database;
use forgegate_model::lock::Lock;
use indexes::{Applier, Indexes};
use segments::{Segments, mostly_dead};
use transaction::OpenTransaction;

/// The embedded engine. Dropped, it ends its threads with everything applied, and closes its files.
pub struct Embedded {
    /// Ends first: what the last batch changed is applied to the indexes.
    _applier: Applier,
    files: Arc<Files>,
}

/// The files of the engine, as its threads share them.
struct Files {
    database: Database,
    database_id: [u8; 16],
    segments: Segments,
    indexes: Indexes,
    /// The batch whose commit failed: whether it is on disk is known once the file is open again.
    in_doubt: Lock<Option<Commit>>,
}

impl Engine for Embedded {
    type Snapshot = Snapshot;
    type Batch<'e> = OpenBatch<'e>;
    type Transaction<'t> = OpenTransaction<'t>;
    type Closed = ClosedBatch;

    fn wait_for_room(&self) {
        self.files.indexes.memtable.wait_for_room();
    }

    fn begin(&self) -> Result<OpenBatch<'_>, StoreError> {
        OpenBatch::begin(&self.files)
    }

    fn recover(&self) -> Result<bool, StoreError> {
        let files = &self.files;
        files.database.reopen()?;
        let found = files.database.read(batch_number)?;
        let in_doubt = files.in_doubt.lock().take();
        Ok(match in_doubt.filter(|commit| commit.number == found) {
            Some(commit) => {
                commit.publish(files);
                true
            }
            None => false,
        })
    }

    fn is_ready(&self) -> bool {
        self.files.indexes.file.is_trusted()
    }

    fn read<T>(&self, read: impl FnOnce(&Snapshot) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.files.database.read(read)
    }

    fn record(&self, location: Location) -> Result<Option<Vec<u8>>, StoreError> {
        self.files.segments.read(location)
    }

    fn lookup(&self, index: Index, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.files.indexes.get(index, key)
    }

    fn walk_index(&self, index: Index, span: &Span, visit: &mut Visit<'_>) -> Result<(), StoreError> {
        self.files.indexes.walk_down(index, span, visit)
    }

    fn worn_segment(&self) -> Result<Option<WornSegment>, StoreError> {
        let segments = &self.files.segments;
        let found = self.read(|rows| mostly_dead(rows, segments.current()))?;
        found
            .map(|number| {
                let records = segments.records(number)?;
                Ok(WornSegment { number, records })
            })
            .transpose()
    }
}
