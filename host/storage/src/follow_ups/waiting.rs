//! What waits to be asked, in memory: what is due, and what somebody has in hand.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use forgegate_model::follow_up::FollowUp;
use forgegate_model::ids::DeliveryId;
use forgegate_model::timestamp::Timestamp;
use tokio::sync::watch;

/// What waits.
#[derive(Debug)]
pub(crate) struct Waiting {
    index: Mutex<Index>,
    arrived: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Index {
    /// When each is due that is open.
    open: HashMap<DeliveryId, Timestamp>,
    /// What nobody has in hand.
    due: BTreeSet<(Timestamp, DeliveryId)>,
}

impl Default for Waiting {
    fn default() -> Self {
        Self {
            index: Mutex::default(),
            arrived: watch::Sender::new(0),
        }
    }
}

impl Waiting {
    /// Something is due then: it was begun, or is to be tried again.
    pub(super) fn enter(&self, delivery: DeliveryId, due: Timestamp) {
        self.with(|index| {
            if let Some(before) = index.open.insert(delivery, due) {
                index.due.remove(&(before, delivery));
            }
            index.due.insert((due, delivery));
        });
        self.wake();
    }

    /// Something is over.
    pub(super) fn leave(&self, delivery: DeliveryId) {
        self.with(|index| {
            if let Some(before) = index.open.remove(&delivery) {
                index.due.remove(&(before, delivery));
            }
        });
    }

    /// Takes into hand what is due, the longest due first.
    pub(super) fn reserve(self: &Arc<Self>, now: Timestamp, most: usize) -> Vec<Reservation> {
        self.with(|index| {
            let due: Vec<_> = index
                .due
                .iter()
                .take_while(|(at, _)| *at <= now)
                .take(most)
                .copied()
                .collect();
            for entry in &due {
                index.due.remove(entry);
            }
            let reserve = |(at, delivery)| Reservation {
                waiting: Arc::clone(self),
                delivery,
                at,
            };
            due.into_iter().map(reserve).collect()
        })
    }

    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.with(|index| index.due.first().map(|(at, _)| *at))
    }

    pub(super) fn open(&self) -> usize {
        self.with(|index| index.open.len())
    }

    pub(super) fn subscribe(&self) -> watch::Receiver<u64> {
        self.arrived.subscribe()
    }

    fn wake(&self) {
        self.arrived.send_modify(|count| *count = count.wrapping_add(1));
    }

    fn with<T>(&self, ask: impl FnOnce(&mut Index) -> T) -> T {
        ask(&mut self.index.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What somebody has in hand. Dropped before it was written what came of it, it is due again.
#[derive(Debug)]
pub(super) struct Reservation {
    waiting: Arc<Waiting>,
    delivery: DeliveryId,
    at: Timestamp,
}

impl Reservation {
    pub(super) const fn delivery(&self) -> DeliveryId {
        self.delivery
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let is_back = self.waiting.with(|index| {
            // Another time means that it was written down and waits for that.
            let is_open = index.open.get(&self.delivery) == Some(&self.at);
            is_open && index.due.insert((self.at, self.delivery))
        });
        if is_back {
            self.waiting.wake();
        }
    }
}

/// Follow-up work in somebody's hand.
#[derive(Debug)]
pub struct TakenFollowUp {
    /// What it is.
    pub follow_up: FollowUp,
    #[expect(dead_code, reason = "held until it is dropped")]
    pub(super) reservation: Reservation,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u8) -> DeliveryId {
        DeliveryId::from_bytes([number; 16])
    }

    #[test]
    fn what_is_taken_is_nobody_elses_and_comes_back_unless_it_was_written_down() {
        let waiting = Arc::new(Waiting::default());
        let at = Timestamp::from_seconds;
        for (number, due) in [(1, 5), (2, 3), (3, 9)] {
            waiting.enter(id(number), at(due));
        }
        let taken = waiting.reserve(at(5), 8);
        assert_eq!(
            taken.iter().map(Reservation::delivery).collect::<Vec<_>>(),
            [id(2), id(1)]
        );
        assert!(waiting.reserve(at(5), 8).is_empty());
        waiting.leave(id(2));
        waiting.enter(id(1), at(20));
        drop(taken);
        assert_eq!((waiting.next_due(), waiting.open()), (Some(at(9)), 2));
        drop(waiting.reserve(at(9), 1));
        assert_eq!(waiting.next_due(), Some(at(9)), "nobody wrote it down");
    }
}
