//! The running store: an engine, the keys, the state that the nouns keep in memory, and the writer.

mod data_keys;
mod metrics;
mod tx;
mod write;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

pub use data_keys::{departed, forget_departed};
pub use metrics::WriterMetrics;
pub(crate) use tx::Hook;
pub use tx::Tx;
pub use write::{State, Write};

use crate::embedded::{self, Embedded, EngineOptions, Snapshot};
use crate::engine::Engine;
use crate::error::StoreError;
use crate::schema::Schema;
use crate::sealing::Vault;
pub(crate) use metrics::Counters;

/// Everything that the threads of a store share.
pub struct Shared<S: State> {
    /// The engine.
    pub engine: S::Engine,
    /// The keys that seal and open values.
    pub vault: Vault,
    /// The state of the nouns: changed only by hooks after a commit.
    pub state: S,
    /// True where the database was made by this start.
    pub was_created: bool,
    pub(crate) counters: Counters,
    ready: AtomicBool,
}

impl<S: State<Engine = Embedded>> Shared<S> {
    /// Opens the embedded engine and loads the state from what is committed. It waits for the disk.
    ///
    /// # Errors
    /// `Unavailable` when a file cannot be read or written, another process has it, the key ring is open to others or lacks the
    /// database's keys, or the database was written by a later version; or what `load` returns.
    pub fn open(
        options: &EngineOptions,
        schema: Schema,
        load: impl FnOnce(&Snapshot) -> Result<S, StoreError>,
    ) -> Result<Arc<Self>, StoreError> {
        let opened = embedded::open(options, schema)?;
        let (vault, state) = opened
            .engine
            .read(|rows| Ok((Vault::load(opened.ring, rows)?, load(rows)?)))?;
        Ok(Arc::new(Self {
            engine: opened.engine,
            vault,
            state,
            was_created: opened.was_created,
            counters: Counters::default(),
            ready: AtomicBool::new(true),
        }))
    }
}

impl<S: State> Shared<S> {
    /// True while writes are possible: from a failure of the engine until it recovered they are not.
    pub fn is_ready(&self) -> bool {
        self.can_write() && self.engine.is_ready()
    }

    /// The work of the writer since the start.
    pub fn metrics(&self) -> WriterMetrics {
        self.counters.read()
    }

    pub(crate) fn can_write(&self) -> bool {
        self.ready.load(Ordering::Acquire)
    }

    pub(crate) fn set_ready(&self, ready: bool) {
        self.ready.store(ready, Ordering::Release);
    }
}
