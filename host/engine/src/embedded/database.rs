//! The database file: opened, read, and opened anew after a failure.

use std::cell::RefCell;
use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use redb::ReadableDatabase;

use super::disk::Disk;
use crate::error::StoreError;
use crate::rows::{Direction, Rows, Span, Table, Visit};
use forgegate_model::lock::SharedLock;

/// One file of the engine. After an I/O error the engine refuses everything until the file is opened anew, hence the lock: readers
/// share it, and `reopen` has it alone.
pub(crate) struct Database {
    path: PathBuf,
    cache_bytes: usize,
    engine: SharedLock<Option<redb::Database>>,
}

impl Database {
    /// Opens the file, or makes it.
    pub(crate) fn open(path: &Path, cache_bytes: usize) -> Result<Self, StoreError> {
        let engine = open_engine(path, cache_bytes)?;
        Ok(Self {
            path: path.to_owned(),
            cache_bytes,
            engine: SharedLock::new(Some(engine)),
        })
    }

    /// Closes the file and opens it again, once nobody reads.
    pub(crate) fn reopen(&self) -> Result<(), StoreError> {
        let mut engine = self.engine.write();
        *engine = None;
        *engine = Some(open_engine(&self.path, self.cache_bytes)?);
        Ok(())
    }

    /// Lends the engine.
    pub(crate) fn with<T>(
        &self,
        use_it: impl FnOnce(&redb::Database) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let engine = self.engine.read();
        match engine.as_ref() {
            Some(engine) => use_it(engine),
            None => Err(StoreError::Unavailable("the database is closed".to_owned())),
        }
    }

    /// Reads what is committed now. It may wait for the disk: not for an asynchronous thread.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&Snapshot) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.with(|engine| read(&Snapshot::new(engine.begin_read().map_err(StoreError::engine)?)))
    }
}

type ReadTable = redb::ReadOnlyTable<&'static [u8], &'static [u8]>;

/// A reading of what was committed when it began. Tables are opened when first named; one that was not there then never is.
pub struct Snapshot {
    transaction: redb::ReadTransaction,
    tables: RefCell<Vec<(Table, Option<Rc<ReadTable>>)>>,
}

impl Snapshot {
    const fn new(transaction: redb::ReadTransaction) -> Self {
        Self {
            transaction,
            tables: RefCell::new(Vec::new()),
        }
    }

    fn table(&self, table: Table) -> Result<Option<Rc<ReadTable>>, StoreError> {
        let known = self.tables.borrow().iter().find(|(name, _)| *name == table).cloned();
        if let Some((_, opened)) = known {
            return Ok(opened);
        }
        let opened = match self.transaction.open_table(definition(table)) {
            Ok(opened) => Some(Rc::new(opened)),
            Err(redb::TableError::TableDoesNotExist(_)) => None,
            Err(error) => return Err(StoreError::engine(error)),
        };
        self.tables.borrow_mut().push((table, opened.clone()));
        Ok(opened)
    }
}

impl Rows for Snapshot {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(table) = self.table(table)? else {
            return Ok(None);
        };
        let value = table.get(key).map_err(StoreError::engine)?;
        Ok(value.map(|value| value.value().to_vec()))
    }

    fn walk(&self, table: Table, span: &Span, visit: &mut Visit<'_>) -> Result<(), StoreError> {
        match self.table(table)? {
            Some(table) => walk_table(table.as_ref(), span, visit),
            None => Ok(()),
        }
    }
}

fn open_engine(path: &Path, cache_bytes: usize) -> Result<redb::Database, StoreError> {
    let disk = Disk::new(open_file(path)?)?;
    #[cfg(feature = "testing")]
    let disk = super::faults::FaultyDisk::new(path, disk);
    let mut builder = redb::Builder::new();
    builder.set_cache_size(cache_bytes);
    builder.create_with_backend(disk).map_err(StoreError::engine)
}

/// Opens the file, or makes an empty one that only its owner may read.
fn open_file(path: &Path) -> Result<File, StoreError> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
        .map_err(|error| StoreError::io("a database file cannot be opened", &error))
}

/// A table as the engine names it.
pub(super) const fn definition(table: Table) -> redb::TableDefinition<'static, &'static [u8], &'static [u8]> {
    redb::TableDefinition::new(table.0)
}

impl StoreError {
    /// A failure of the database library.
    pub(super) fn engine(error: impl Into<redb::Error>) -> Self {
        Self::Unavailable(error.into().to_string())
    }
}

/// Walks a table that was opened, whichever way it was.
pub(super) fn walk_table<T>(table: &T, span: &Span, visit: &mut Visit<'_>) -> Result<(), StoreError>
where
    T: redb::ReadableTable<&'static [u8], &'static [u8]>,
{
    if span.is_empty() {
        return Ok(());
    }
    let mut range = table.range::<&[u8]>(span.bounds()).map_err(StoreError::engine)?;
    loop {
        let item = match span.direction {
            Direction::Up => range.next(),
            Direction::Down => range.next_back(),
        };
        let Some(item) = item else { return Ok(()) };
        let (key, value) = item.map_err(StoreError::engine)?;
        if visit(key.value(), value.value())?.is_break() {
            return Ok(());
        }
    }
}
