//! The queue as the store holds it: the index behind a lock, whoever waits for work, and what was picked but does not run yet.

use std::sync::{Arc, Mutex, PoisonError};

use forgegate_model::ids::{EvaluationId, ProjectId};
use tokio::sync::watch;

use super::index::{Change, Claim, Index, Picked};

/// The queue.
#[derive(Debug)]
pub(crate) struct Queue {
    index: Mutex<Index>,
    arrived: watch::Sender<u64>,
}

impl Default for Queue {
    fn default() -> Self {
        Self {
            index: Mutex::default(),
            arrived: watch::Sender::new(0),
        }
    }
}

impl Queue {
    /// Asks the index.
    pub(super) fn with<T>(&self, ask: impl FnOnce(&mut Index) -> T) -> T {
        ask(&mut self.index.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Enters what was committed, and wakes who waits where something can be claimed now.
    pub(super) fn enter(&self, change: Change) {
        if self.with(|index| index.enter(change)) {
            self.wake();
        }
    }

    pub(super) fn subscribe(&self) -> watch::Receiver<u64> {
        self.arrived.subscribe()
    }

    /// Picks the next for a worker. It is nobody else's until the reservation is dropped.
    pub(super) fn reserve(
        self: &Arc<Self>,
        claim: &Claim,
        is_serial: impl Fn(ProjectId) -> bool,
    ) -> Option<Reservation> {
        let picked = self.with(|index| index.pick(claim, is_serial))?;
        Some(Reservation {
            queue: Arc::clone(self),
            picked,
        })
    }

    fn wake(&self) {
        self.arrived.send_modify(|count| *count = count.wrapping_add(1));
    }
}

/// What was picked for a worker. Dropped before its row says that it runs, it goes back to its place; after that it changes nothing.
/// It travels with the write, so that a caller that leaves loses nothing.
#[derive(Debug)]
pub(super) struct Reservation {
    queue: Arc<Queue>,
    picked: Picked,
}

impl Reservation {
    pub(super) const fn id(&self) -> EvaluationId {
        self.picked.id
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if self.queue.with(|index| index.put_back(self.picked)) {
            self.queue.wake();
        }
    }
}
