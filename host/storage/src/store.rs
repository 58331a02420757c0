//! The store: what the rest of the program holds, opened once.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::audit::Calls;
use crate::database::{Database, Snapshot};
use crate::deliveries::Repeats;
use crate::error::StoreError;
use crate::keep::Keep;
use crate::memory::Memory;
use crate::metrics::Metrics;
use crate::open;
use crate::refusals::Counters;
use crate::sealing::Vault;
use crate::segments::Segments;
use crate::views::{Applier, Views};
use crate::writer::{Waiting, Write, Writer};

/// How a store is opened.
#[derive(Clone, Debug)]
pub struct Options {
    /// The folder of its files. Made if it is not there.
    pub folder: PathBuf,
    /// The key file; none means `keys` in the folder.
    pub keys: Option<PathBuf>,
    /// How long a delivery with an id of the forge's is recognised.
    pub dedup_window: Duration,
    /// How long a delivery without one is recognised, by event and digest.
    pub digest_window: Duration,
    /// Memory for pages of both files.
    pub cache_bytes: usize,
    /// How statuses at a commit are named: a text with `{organization}` and `{project}`, for the whole of an evaluation.
    pub status_context: String,
}

impl Options {
    /// What is usual, in this folder.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            keys: None,
            dedup_window: Duration::from_hours(7 * 24),
            digest_window: Duration::from_mins(10),
            cache_bytes: 64 << 20,
            status_context: "forgegate/{organization}/{project}".to_owned(),
        }
    }
}

/// Which part of a list is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Where the page before ended; none for the first.
    pub cursor: Option<String>,
    /// How many at most.
    pub limit: usize,
}

/// A part of a list, the newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed<T> {
    /// The items.
    pub items: Vec<T>,
    /// The cursor of the next part; none where this is the last.
    pub next: Option<String>,
}

/// Everything that is kept. Cloning is cheap; the files are closed when the last clone goes.
#[derive(Clone)]
pub struct Store {
    threads: Arc<Threads>,
    shared: Arc<Shared>,
}

/// In the order in which they end: what the last write changed is applied to the views.
struct Threads {
    writer: Writer,
    _applier: Applier,
}

/// What the threads of the store have in common.
pub(crate) struct Shared {
    pub(crate) database: Database,
    pub(crate) database_id: [u8; 16],
    pub(crate) segments: Segments,
    pub(crate) views: Views,
    pub(crate) vault: Vault,
    pub(crate) memory: Memory,
    pub(crate) repeats: Repeats,
    pub(crate) refusals: Counters,
    pub(crate) calls: Calls,
    pub(crate) figures: Metrics,
    pub(crate) options: Options,
    pub(crate) was_created: bool,
    pub(crate) ready: AtomicBool,
}

impl Store {
    /// Opens the files, or makes key ring and database together where neither is there. It waits for the disk.
    ///
    /// # Errors
    /// When a file cannot be read or written, another process has it, the key ring is open to others or lacks the database's keys, or the
    /// database was written by a later version.
    pub fn open(options: Options) -> Result<Self, StoreError> {
        let shared = Arc::new(open::open(options)?);
        let threads = Threads {
            writer: Writer::start(Arc::clone(&shared))?,
            _applier: Applier::start(Arc::clone(&shared))?,
        };
        Ok(Self {
            threads: Arc::new(threads),
            shared,
        })
    }

    /// Whether the database was made by this `open`.
    #[must_use]
    pub fn was_created(&self) -> bool {
        self.shared.was_created
    }

    /// Whether writes are possible: false from a failure of the disk until the database was opened anew.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.shared.is_ready() && self.shared.views.file.is_trusted()
    }

    /// A key for a purpose, from the newest key of the ring. It changes when the ring gets another.
    #[must_use]
    pub fn derive_key(&self, purpose: &str) -> [u8; 32] {
        self.shared.vault.ring().newest().derive(purpose)
    }

    /// Writes what was counted in memory. What was answered as recorded is on disk without it.
    ///
    /// # Errors
    /// When storage is unavailable: then what was counted since the last second is lost.
    pub async fn close(self) -> Result<(), StoreError> {
        match Keep::due(&self.shared) {
            Some(keep) => self.write(keep).await,
            None => Ok(()),
        }
    }

    /// Hands a write to the writer and waits until it is durable.
    pub(crate) async fn write<W: Write>(&self, write: W) -> Result<W::Output, StoreError> {
        self.hand_over(write)?.answer().await
    }

    /// Hands a write to the writer.
    pub(crate) fn hand_over<W: Write>(&self, write: W) -> Result<Waiting<W::Output>, StoreError> {
        self.threads.writer.send(write)
    }

    /// What is in memory.
    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    /// Reads what is committed, on a thread that may wait for the disk.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Shared, &Snapshot) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let shared = Arc::clone(&self.shared);
        tokio::task::spawn_blocking(move || shared.database.read(|rows| read(&shared, rows)))
            .await
            .map_err(|_| StoreError::Unavailable("the reading panicked".to_owned()))?
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Store")
            .field("folder", &self.shared.options.folder)
            .finish_non_exhaustive()
    }
}

impl Shared {
    pub(crate) fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Acquire)
    }

    pub(crate) fn set_ready(&self) {
        self.ready.store(true, Ordering::Release);
    }

    pub(crate) fn set_not_ready(&self) {
        self.ready.store(false, Ordering::Release);
    }
}
