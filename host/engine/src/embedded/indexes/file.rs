//! The index file: steps of entries, and the mark that says how far it is.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::memtable::Layer;
use crate::embedded::database::{Database, Snapshot, definition};
use crate::error::StoreError;
use crate::rows::{Rows, Table};
use crate::schema::{Index, IndexChange, Schema};

/// How many entries share a step.
const STEP: usize = 16_384;

/// One row: the database that the indexes are of, and how far they are.
const MARK: Table = Table("mark");

/// How far the file is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Mark {
    /// The database's own id.
    pub(super) database: [u8; 16],
    /// The number of the last change applied.
    pub(super) number: u64,
    /// That change: another one under this number means another history.
    pub(super) change: Vec<u8>,
}

impl Mark {
    fn to_bytes(&self) -> Vec<u8> {
        [&self.database, &self.number.to_be_bytes()[..], &self.change].concat()
    }

    fn of_bytes(bytes: &[u8]) -> Option<Self> {
        let (database, rest) = bytes.split_first_chunk::<16>()?;
        let (number, change) = rest.split_first_chunk::<8>()?;
        Some(Self {
            database: *database,
            number: u64::from_be_bytes(*number),
            change: change.to_vec(),
        })
    }
}

/// The file. It may be lost: everything in it can be made again.
pub(in crate::embedded) struct IndexFile {
    database: Database,
    pub(super) schema: Schema,
    trusted: AtomicBool,
}

impl IndexFile {
    /// Opens the file, or makes it. One that cannot be opened is thrown away.
    pub(in crate::embedded) fn open(path: &Path, cache_bytes: usize, schema: Schema) -> Result<Self, StoreError> {
        let database = match Database::open(path, cache_bytes) {
            Ok(database) => database,
            Err(error) if path.exists() => {
                tracing::warn!(%error, "the index file cannot be opened; it is made again");
                std::fs::remove_file(path)
                    .map_err(|error| StoreError::io("the index file cannot be removed", &error))?;
                Database::open(path, cache_bytes)?
            }
            Err(error) => return Err(error),
        };
        Ok(Self {
            database,
            schema,
            trusted: AtomicBool::new(true),
        })
    }

    /// The mark of the file, if it has one.
    pub(super) fn mark(&self) -> Result<Option<Mark>, StoreError> {
        let bytes = self.database.read(|rows| rows.get(MARK, &self.mark_key()))?;
        Ok(bytes.as_deref().and_then(Mark::of_bytes))
    }

    /// Reads what is applied.
    pub(super) fn read<T>(&self, read: impl FnOnce(&Snapshot) -> Result<T, StoreError>) -> Result<T, StoreError> {
        if self.is_trusted() {
            self.database.read(read)
        } else {
            Err(StoreError::Unavailable("the indexes are behind the rows".to_owned()))
        }
    }

    /// True while the file answers for what was applied.
    pub(in crate::embedded) fn is_trusted(&self) -> bool {
        self.trusted.load(Ordering::Acquire)
    }

    /// Has no question answered until `trust`.
    pub(super) fn distrust(&self) {
        self.trusted.store(false, Ordering::Release);
    }

    /// Has questions answered again.
    pub(super) fn trust(&self) {
        self.trusted.store(true, Ordering::Release);
    }

    /// Opens the file anew, after a failure: what was applied since the durable mark is gone from it.
    pub(super) fn reopen(&self) -> Result<(), StoreError> {
        self.database.reopen()
    }

    /// Applies a layer in steps, the mark with the last. It can be read at once, and is durable after `make_durable`.
    pub(super) fn apply(&self, layer: &Layer, mark: &Mark) -> Result<(), StoreError> {
        let sorted = layer.sorted();
        let (steps, last) = sorted.split_at(sorted.len().saturating_sub(1) / STEP * STEP);
        for step in steps.chunks(STEP) {
            self.commit(redb::Durability::None, |transaction| apply_sorted(transaction, step))?;
        }
        self.commit(redb::Durability::None, |transaction| {
            apply_sorted(transaction, last)?;
            self.put_mark(transaction, mark)
        })
    }

    /// Makes everything durable that was applied, together with the mark.
    pub(super) fn make_durable(&self, mark: &Mark) -> Result<(), StoreError> {
        self.commit(redb::Durability::Immediate, |transaction| {
            self.put_mark(transaction, mark)
        })
    }

    /// Empties every index.
    pub(super) fn clear(&self) -> Result<(), StoreError> {
        self.commit(redb::Durability::Immediate, |transaction| {
            let tables = self.schema.indexes.iter().map(|index| index.table);
            for table in tables.chain([MARK]) {
                transaction
                    .delete_table(definition(table))
                    .map_err(StoreError::engine)?;
            }
            Ok(())
        })
    }

    /// The key of the mark. A file from before an index was added has no mark under this key, and is made again.
    const fn mark_key(&self) -> [u8; 2] {
        [b'v', self.schema.indexes.len() as u8]
    }

    fn put_mark(&self, transaction: &redb::WriteTransaction, mark: &Mark) -> Result<(), StoreError> {
        let mut table = open(transaction, MARK)?;
        table
            .insert(self.mark_key().as_slice(), mark.to_bytes().as_slice())
            .map(|_| ())
            .map_err(StoreError::engine)
    }

    fn commit(
        &self,
        durability: redb::Durability,
        work: impl FnOnce(&redb::WriteTransaction) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.database.with(|engine| {
            let mut transaction = engine.begin_write().map_err(StoreError::engine)?;
            let durable = matches!(durability, redb::Durability::Immediate);
            transaction.set_durability(durability).map_err(StoreError::engine)?;
            transaction.set_quick_repair(durable);
            work(&transaction)?;
            transaction.commit().map_err(StoreError::engine)
        })
    }
}

type Open<'t> = redb::Table<'t, &'static [u8], &'static [u8]>;

fn open(transaction: &redb::WriteTransaction, table: Table) -> Result<Open<'_>, StoreError> {
    transaction.open_table(definition(table)).map_err(StoreError::engine)
}

fn apply_sorted(transaction: &redb::WriteTransaction, step: &[(Index, &[u8], &IndexChange)]) -> Result<(), StoreError> {
    for of_one in step.chunk_by(|one, other| one.0 == other.0) {
        let Some((index, _, _)) = of_one.first() else {
            continue;
        };
        let mut table = open(transaction, index.table)?;
        for (_, key, change) in of_one {
            match change {
                IndexChange::Put(value) => table.insert(*key, value.as_slice()).map(|_| ()),
                IndexChange::Remove => table.remove(*key).map(|_| ()),
            }
            .map_err(StoreError::engine)?;
        }
    }
    Ok(())
}
