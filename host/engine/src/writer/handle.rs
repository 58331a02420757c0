//! The handle that callers hold: reading on threads that may wait for the disk, and the way to the writer.

use std::sync::Arc;

use super::{Waiting, Writer};
use crate::engine::Engine;
use crate::error::StoreError;
use crate::shared::{Shared, State, Write};

/// A running store. Cloning is cheap; the writer ends and the files are closed when the last clone goes.
pub struct Handle<S: State> {
    /// Ends first.
    writer: Arc<Writer<S>>,
    shared: Arc<Shared<S>>,
}

impl<S: State> Clone for Handle<S> {
    fn clone(&self) -> Self {
        Self {
            writer: Arc::clone(&self.writer),
            shared: Arc::clone(&self.shared),
        }
    }
}

impl<S: State> Handle<S> {
    /// Starts the writer.
    ///
    /// # Errors
    /// `Unavailable` where the system gives no thread.
    pub fn start(shared: Arc<Shared<S>>) -> Result<Self, StoreError> {
        Ok(Self {
            writer: Arc::new(Writer::start(Arc::clone(&shared))?),
            shared,
        })
    }

    /// The shared state.
    #[must_use]
    pub fn shared(&self) -> &Shared<S> {
        &self.shared
    }

    /// Hands a write to the writer and waits until it is durable.
    ///
    /// # Errors
    /// The write's own, `Busy`, `Expired`, or `Unavailable`.
    pub async fn write<W: Write<S>>(&self, write: W) -> Result<W::Output, StoreError> {
        self.hand_over(write)?.answer().await
    }

    /// Hands a write to the writer.
    ///
    /// # Errors
    /// `Busy` when too many wait, `Unavailable` when the writer is gone.
    pub fn hand_over<W: Write<S>>(&self, write: W) -> Result<Waiting<W::Output>, StoreError> {
        self.writer.send(write)
    }

    /// Reads what is committed, on a thread that may wait for the disk.
    ///
    /// # Errors
    /// What `read` returns, or `Unavailable`.
    pub async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Shared<S>, &<S::Engine as Engine>::Snapshot) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let shared = Arc::clone(&self.shared);
        tokio::task::spawn_blocking(move || shared.engine.read(|rows| read(&shared, rows)))
            .await
            .map_err(|_| StoreError::Unavailable("the reading panicked".to_owned()))?
    }

    /// Writes what was counted in memory. What was answered as recorded is on disk without it.
    ///
    /// # Errors
    /// When storage is unavailable: then what was counted since the last second is lost.
    pub async fn close(self) -> Result<(), StoreError> {
        match self.shared.state.flush() {
            Some(flush) => self.write(flush).await,
            None => Ok(()),
        }
    }
}
