//! A queue in memory: an index behind a lock, whoever waits for something in it, and reservations of what was picked.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use forgegate_model::lock::Lock;
use tokio::sync::watch;

/// An index from which things are picked.
pub(crate) trait QueueIndex: Default + fmt::Debug {
    /// The thing that was picked.
    type Picked: fmt::Debug;

    /// Puts back what was picked, unless somebody answered for it. Tells whether something can be picked now that could not before.
    fn put_back(&mut self, picked: &Self::Picked) -> bool;
}

/// A queue.
#[derive(Debug)]
pub(crate) struct Queue<I> {
    index: Lock<I>,
    arrived: watch::Sender<u64>,
}

impl<I: Default> Default for Queue<I> {
    fn default() -> Self {
        Self {
            index: Lock::default(),
            arrived: watch::Sender::new(0),
        }
    }
}

impl<I: QueueIndex> Queue<I> {
    /// Works on the index alone.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&mut I) -> T) -> T {
        work(&mut self.index.lock())
    }

    /// Changes the index, and wakes who waits.
    pub(crate) fn change(&self, work: impl FnOnce(&mut I)) {
        self.with(work);
        self.wake();
    }

    /// Wakes who waits.
    pub(crate) fn wake(&self) {
        self.arrived.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// A count that changes whenever something may be picked that could not be before.
    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.arrived.subscribe()
    }

    /// Holds what was picked until somebody answers for it.
    pub(crate) fn reserve(self: &Arc<Self>, picked: I::Picked) -> Reservation<I> {
        Reservation {
            queue: Arc::clone(self),
            picked,
        }
    }
}

/// Something that was picked. Dropped before somebody answered for it, it is put back; after that it changes nothing. It travels with the
/// write, so that a caller that leaves loses nothing.
#[derive(Debug)]
pub(crate) struct Reservation<I: QueueIndex> {
    queue: Arc<Queue<I>>,
    picked: I::Picked,
}

impl<I: QueueIndex> Reservation<I> {
    /// Puts back what was picked, unless somebody answered for it.
    pub(crate) fn put_back(&self) {
        if self.queue.with(|index| index.put_back(&self.picked)) {
            self.queue.wake();
        }
    }
}

impl<I: QueueIndex> Deref for Reservation<I> {
    type Target = I::Picked;

    fn deref(&self) -> &I::Picked {
        &self.picked
    }
}

impl<I: QueueIndex> Drop for Reservation<I> {
    fn drop(&mut self) {
        self.put_back();
    }
}
