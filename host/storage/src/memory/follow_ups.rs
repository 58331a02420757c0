//! The open follow-up work in memory: what is due, and what somebody has in hand.

use std::collections::{BTreeSet, HashMap};

use forgegate_model::ids::DeliveryId;
use forgegate_model::timestamp::Timestamp;

use super::queue::QueueIndex;

/// The open follow-up work.
#[derive(Debug, Default)]
pub(crate) struct Index {
    /// The time at which each is due that is open.
    open: HashMap<DeliveryId, Timestamp>,
    /// Those that nobody has in hand.
    due: BTreeSet<(Timestamp, DeliveryId)>,
}

impl Index {
    /// Something is due then: it was begun, or is to be tried again.
    pub(crate) fn enter(&mut self, delivery: DeliveryId, due: Timestamp) {
        self.leave(delivery);
        self.open.insert(delivery, due);
        self.due.insert((due, delivery));
    }

    /// Something is over.
    pub(crate) fn leave(&mut self, delivery: DeliveryId) {
        if let Some(before) = self.open.remove(&delivery) {
            self.due.remove(&(before, delivery));
        }
    }

    /// Takes into hand what is due, the longest due first.
    pub(crate) fn pick(&mut self, now: Timestamp, most: usize) -> Vec<(Timestamp, DeliveryId)> {
        let due = self.due.iter().take_while(|(at, _)| *at <= now).take(most);
        let due: Vec<_> = due.copied().collect();
        for entry in &due {
            self.due.remove(entry);
        }
        due
    }

    /// The time at which the next is due.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        self.due.first().map(|(at, _)| *at)
    }

    /// The number of those that are open.
    pub(crate) fn open(&self) -> usize {
        self.open.len()
    }
}

impl QueueIndex for Index {
    type Picked = (Timestamp, DeliveryId);

    fn put_back(&mut self, picked: &(Timestamp, DeliveryId)) -> bool {
        // Another time means that it was written down and waits for that.
        self.open.get(&picked.1) == Some(&picked.0) && self.due.insert(*picked)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::queue::Queue;
    use super::*;

    fn id(number: u8) -> DeliveryId {
        DeliveryId::from_bytes([number; 16])
    }

    #[test]
    fn what_is_taken_is_nobody_elses_and_comes_back_unless_it_was_written_down() {
        let queue = Arc::new(Queue::<Index>::default());
        let at = Timestamp::from_seconds;
        let pick = |now, most| {
            let picked = queue.with(|index| index.pick(now, most)).into_iter();
            picked.map(|it| queue.reserve(it)).collect::<Vec<_>>()
        };
        for (number, due) in [(1, 5), (2, 3), (3, 9)] {
            queue.change(|index| index.enter(id(number), at(due)));
        }
        let taken = pick(at(5), 8);
        assert_eq!(taken.iter().map(|it| it.1).collect::<Vec<_>>(), [id(2), id(1)]);
        assert!(pick(at(5), 8).is_empty());
        queue.with(|index| index.leave(id(2)));
        queue.change(|index| index.enter(id(1), at(20)));
        drop(taken);
        let next = || queue.with(|index| (index.next_due(), index.open()));
        assert_eq!(next(), (Some(at(9)), 2));
        drop(pick(at(9), 1));
        assert_eq!(next().0, Some(at(9)), "nobody wrote it down");
    }
}
