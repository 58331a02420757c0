//! A transaction under way, as a write sees it.

use std::any::{Any, TypeId};
use std::cell::RefCell;
use std::collections::HashMap;

use bytes::Bytes;

use crate::error::StoreError;
use crate::rows::{Row, Rows, Span, Table, Visit, encode, walk_table};
use crate::segments::{Appends, Deltas, Location};
use crate::store::Shared;
use crate::views::{Change, Entry, Fate, Noun, View, append, last_change, trim};

type Open<'t> = redb::Table<'t, &'static [u8], &'static [u8]>;
type Hook = Box<dyn FnOnce(&Shared) + Send>;

/// What a batch does besides rows: applied only once the rows are durable.
#[derive(Default)]
pub(crate) struct Effects {
    hooks: Vec<Hook>,
    /// What views have to do, and the number of the last change.
    entries: Vec<Entry>,
    last_change: u64,
    /// Segments that nothing refers to any more.
    dead: Vec<u32>,
}

impl Effects {
    /// Applies them, in the order they were asked for.
    pub(crate) fn apply(self, shared: &Shared) {
        if self.last_change > 0 {
            shared.views.add(self.last_change, self.entries);
        }
        for hook in self.hooks {
            hook(shared);
        }
        for segment in self.dead {
            if let Err(error) = shared.segments.remove(segment) {
                tracing::warn!(%error, segment, "a dead segment stays until the next start");
            }
        }
    }
}

/// The transaction of a batch. Tables are opened when first named and stay open to its end.
///
/// What is in memory (`shared`) shows the state before the batch. What earlier members of the same batch did is in the tables, which a
/// write reads through this, and in overlays, which die with the batch.
pub(crate) struct Tx<'t> {
    transaction: &'t redb::WriteTransaction,
    tables: RefCell<Vec<(Table, Open<'t>)>>,
    shared: &'t Shared,
    overlays: HashMap<TypeId, Box<dyn Any>>,
    effects: Effects,
    changes: Vec<Change>,
    points: HashMap<(View, Vec<u8>), Fate>,
    appends: Appends,
    deltas: Deltas,
    touched: bool,
    wrote: bool,
    broken: RefCell<Option<StoreError>>,
}

impl<'t> Tx<'t> {
    pub(crate) fn new(transaction: &'t redb::WriteTransaction, shared: &'t Shared) -> Self {
        Self {
            transaction,
            tables: RefCell::new(Vec::new()),
            shared,
            overlays: HashMap::new(),
            effects: Effects::default(),
            changes: Vec::new(),
            points: HashMap::new(),
            appends: Appends::begin(&shared.segments),
            deltas: Deltas::default(),
            touched: false,
            wrote: false,
            broken: RefCell::new(None),
        }
    }

    /// What is in memory: the state before this batch.
    pub(crate) const fn shared(&self) -> &'t Shared {
        self.shared
    }

    /// Writes a value. Whether there was one before is not told: `get` asks that.
    pub(crate) fn put(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
        self.touch();
        self.table(table, |open| open.insert(key, value).map(|_| ()))
    }

    /// Writes a row.
    pub(crate) fn put_row<R: Row>(&mut self, table: Table, key: &[u8], row: &R) -> Result<(), StoreError> {
        self.put(table, key, &encode(row)?)
    }

    /// Removes a key. Tells whether it was there.
    pub(crate) fn remove(&mut self, table: Table, key: &[u8]) -> Result<bool, StoreError> {
        self.touch();
        self.table(table, |open| open.remove(key).map(|old| old.is_some()))
    }

    /// Has something done once the batch is durable, and not at all if it is not.
    pub(crate) fn after_commit(&mut self, hook: impl FnOnce(&Shared) + Send + 'static) {
        self.touch();
        self.effects.hooks.push(Box::new(hook));
    }

    /// What earlier members of the batch noted under this type.
    pub(crate) fn overlay<T: 'static>(&self) -> Option<&T> {
        self.overlays.get(&TypeId::of::<T>())?.downcast_ref()
    }

    /// A note to later members of the batch. It is gone with the batch, committed or not.
    pub(crate) fn overlay_mut<T: Default + 'static>(&mut self) -> &mut T {
        self.touch();
        let slot = self
            .overlays
            .entry(TypeId::of::<T>())
            .or_insert_with(|| Box::new(T::default()));
        if !slot.is::<T>() {
            *slot = Box::new(T::default());
        }
        match slot.downcast_mut() {
            Some(overlay) => overlay,
            None => unreachable!("the slot was made with this type"),
        }
    }

    /// Whether something was written, noted or asked for since the last call.
    pub(crate) const fn take_touched(&mut self) -> bool {
        std::mem::replace(&mut self.touched, false)
    }

    /// Whether anything was written at all.
    pub(crate) const fn has_written(&self) -> bool {
        self.wrote
    }

    /// The engine's failure, if one occurred: then no member can go on.
    pub(crate) fn take_broken(&self) -> Option<StoreError> {
        self.broken.borrow_mut().take()
    }

    /// Appends a record to a segment for a row, which will refer to the place.
    pub(crate) fn append(&mut self, row: [u8; 16], bytes: Bytes) -> Result<Location, StoreError> {
        self.touch();
        let place = self.appends.add(row, bytes)?;
        self.deltas.refer(place);
        Ok(place)
    }

    /// A row refers to this place no longer.
    pub(crate) fn release(&mut self, place: Location) {
        self.touch();
        self.deltas.release(place);
    }

    /// Notes that a row was made, changed or removed, with what views have to do: the same that the noun makes of the row as it is now,
    /// and what goes.
    pub(crate) fn changed(&mut self, noun: Noun, row: [u8; 16], entries: Vec<Entry>) {
        self.touch();
        self.changes.push(Change::new(noun, row, &entries));
        for entry in entries.iter().filter(|entry| entry.view.answers_points()) {
            self.points.insert((entry.view, entry.key.clone()), entry.fate.clone());
        }
        self.effects.entries.extend(entries);
    }

    /// Asks a view for a key, with what this batch did.
    pub(crate) fn ask(&self, view: View, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        match self.points.get(&(view, key.to_vec())) {
            Some(Fate::Put(value)) => Ok(Some(value.clone())),
            Some(Fate::Gone) => Ok(None),
            None => self.shared.views.get(view, key),
        }
    }

    /// Writes what belongs to the batch as a whole, closes the tables, and hands out what is to be written before the commit and what
    /// is to follow it.
    pub(crate) fn close(mut self) -> Result<(Appends, Effects), StoreError> {
        if !self.changes.is_empty() {
            let mut number = last_change(&self)?;
            for change in std::mem::take(&mut self.changes) {
                number += 1;
                append(&mut self, number, &change)?;
            }
            self.effects.last_change = number;
            let durable = self.shared.views.durable();
            trim(&mut self, durable)?;
        }
        self.effects.dead = std::mem::take(&mut self.deltas).write(&mut self)?;
        Ok((self.appends, self.effects))
    }

    const fn touch(&mut self) {
        self.touched = true;
        self.wrote = true;
    }

    fn table<T>(
        &self,
        table: Table,
        work: impl FnOnce(&mut Open<'t>) -> Result<T, redb::StorageError>,
    ) -> Result<T, StoreError> {
        let mut tables = self.tables.borrow_mut();
        let place = match tables.iter().position(|(name, _)| *name == table) {
            Some(place) => place,
            None => {
                let open = self
                    .transaction
                    .open_table(table.definition())
                    .map_err(|error| self.fail(StoreError::engine(error)))?;
                tables.push((table, open));
                tables.len() - 1
            }
        };
        match tables.get_mut(place) {
            Some((_, open)) => work(open).map_err(|error| self.fail(StoreError::engine(error))),
            None => unreachable!("the place was just found"),
        }
    }

    fn fail(&self, error: StoreError) -> StoreError {
        self.broken.borrow_mut().get_or_insert_with(|| error.clone());
        error
    }
}

impl Rows for Tx<'_> {
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
