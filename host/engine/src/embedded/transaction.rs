//! The writing side of a batch: its tables, and what is written beside them.

use std::cell::RefCell;
use std::collections::HashMap;

use bytes::Bytes;

use super::Files;
use super::batch::{BATCH_NUMBER, ClosedBatch, Commit, HEAD, batch_number};
use super::database::{definition, walk_table};
use super::indexes::{Change, append, last_change, trim};
use super::segments::{LiveChanges, SEGMENTS, SegmentAppends, is_dead};
use crate::engine::{Location, Transaction};
use crate::error::StoreError;
use crate::rows::{Rows, Span, Table, Visit};
use crate::schema::{Index, IndexChange, IndexEntry, RowKind};

type OpenTable<'t> = redb::Table<'t, &'static [u8], &'static [u8]>;

/// The writing side of a batch. Tables are opened when first named and stay open to its end.
pub struct OpenTransaction<'t> {
    transaction: &'t redb::WriteTransaction,
    files: &'t Files,
    tables: RefCell<Vec<(Table, OpenTable<'t>)>>,
    changes: Vec<Change>,
    entries: Vec<IndexEntry>,
    lookups: HashMap<(Index, Vec<u8>), IndexChange>,
    appends: SegmentAppends,
    live: LiveChanges,
    dead: Vec<u32>,
    failure: RefCell<Option<StoreError>>,
}

impl<'t> OpenTransaction<'t> {
    pub(super) fn new(transaction: &'t redb::WriteTransaction, files: &'t Files) -> Self {
        Self {
            transaction,
            files,
            tables: RefCell::new(Vec::new()),
            changes: Vec::new(),
            entries: Vec::new(),
            lookups: HashMap::new(),
            appends: SegmentAppends::begin(&files.segments),
            live: LiveChanges::default(),
            dead: Vec::new(),
            failure: RefCell::new(None),
        }
    }

    /// Numbers the changes and writes them down. Tells the number of the last one, 0 where there is none.
    fn write_changes(&mut self) -> Result<u64, StoreError> {
        if self.changes.is_empty() {
            return Ok(0);
        }
        let mut number = last_change(self)?;
        for change in std::mem::take(&mut self.changes) {
            number += 1;
            append(self, number, &change)?;
        }
        let durable = self.files.indexes.durable();
        trim(self, durable)?;
        Ok(number)
    }

    fn table<T>(
        &self,
        table: Table,
        work: impl FnOnce(&mut OpenTable<'t>) -> Result<T, redb::StorageError>,
    ) -> Result<T, StoreError> {
        let mut tables = self.tables.borrow_mut();
        let slot = match tables.iter().position(|(name, _)| *name == table) {
            Some(slot) => slot,
            None => {
                let open = self
                    .transaction
                    .open_table(definition(table))
                    .map_err(|error| self.fail(StoreError::engine(error)))?;
                tables.push((table, open));
                tables.len() - 1
            }
        };
        match tables.get_mut(slot) {
            Some((_, open)) => work(open).map_err(|error| self.fail(StoreError::engine(error))),
            None => unreachable!("the table was just found"),
        }
    }

    fn fail(&self, error: StoreError) -> StoreError {
        self.failure.borrow_mut().get_or_insert_with(|| error.clone());
        error
    }
}

impl Rows for OpenTransaction<'_> {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        use redb::ReadableTable;
        self.table(table, |open| {
            open.get(key).map(|value| value.map(|value| value.value().to_vec()))
        })
    }

    fn walk(&self, table: Table, span: &Span, visit: &mut Visit<'_>) -> Result<(), StoreError> {
        let mut walked = Ok(());
        self.table(table, |open| {
            walked = walk_table(open, span, visit);
            Ok(())
        })?;
        walked
    }
}

impl Transaction for OpenTransaction<'_> {
    type Closed = ClosedBatch;

    fn put(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
        self.table(table, |open| open.insert(key, value).map(|_| ()))
    }

    fn remove(&mut self, table: Table, key: &[u8]) -> Result<bool, StoreError> {
        self.table(table, |open| open.remove(key).map(|old| old.is_some()))
    }

    fn append(&mut self, row: [u8; 16], bytes: Bytes) -> Result<Location, StoreError> {
        let location = self.appends.add(row, bytes)?;
        self.live.refer(location);
        Ok(location)
    }

    fn release(&mut self, location: Location) {
        self.live.release(location);
    }

    fn changed(&mut self, kind: &RowKind, row: [u8; 16], entries: Vec<IndexEntry>) {
        self.changes.push(Change::new(kind, row, &entries));
        for entry in entries.iter().filter(|entry| entry.index.is_lookup) {
            self.lookups
                .insert((entry.index, entry.key.clone()), entry.change.clone());
        }
        self.entries.extend(entries);
    }

    fn lookup(&self, index: Index, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        match self.lookups.get(&(index, key.to_vec())) {
            Some(IndexChange::Put(value)) => Ok(Some(value.clone())),
            Some(IndexChange::Remove) => Ok(None),
            None => self.files.indexes.get(index, key),
        }
    }

    fn remove_segment(&mut self, number: u32) -> Result<(), StoreError> {
        if is_dead(self, number)? {
            self.remove(SEGMENTS, &number.to_be_bytes())?;
            self.dead.push(number);
        }
        Ok(())
    }

    fn failure(&self) -> Option<StoreError> {
        self.failure.borrow().clone()
    }

    fn close(mut self) -> Result<ClosedBatch, StoreError> {
        let number = batch_number(&self)? + 1;
        self.put(HEAD, BATCH_NUMBER, &number.to_be_bytes())?;
        let last_change = self.write_changes()?;
        let current = self.files.segments.current();
        let mut dead = std::mem::take(&mut self.live).write(&mut self, current)?;
        dead.append(&mut self.dead);
        let entries = std::mem::take(&mut self.entries);
        Ok(ClosedBatch {
            appends: self.appends,
            commit: Commit {
                number,
                entries,
                last_change,
                dead,
            },
        })
    }
}
