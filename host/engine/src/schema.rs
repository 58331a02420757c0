//! The schema that the nouns hand to an engine: kinds of rows, and the secondary indexes that are made of them.

use std::hash::{Hash, Hasher};

use crate::error::StoreError;
use crate::rows::{Rows, Table};

/// A secondary index: a table whose keys follow from rows. Its number is on disk.
#[derive(Clone, Copy, Debug)]
pub struct Index {
    pub(crate) number: u8,
    pub(crate) table: Table,
    pub(crate) is_lookup: bool,
    pub(crate) is_long_kept: bool,
}

impl Index {
    /// An index that is asked for one key at a time, also by later members of one batch. Its keys begin with 16 bytes of a hash.
    #[must_use]
    pub const fn lookup(number: u8, table: &'static str) -> Self {
        Self {
            number,
            table: Table(table),
            is_lookup: true,
            is_long_kept: false,
        }
    }

    /// An index that is walked.
    #[must_use]
    pub const fn list(number: u8, table: &'static str) -> Self {
        Self {
            is_lookup: false,
            ..Self::lookup(number, table)
        }
    }

    /// The same index with a Bloom filter apart from the others', since its keys are kept for so long that they would fill theirs.
    #[must_use]
    pub const fn long_kept(self) -> Self {
        Self {
            is_long_kept: true,
            ..self
        }
    }
}

impl PartialEq for Index {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Eq for Index {}

impl PartialOrd for Index {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Index {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.number.cmp(&other.number)
    }
}

impl Hash for Index {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.number.hash(state);
    }
}

/// The new state of an index key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IndexChange {
    /// It has this value.
    Put(Vec<u8>),
    /// It is removed.
    Remove,
}

/// A change of one key of one index. Applying it twice changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexEntry {
    /// The index.
    pub index: Index,
    /// The key.
    pub key: Vec<u8>,
    /// Its new state.
    pub change: IndexChange,
}

impl IndexEntry {
    /// A key with a value.
    #[must_use]
    pub const fn put(index: Index, key: Vec<u8>, value: Vec<u8>) -> Self {
        Self {
            index,
            key,
            change: IndexChange::Put(value),
        }
    }

    /// The key of a list: what it lists by, and the id of the row, which orders it.
    #[must_use]
    pub fn listed(index: Index, by: &[u8; 16], row: &[u8; 16]) -> Self {
        Self::put(index, [by.as_slice(), row].concat(), Vec::new())
    }

    /// The removal of the same key.
    #[must_use]
    pub fn removed(self) -> Self {
        Self {
            change: IndexChange::Remove,
            ..self
        }
    }
}

/// The index entries of a row, made from its id and bytes.
pub type EntriesOfRow = fn([u8; 16], &[u8]) -> Result<Vec<IndexEntry>, StoreError>;

/// A table of rows with ids of 16 bytes from which index entries follow. Its number is on disk.
#[derive(Clone, Copy, Debug)]
pub struct RowKind {
    /// Its number in the log of changes.
    pub number: u8,
    /// The table of its rows.
    pub table: Table,
    /// The index entries of a row, from its id and bytes alone.
    pub entries: EntriesOfRow,
}

/// A transaction that brings one layout to the next.
pub trait LayoutTransaction: Rows {
    /// Writes a value.
    ///
    /// # Errors
    /// `Unavailable`.
    fn put(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<(), StoreError>;
}

/// A step from one layout to the next. It sees the tables as the layout before had them, and uses no type of a row that may change later.
#[derive(Clone, Copy, Debug)]
pub struct LayoutStep {
    /// The layout that it begins from.
    pub from: u32,
    /// Its work.
    pub apply: fn(&mut dyn LayoutTransaction) -> Result<(), StoreError>,
}

/// Everything that an engine is told of the nouns.
#[derive(Clone, Copy, Debug)]
pub struct Schema {
    /// The version of the tables and of what their keys mean. A change gets the next number, and a step to it.
    pub layout: u32,
    /// The steps that bring an older layout here.
    pub steps: &'static [LayoutStep],
    /// The kinds of rows that indexes are made of, in the order in which a rebuild reads them.
    pub kinds: &'static [RowKind],
    /// The secondary indexes.
    pub indexes: &'static [Index],
}

impl Schema {
    pub(crate) fn kind(&self, number: u8) -> Option<&'static RowKind> {
        self.kinds.iter().find(|kind| kind.number == number)
    }

    pub(crate) fn index(&self, number: u8) -> Option<Index> {
        self.indexes.iter().copied().find(|index| index.number == number)
    }

    /// The indexes that are asked for one key at a time.
    pub(crate) fn lookups(&self) -> impl Iterator<Item = Index> {
        self.indexes.iter().copied().filter(|index| index.is_lookup)
    }
}
