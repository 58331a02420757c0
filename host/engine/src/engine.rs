//! The trait that stands between the nouns and whatever keeps their rows.
//!
//! The embedded engine implements it; another, on a database server, has to promise the same. A write is applied anew, on a fresh
//! transaction, whenever a batch is undone: so an engine needs neither savepoints nor locks that a caller sees.

use std::ops::ControlFlow;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use crate::rows::{Direction, Rows, Span, Table, Visit};
use crate::schema::{Index, IndexEntry, RowKind};

/// The address of an appended record: its bytes, without the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Location {
    /// The number of the segment.
    pub segment: u32,
    /// The first byte in it.
    pub offset: u64,
    /// The number of bytes.
    pub length: u32,
}

/// An appended record as its header tells it: only its row knows whether it still refers to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// The id of the row.
    pub row: [u8; 16],
    /// The address of the record.
    pub location: Location,
}

/// A closed segment of which less than half is alive, with its records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WornSegment {
    /// Its number.
    pub number: u32,
    /// Its records, dead and alive.
    pub records: Vec<Record>,
}

/// An engine.
pub trait Engine: Sized + Send + Sync + 'static {
    /// A consistent reading of what is committed.
    type Snapshot: Rows;
    /// The transaction of a batch of writes.
    type Batch<'e>: Batch<Engine = Self>;
    /// The writing side of a batch.
    type Transaction<'t>: Transaction<Closed = Self::Closed>;
    /// A batch with everything written that belongs to it as a whole.
    type Closed;

    /// Waits for as long as the engine cannot keep up with commits.
    fn wait_for_room(&self);

    /// Begins the transaction of a batch. The writer alone calls it, one batch after the other.
    ///
    /// # Errors
    /// `Unavailable`; then `recover` has to succeed before another batch.
    fn begin(&self) -> Result<Self::Batch<'_>, StoreError>;

    /// Brings the engine back after a failure. Tells whether the batch whose commit was in doubt, if there was one, is on disk.
    ///
    /// # Errors
    /// `Unavailable`: it is to be tried again.
    fn recover(&self) -> Result<bool, StoreError>;

    /// Whether every index answers.
    fn is_ready(&self) -> bool;

    /// Reads what is committed now. It may wait for the disk.
    ///
    /// # Errors
    /// `Unavailable`, or what `read` returns.
    fn read<T>(&self, read: impl FnOnce(&Self::Snapshot) -> Result<T, StoreError>) -> Result<T, StoreError>;

    /// Reads an appended record; `None` where it was moved or is gone: then its row says where to.
    ///
    /// # Errors
    /// `Unavailable`.
    fn record(&self, location: Location) -> Result<Option<Vec<u8>>, StoreError>;

    /// The value of an index key, as committed.
    ///
    /// # Errors
    /// `Unavailable`.
    fn lookup(&self, index: Index, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// Walks a span of an index that goes down, the greatest key first. It may wait for the disk.
    ///
    /// # Errors
    /// `Unavailable`, or what `visit` returns.
    fn walk_index(&self, index: Index, span: &Span, visit: &mut Visit<'_>) -> Result<(), StoreError>;

    /// A segment that is worth compacting: what lives in it is to be appended again.
    ///
    /// # Errors
    /// `Unavailable`.
    fn worn_segment(&self) -> Result<Option<WornSegment>, StoreError>;

    /// Walks the rows that an index lists by a key, the newest first, only those older than `before`.
    ///
    /// # Errors
    /// `Unavailable`, or what `visit` returns.
    fn list(
        &self,
        index: Index,
        by: &[u8; 16],
        before: Option<&[u8; 16]>,
        visit: &mut dyn FnMut([u8; 16]) -> Result<ControlFlow<()>, StoreError>,
    ) -> Result<(), StoreError> {
        let mut span = Span::prefix(by, Direction::Down);
        if let Some(before) = before {
            span = span.beyond(&[by.as_slice(), before].concat());
        }
        self.walk_index(index, &span, &mut |key, _| match key.last_chunk::<16>() {
            Some(row) => visit(*row),
            None => Ok(ControlFlow::Continue(())),
        })
    }
}

/// A begun batch. Dropped, it is undone.
pub trait Batch {
    /// The engine.
    type Engine: Engine;

    /// The writing side. It is asked for once.
    fn transaction(&self) -> <Self::Engine as Engine>::Transaction<'_>;

    /// Makes the batch durable: appended records first, then the rows that refer to them. Index entries are seen once this returns.
    ///
    /// # Errors
    /// See [`CommitError`].
    fn commit(self, closed: <Self::Engine as Engine>::Closed) -> Result<(), CommitError>;
}

/// The failure of a commit.
#[derive(Debug)]
pub enum CommitError {
    /// Nothing of the batch is on disk.
    Lost(StoreError),
    /// Nobody knows yet: `Engine::recover` finds out.
    InDoubt(StoreError),
    /// Another writer was faster. Nothing is on disk, and the same writes are to be applied anew.
    Conflict,
}

/// A transaction under way. Reading it sees what it wrote.
pub trait Transaction: Rows {
    /// See [`Engine::Closed`].
    type Closed;

    /// Writes a value.
    ///
    /// # Errors
    /// `Unavailable`; see `failure`.
    fn put(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<(), StoreError>;

    /// Removes a key. Tells whether it was there.
    ///
    /// # Errors
    /// `Unavailable`; see `failure`.
    fn remove(&mut self, table: Table, key: &[u8]) -> Result<bool, StoreError>;

    /// Appends a record for a row, which will refer to its location.
    ///
    /// # Errors
    /// `Invalid` for more than 4 GiB.
    fn append(&mut self, row: [u8; 16], bytes: Bytes) -> Result<Location, StoreError>;

    /// Notes that a row refers to this location no longer.
    fn release(&mut self, location: Location);

    /// Notes that a row was made, changed or removed, with the index entries that follow: those that `RowKind::entries` makes of the row as it is
    /// now, and those that are removed.
    fn changed(&mut self, kind: &RowKind, row: [u8; 16], entries: Vec<IndexEntry>);

    /// The value of a key of an index made by `Index::lookup`, with what this transaction changed.
    ///
    /// # Errors
    /// `Unavailable`.
    fn lookup(&self, index: Index, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// Removes a segment in which nothing lives any more; another stays.
    ///
    /// # Errors
    /// `Unavailable`; see `failure`.
    fn remove_segment(&mut self, number: u32) -> Result<(), StoreError>;

    /// The engine's own failure, if one occurred: then no member of the batch can go on.
    fn failure(&self) -> Option<StoreError>;

    /// Writes what belongs to the batch as a whole.
    ///
    /// # Errors
    /// `Unavailable`.
    fn close(self) -> Result<Self::Closed, StoreError>;
}
