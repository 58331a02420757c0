//! Secondary indexes: whatever is asked by another key than a row's own.
//!
//! The rows are the truth; every index can be made from them. A transaction appends to `changes`, under a number that the engine counts
//! up, one entry for each row made, changed or removed. A thread of its own applies them to a second file in sorted steps, so that a
//! scattered key never weighs on a request. A question takes that file and, from memory, what was committed and is not yet applied.

mod applier;
mod changes;
mod file;
mod filter;
mod memtable;
mod query;
mod rebuild;

use std::sync::atomic::{AtomicU64, Ordering};

pub(super) use applier::Applier;
#[cfg(feature = "testing")]
pub use changes::Change;
#[cfg(not(feature = "testing"))]
pub(super) use changes::Change;
pub(super) use changes::{append, last_change, trim};
pub(super) use file::IndexFile;
use filter::Filter;
use memtable::Memtable;
pub(super) use rebuild::{BroughtUp, bring_up};

use crate::schema::IndexEntry;

/// The index file, the entries that are not yet in it, the keys that it surely lacks, and how far it is durable.
pub(super) struct Indexes {
    pub(super) file: IndexFile,
    pub(super) memtable: Memtable,
    filter: Filter,
    durable: AtomicU64,
}

impl Indexes {
    pub(super) fn new(file: IndexFile, brought_up: BroughtUp) -> Self {
        let indexes = Self {
            file,
            memtable: Memtable::default(),
            filter: Filter::default(),
            durable: AtomicU64::new(brought_up.durable),
        };
        if let Some(rest) = brought_up.rest {
            rest.points().for_each(|(index, key)| indexes.filter.enter(index, key));
            indexes.memtable.begin_with(rest);
        }
        indexes
    }

    /// Takes the entries of a batch that was committed.
    pub(super) fn add(&self, upto: u64, entries: Vec<IndexEntry>) {
        let points = entries.iter().filter(|entry| entry.index.is_lookup);
        points.for_each(|entry| self.filter.enter(entry.index, &entry.key));
        self.memtable.add(upto, entries);
    }

    /// The number of the last change that a durable mark has passed: those before it are needed no more.
    pub(super) fn durable(&self) -> u64 {
        self.durable.load(Ordering::Acquire)
    }

    fn set_durable(&self, number: u64) {
        self.durable.fetch_max(number, Ordering::AcqRel);
    }
}
