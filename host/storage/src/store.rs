//! The store: what the rest of the program holds, opened once.

use forgegate_engine::{Engine, Handle, Owner, State, StoreError, Waiting, Write};
use forgegate_model::ids::OrganizationId;

use crate::memory::{Change, Directory, MemoryState};

/// The shared state of this crate's store.
pub(crate) type Shared = forgegate_engine::Shared<MemoryState>;
/// A transaction of this crate's writes.
pub(crate) type Tx<'t> = forgegate_engine::Tx<'t, MemoryState>;
/// A reading of this crate's rows.
pub(crate) type Snapshot = <<MemoryState as State>::Engine as Engine>::Snapshot;

/// The owner of an organization's data key.
pub(crate) const fn tenant(id: OrganizationId) -> Owner {
    Owner::Tenant(*id.as_bytes())
}

/// Has the directory show a change once it is committed.
pub(crate) fn update_directory(tx: &mut Tx<'_>, change: Change) {
    tx.after_commit(move |shared| shared.state.directory.enter([change]));
}

/// Everything that is kept. Cloning is cheap; the files are closed when the last clone goes.
#[derive(Clone)]
pub struct Store {
    handle: Handle<MemoryState>,
}

impl Store {
    pub(crate) const fn of(handle: Handle<MemoryState>) -> Self {
        Self { handle }
    }

    /// The configuration in memory.
    #[must_use]
    pub fn directory(&self) -> &Directory {
        &self.shared().state.directory
    }

    /// True where the database was made by this `open`.
    #[must_use]
    pub fn was_created(&self) -> bool {
        self.shared().was_created
    }

    /// True while writes are possible: from a failure of the disk until the database was opened anew they are not.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.shared().is_ready()
    }

    /// A key for a purpose, from the newest key of the ring. It changes when the ring gets another.
    #[must_use]
    pub fn derive_key(&self, purpose: &str) -> [u8; 32] {
        self.shared().vault.derive(purpose)
    }

    /// Writes what was counted in memory. What was answered as recorded is on disk without it.
    ///
    /// # Errors
    /// When storage is unavailable: then what was counted since the last second is lost.
    pub async fn close(self) -> Result<(), StoreError> {
        self.handle.close().await
    }

    /// Hands a write to the writer and waits until it is durable.
    pub(crate) async fn write<W: Write<MemoryState>>(&self, write: W) -> Result<W::Output, StoreError> {
        self.handle.write(write).await
    }

    /// Hands a write to the writer.
    pub(crate) fn hand_over<W: Write<MemoryState>>(&self, write: W) -> Result<Waiting<W::Output>, StoreError> {
        self.handle.hand_over(write)
    }

    /// The shared state.
    pub(crate) fn shared(&self) -> &Shared {
        self.handle.shared()
    }

    /// Reads what is committed, on a thread that may wait for the disk.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Shared, &Snapshot) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.handle.read(read).await
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Store")
            .field("folder", &self.shared().state.options.folder)
            .finish_non_exhaustive()
    }
}
