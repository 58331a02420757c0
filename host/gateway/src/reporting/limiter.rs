//! How much is told at once: in all, to one destination, and to one host, so that a slow one holds nobody else up.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use forgegate_storage::Destination;
use tokio::sync::Notify;

/// Statuses under way at once.
const IN_ALL: usize = 64;
/// Of them, to one host, however many destinations lie there.
const FOR_A_HOST: usize = 16;
/// Of them, to one destination.
const FOR_EACH: usize = 8;

/// Who tells what.
#[derive(Default)]
pub struct ConcurrencyLimiter {
    taken: Mutex<Taken>,
    freed: Notify,
}

#[derive(Default)]
struct Taken {
    all: usize,
    of: HashMap<Destination, usize>,
    at: HashMap<String, usize>,
}

impl Taken {
    fn left_at(&self, host: &str, most: usize) -> usize {
        let at = self.at.get(host).copied().unwrap_or_default();
        FOR_A_HOST.min(most).saturating_sub(at)
    }
}

/// One status under way; given back when it is dropped.
pub struct SendPermit {
    desk: Arc<ConcurrencyLimiter>,
    destination: Destination,
    host: String,
}

/// What may be taken in one go: what is given away here is gone for whoever asks next, also before a seat is taken.
pub struct Round {
    left: Mutex<HashMap<String, usize>>,
    desk: Arc<ConcurrencyLimiter>,
}

impl ConcurrencyLimiter {
    /// How many more may be told in all.
    pub fn left(&self) -> usize {
        IN_ALL.saturating_sub(self.lock().all)
    }

    /// How many more may be told to this destination at that host, which takes at most so many.
    pub fn room(&self, destination: &Destination, host: &str, most: usize) -> usize {
        let taken = self.lock();
        let of = taken.of.get(destination).copied().unwrap_or_default();
        FOR_EACH.saturating_sub(of).min(taken.left_at(host, most))
    }

    /// A round of taking.
    pub fn round(self: &Arc<Self>) -> Round {
        Round {
            left: Mutex::default(),
            desk: Arc::clone(self),
        }
    }

    /// Takes a seat. Whoever takes one has asked for room before.
    pub fn take(self: &Arc<Self>, destination: &Destination, host: String) -> SendPermit {
        let mut taken = self.lock();
        taken.all += 1;
        *taken.of.entry(destination.clone()).or_default() += 1;
        *taken.at.entry(host.clone()).or_default() += 1;
        drop(taken);
        SendPermit {
            desk: Arc::clone(self),
            destination: destination.clone(),
            host,
        }
    }

    /// Waits until a seat was given back since the last time.
    pub async fn freed(&self) {
        self.freed.notified().await;
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Round {
    /// Gives this destination at that host, which takes at most so many, as many seats as there are.
    pub fn give(&self, destination: &Destination, host: &str, most: usize) -> usize {
        let room = self.desk.room(destination, host, most);
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let left = left
            .entry(host.to_owned())
            .or_insert_with(|| self.desk.lock().left_at(host, most));
        let given = room.min(*left);
        *left -= given;
        given
    }
}

impl Drop for SendPermit {
    fn drop(&mut self) {
        let mut taken = self.desk.lock();
        taken.all = taken.all.saturating_sub(1);
        give_back(&mut taken.of, &self.destination);
        give_back(&mut taken.at, &self.host);
        drop(taken);
        self.desk.freed.notify_one();
    }
}

fn give_back<K: std::hash::Hash + Eq>(counts: &mut HashMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count = count.saturating_sub(1);
        if *count == 0 {
            counts.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn destination(name: &str) -> Destination {
        Destination::Host(name.into())
    }

    #[tokio::test]
    async fn one_destination_never_takes_all_and_a_seat_comes_back() {
        let desk = Arc::new(ConcurrencyLimiter::default());
        let (slow, other) = (destination("slow"), destination("other"));
        let mut seats: Vec<_> = (0..FOR_EACH).map(|_| desk.take(&slow, "s".into())).collect();
        assert_eq!(
            (desk.room(&slow, "s", IN_ALL), desk.room(&other, "o", IN_ALL)),
            (0, FOR_EACH)
        );
        assert_eq!(desk.left(), IN_ALL - FOR_EACH);
        seats.pop();
        desk.freed().await;
        assert_eq!(desk.room(&slow, "s", IN_ALL), 1);
        drop(seats);
        assert_eq!(desk.left(), IN_ALL);
    }

    #[test]
    fn many_destinations_at_one_host_take_no_more_than_the_host_gets() {
        let desk = Arc::new(ConcurrencyLimiter::default());
        let _seat = desk.take(&destination("0"), "dead".into());
        let round = desk.round();
        let given: usize = (1..20)
            .map(|it| round.give(&destination(&it.to_string()), "dead", IN_ALL))
            .sum();
        assert_eq!(given, FOR_A_HOST - 1);
        assert_eq!(round.give(&destination("well"), "well", IN_ALL), FOR_EACH);
    }

    #[test]
    fn a_host_that_is_tried_gets_a_single_call() {
        let desk = Arc::new(ConcurrencyLimiter::default());
        let round = desk.round();
        let given: Vec<_> = (0..3)
            .map(|it| round.give(&destination(&it.to_string()), "half", 1))
            .collect();
        assert_eq!(given, [1, 0, 0]);
        let _seat = desk.take(&destination("0"), "half".into());
        assert_eq!(desk.room(&destination("1"), "half", 1), 0);
    }
}
