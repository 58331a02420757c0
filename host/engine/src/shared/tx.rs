//! A transaction under way, as a write sees it.

use std::any::{Any, TypeId};
use std::collections::HashMap;

use bytes::Bytes;

use super::{Shared, State};
use crate::engine::{Engine, Location, Transaction};
use crate::error::StoreError;
use crate::rows::{Rows, Span, Table, Visit};
use crate::schema::{Index, IndexEntry, RowKind};

/// A change of the state in memory that follows a commit.
pub(crate) type Hook<S> = Box<dyn FnOnce(&Shared<S>) + Send>;

type Inner<'t, S> = <<S as State>::Engine as Engine>::Transaction<'t>;

/// The transaction of a batch, with what a write needs besides rows.
///
/// The state in memory (`shared`) is that before the batch. What earlier members of the same batch did is in the tables, which a write reads
/// through this, and in overlays, which die with the batch.
pub struct Tx<'t, S: State> {
    transaction: Inner<'t, S>,
    shared: &'t Shared<S>,
    overlays: HashMap<TypeId, Box<dyn Any>>,
    hooks: Vec<Hook<S>>,
    touched: bool,
    wrote: bool,
}

impl<'t, S: State> Tx<'t, S> {
    pub(crate) fn new(transaction: Inner<'t, S>, shared: &'t Shared<S>) -> Self {
        Self {
            transaction,
            shared,
            overlays: HashMap::new(),
            hooks: Vec::new(),
            touched: false,
            wrote: false,
        }
    }

    /// The shared state, as it was before this batch.
    #[must_use]
    pub const fn shared(&self) -> &'t Shared<S> {
        self.shared
    }

    /// Writes a value.
    ///
    /// # Errors
    /// `Unavailable`.
    pub fn put(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
        self.touch();
        self.transaction.put(table, key, value)
    }

    /// Removes a key. Tells whether it was there.
    ///
    /// # Errors
    /// `Unavailable`.
    pub fn remove(&mut self, table: Table, key: &[u8]) -> Result<bool, StoreError> {
        self.touch();
        self.transaction.remove(table, key)
    }

    /// Appends a record for a row, which will refer to its location.
    ///
    /// # Errors
    /// `Invalid` for a record that is too large.
    pub fn append(&mut self, row: [u8; 16], bytes: Bytes) -> Result<Location, StoreError> {
        self.touch();
        self.transaction.append(row, bytes)
    }

    /// Notes that a row refers to this location no longer.
    pub fn release(&mut self, location: Location) {
        self.touch();
        self.transaction.release(location);
    }

    /// Removes a segment in which nothing lives any more; another stays.
    ///
    /// # Errors
    /// `Unavailable`.
    pub fn remove_segment(&mut self, number: u32) -> Result<(), StoreError> {
        self.touch();
        self.transaction.remove_segment(number)
    }

    /// Notes that a row was made, changed or removed, with the index entries that follow.
    pub fn changed(&mut self, kind: &RowKind, row: [u8; 16], entries: Vec<IndexEntry>) {
        self.touch();
        self.transaction.changed(kind, row, entries);
    }

    /// The value of an index key, with what this batch changed.
    ///
    /// # Errors
    /// `Unavailable`.
    pub fn lookup(&self, index: Index, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.transaction.lookup(index, key)
    }

    /// Has the state changed once the batch is durable, and not at all if it is not.
    pub fn after_commit(&mut self, hook: impl FnOnce(&Shared<S>) + Send + 'static) {
        self.touch();
        self.hooks.push(Box::new(hook));
    }

    /// The notes that earlier members of the batch left under this type.
    #[must_use]
    pub fn overlay<T: 'static>(&self) -> Option<&T> {
        self.overlays.get(&TypeId::of::<T>())?.downcast_ref()
    }

    /// The notes to later members of the batch. They are gone with the batch, committed or not.
    pub fn overlay_mut<T: Default + 'static>(&mut self) -> &mut T {
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

    /// Tells whether something was written, noted or asked for since the last call.
    pub(crate) const fn take_touched(&mut self) -> bool {
        std::mem::replace(&mut self.touched, false)
    }

    /// True once anything was written at all.
    pub(crate) const fn has_written(&self) -> bool {
        self.wrote
    }

    pub(crate) fn failure(&self) -> Option<StoreError> {
        self.transaction.failure()
    }

    pub(crate) fn into_parts(self) -> (Inner<'t, S>, Vec<Hook<S>>) {
        (self.transaction, self.hooks)
    }

    const fn touch(&mut self) {
        self.touched = true;
        self.wrote = true;
    }
}

impl<S: State> Rows for Tx<'_, S> {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.transaction.get(table, key)
    }

    fn walk(&self, table: Table, span: &Span, visit: &mut Visit<'_>) -> Result<(), StoreError> {
        self.transaction.walk(table, span, visit)
    }
}
