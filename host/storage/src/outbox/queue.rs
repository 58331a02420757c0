//! The outbox as the store holds it: the index behind a lock, whoever waits for something to send, and what is under way.

use std::sync::{Arc, Mutex, PoisonError};

use forgegate_model::ids::{ActionId, IntegrationId};
use forgegate_model::timestamp::Timestamp;
use tokio::sync::watch;

use super::index::{Destination, Index, Picked};
use super::row::{ACTION_GONE, StatusRow};
use crate::tx::Tx;

/// The outbox.
#[derive(Debug)]
pub(crate) struct Outbox {
    index: Mutex<Index>,
    arrived: watch::Sender<u64>,
}

impl Default for Outbox {
    fn default() -> Self {
        Self {
            index: Mutex::default(),
            arrived: watch::Sender::new(0),
        }
    }
}

impl Outbox {
    /// Asks the index.
    pub(super) fn with<T>(&self, ask: impl FnOnce(&mut Index) -> T) -> T {
        ask(&mut self.index.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn subscribe(&self) -> watch::Receiver<u64> {
        self.arrived.subscribe()
    }

    /// Picks what is due. Nobody else gets it, or another of its lane, until it is answered for or the reservation is dropped.
    pub(super) fn reserve(
        self: &Arc<Self>,
        now: Timestamp,
        most: usize,
        room: impl Fn(&Destination) -> usize,
    ) -> Vec<Arc<Reservation>> {
        let picked = self.with(|index| index.pick(now, most, room));
        let reserve = |picked| {
            Arc::new(Reservation {
                outbox: Arc::clone(self),
                picked,
            })
        };
        picked.into_iter().map(reserve).collect()
    }

    pub(super) fn wake_waiting(&self, integration: IntegrationId, at: Timestamp) {
        self.with(|index| index.wake(integration, at));
        self.wake();
    }

    fn wake(&self) {
        self.arrived.send_modify(|count| *count = count.wrapping_add(1));
    }
}

/// What was picked. Dropped before somebody answered for it, it waits again; after that it changes nothing. It travels with the write and
/// then with whoever sends, so that one who leaves loses nothing.
#[derive(Debug)]
pub(super) struct Reservation {
    outbox: Arc<Outbox>,
    pub(super) picked: Picked,
}

impl Reservation {
    /// What was picked waits again, unless somebody answered for it.
    pub(super) fn put_back(&self) {
        if self.outbox.with(|index| index.put_back(&self.picked)) {
            self.outbox.wake();
        }
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.put_back();
    }
}

/// Shows in memory, once it is committed, that a row waits.
pub(super) fn enter(tx: &mut Tx<'_>, row: &StatusRow) {
    let (id, waiting) = (row.id(), row.waiting());
    tx.after_commit(move |shared| {
        let outbox = &shared.memory.outbox;
        outbox.with(|index| index.enter(id, waiting));
        outbox.wake();
    });
}

/// Shows in memory, once it is committed, that a row waits no more and is not under way.
pub(super) fn leave(tx: &mut Tx<'_>, row: &StatusRow) {
    let (id, lane) = (row.id(), row.lane);
    tx.after_commit(move |shared| {
        let outbox = &shared.memory.outbox;
        outbox.with(|index| index.leave(id, lane));
        outbox.wake();
    });
}

/// Makes everything due that waits for an integration, once this is committed, and has it tried for the whole time again.
pub(crate) fn wake_integration(tx: &mut Tx<'_>, integration: IntegrationId, at: Timestamp) {
    tx.after_commit(move |shared| shared.memory.outbox.wake_waiting(integration, at));
}

/// Has everything fail that waits for an integration, once this is committed: the next `settle` writes it down, in steps. After a crash it
/// does so for integrations that are not there; of one that stays, the caller has to say it again at the start.
pub(crate) fn fail_integration(tx: &mut Tx<'_>, integration: IntegrationId, sentence: &str) {
    let sentence = sentence.to_owned();
    tx.after_commit(move |shared| {
        let outbox = &shared.memory.outbox;
        outbox.with(|index| index.end_integration(integration, &sentence));
    });
}

/// Has the web requests of an action fail, once this is committed, as `fail_integration` does. What it told forges is still told.
pub(crate) fn end_action(tx: &mut Tx<'_>, action: ActionId) {
    tx.after_commit(move |shared| {
        let outbox = &shared.memory.outbox;
        outbox.with(|index| index.end_action(action, ACTION_GONE));
    });
}
