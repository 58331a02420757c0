//! A transaction under way, as a write sees it.

use std::any::{Any, TypeId};
use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::ControlFlow;

use crate::error::StoreError;
use crate::rows::{Row, Rows, Span, Table, encode, walk_table};
use crate::store::Shared;

type Open<'t> = redb::Table<'t, &'static [u8], &'static [u8]>;
type Hook = Box<dyn FnOnce(&Shared) + Send>;

/// What a batch does besides rows: applied only once the rows are durable.
#[derive(Default)]
pub(crate) struct Effects {
    hooks: Vec<Hook>,
}

impl Effects {
    /// Applies them, in the order they were asked for.
    pub(crate) fn apply(self, shared: &Shared) {
        for hook in self.hooks {
            hook(shared);
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
    pub(crate) fn put_row<R: Row>(
        &mut self,
        table: Table,
        key: &[u8],
        row: &R,
    ) -> Result<(), StoreError> {
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

    /// Closes the tables and hands out what is to follow the commit.
    pub(crate) fn into_effects(self) -> Effects {
        self.effects
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
        self.broken
            .borrow_mut()
            .get_or_insert_with(|| error.clone());
        error
    }
}

impl Rows for Tx<'_> {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        use redb::ReadableTable;
        self.table(table, |open| {
            open.get(key)
                .map(|value| value.map(|value| value.value().to_vec()))
        })
    }

    fn walk(
        &self,
        table: Table,
        span: &Span,
        visit: &mut dyn FnMut(&[u8], &[u8]) -> Result<ControlFlow<()>, StoreError>,
    ) -> Result<(), StoreError> {
        let mut walked = Ok(());
        self.table(table, |open| {
            walked = walk_table(open, span, visit);
            Ok(())
        })?;
        walked
    }
}
