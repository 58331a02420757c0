//! The view file: steps of entries, and the mark that says how far it is.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::pending::Layer;
use super::{Fate, View};
use crate::database::{Database, Snapshot};
use crate::error::StoreError;
use crate::rows::{Rows, Table};

/// How many entries share a step.
const STEP: usize = 16_384;

/// One row: which database the views are of, and how far.
const MARK: Table = Table("mark");
/// A file from before a view was added has no mark under this key, and is made again.
const MARK_KEY: &[u8] = &[b'v', View::ALL.len() as u8];

/// How far the file is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mark {
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
pub(crate) struct ViewFile {
    database: Database,
    trusted: AtomicBool,
}

impl ViewFile {
    /// Opens the file, or makes it. One that cannot be opened is thrown away.
    pub(crate) fn open(path: &Path, cache_bytes: usize) -> Result<Self, StoreError> {
        let database = match Database::open(path, cache_bytes) {
            Ok(database) => database,
            Err(error) if path.exists() => {
                tracing::warn!(%error, "the view file cannot be opened; it is made again");
                std::fs::remove_file(path)
                    .map_err(|error| StoreError::io("the view file cannot be removed", &error))?;
                Database::open(path, cache_bytes)?
            }
            Err(error) => return Err(error),
        };
        Ok(Self {
            database,
            trusted: AtomicBool::new(true),
        })
    }

    /// How far the file is, if it says so.
    pub(super) fn mark(&self) -> Result<Option<Mark>, StoreError> {
        let bytes = self.database.read(|rows| rows.get(MARK, MARK_KEY))?;
        Ok(bytes.as_deref().and_then(Mark::of_bytes))
    }

    /// Reads what is applied.
    pub(super) fn read<T>(&self, read: impl FnOnce(&Snapshot) -> Result<T, StoreError>) -> Result<T, StoreError> {
        if self.is_trusted() {
            self.database.read(read)
        } else {
            Err(StoreError::Unavailable("the views are behind the rows".to_owned()))
        }
    }

    /// Whether the file answers for what was applied.
    pub(crate) fn is_trusted(&self) -> bool {
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
            put_mark(transaction, mark)
        })
    }

    /// Makes everything durable that was applied, together with the mark.
    pub(super) fn make_durable(&self, mark: &Mark) -> Result<(), StoreError> {
        self.commit(redb::Durability::Immediate, |transaction| put_mark(transaction, mark))
    }

    /// Empties every view.
    pub(super) fn clear(&self) -> Result<(), StoreError> {
        self.commit(redb::Durability::Immediate, |transaction| {
            for table in View::ALL.map(View::table).into_iter().chain([MARK]) {
                transaction
                    .delete_table(table.definition())
                    .map_err(StoreError::engine)?;
            }
            Ok(())
        })
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
    transaction.open_table(table.definition()).map_err(StoreError::engine)
}

fn put_mark(transaction: &redb::WriteTransaction, mark: &Mark) -> Result<(), StoreError> {
    let mut table = open(transaction, MARK)?;
    table
        .insert(MARK_KEY, mark.to_bytes().as_slice())
        .map(|_| ())
        .map_err(StoreError::engine)
}

fn apply_sorted(transaction: &redb::WriteTransaction, step: &[(View, &[u8], &Fate)]) -> Result<(), StoreError> {
    for of_one in step.chunk_by(|one, other| one.0 == other.0) {
        let Some((view, _, _)) = of_one.first() else {
            continue;
        };
        let mut table = open(transaction, view.table())?;
        for (_, key, fate) in of_one {
            match fate {
                Fate::Put(value) => table.insert(*key, value.as_slice()).map(|_| ()),
                Fate::Gone => table.remove(*key).map(|_| ()),
            }
            .map_err(StoreError::engine)?;
        }
    }
    Ok(())
}
