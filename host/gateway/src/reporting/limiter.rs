//! The limits of concurrent sends: in all, to one destination, and to one host, so that a slow one holds nobody else up.

use std::collections::HashMap;
use std::sync::Arc;

use forgegate_model::lock::Lock;
use forgegate_storage::Destination;
use tokio::sync::Notify;

/// Statuses under way at once.
const IN_ALL: usize = 64;
/// Of them, to one host, however many destinations lie there.
const FOR_A_HOST: usize = 16;
/// Of them, to one destination.
const FOR_EACH: usize = 8;

/// The limiter of concurrent sends: it counts the permits under way.
#[derive(Default)]
pub struct ConcurrencyLimiter {
    taken: Lock<Taken>,
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

/// The permit of one status under way; given back when it is dropped.
pub struct SendPermit {
    limiter: Arc<ConcurrencyLimiter>,
    destination: Destination,
    host: String,
}

/// The room of one read of the outbox: what is reserved here is gone for whoever asks next, also before a permit is taken.
pub struct Round {
    left: Lock<HashMap<String, usize>>,
    limiter: Arc<ConcurrencyLimiter>,
}

impl ConcurrencyLimiter {
    /// The number of permits left in all.
    pub fn left(&self) -> usize {
        IN_ALL.saturating_sub(self.taken.lock().all)
    }

    /// The number of permits left for this destination at that host, which takes at most so many.
    pub fn room(&self, destination: &Destination, host: &str, most: usize) -> usize {
        let taken = self.taken.lock();
        let of = taken.of.get(destination).copied().unwrap_or_default();
        FOR_EACH.saturating_sub(of).min(taken.left_at(host, most))
    }

    /// The room for one read of the outbox.
    pub fn round(self: &Arc<Self>) -> Round {
        Round {
            left: Lock::default(),
            limiter: Arc::clone(self),
        }
    }

    /// Takes a permit. The caller has asked for room before.
    pub fn take(self: &Arc<Self>, destination: &Destination, host: String) -> SendPermit {
        let mut taken = self.taken.lock();
        taken.all += 1;
        *taken.of.entry(destination.clone()).or_default() += 1;
        *taken.at.entry(host.clone()).or_default() += 1;
        drop(taken);
        SendPermit {
            limiter: Arc::clone(self),
            destination: destination.clone(),
            host,
        }
    }

    /// Waits until a permit was given back since the last time.
    pub async fn freed(&self) {
        self.freed.notified().await;
    }
}

impl Round {
    /// Reserves as many permits as there are for this destination at that host, which takes at most so many.
    pub fn reserve(&self, destination: &Destination, host: &str, most: usize) -> usize {
        let room = self.limiter.room(destination, host, most);
        let mut left = self.left.lock();
        let left = left
            .entry(host.to_owned())
            .or_insert_with(|| self.limiter.taken.lock().left_at(host, most));
        let given = room.min(*left);
        *left -= given;
        given
    }
}

impl Drop for SendPermit {
    fn drop(&mut self) {
        let mut taken = self.limiter.taken.lock();
        taken.all = taken.all.saturating_sub(1);
        give_back(&mut taken.of, &self.destination);
        give_back(&mut taken.at, &self.host);
        drop(taken);
        self.limiter.freed.notify_one();
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
    async fn one_destination_never_takes_all_and_a_permit_comes_back() {
        let limiter = Arc::new(ConcurrencyLimiter::default());
        let (slow, other) = (destination("slow"), destination("other"));
        let mut permits: Vec<_> = (0..FOR_EACH).map(|_| limiter.take(&slow, "s".into())).collect();
        assert_eq!(
            (limiter.room(&slow, "s", IN_ALL), limiter.room(&other, "o", IN_ALL)),
            (0, FOR_EACH)
        );
        assert_eq!(limiter.left(), IN_ALL - FOR_EACH);
        permits.pop();
        limiter.freed().await;
        assert_eq!(limiter.room(&slow, "s", IN_ALL), 1);
        drop(permits);
        assert_eq!(limiter.left(), IN_ALL);
    }

    #[test]
    fn many_destinations_at_one_host_take_no_more_than_the_host_gets() {
        let limiter = Arc::new(ConcurrencyLimiter::default());
        let _permit = limiter.take(&destination("0"), "dead".into());
        let round = limiter.round();
        let given: usize = (1..20)
            .map(|it| round.reserve(&destination(&it.to_string()), "dead", IN_ALL))
            .sum();
        assert_eq!(given, FOR_A_HOST - 1);
        assert_eq!(round.reserve(&destination("well"), "well", IN_ALL), FOR_EACH);
    }

    #[test]
    fn a_host_that_is_tried_gets_a_single_call() {
        let limiter = Arc::new(ConcurrencyLimiter::default());
        let round = limiter.round();
        let given: Vec<_> = (0..3)
            .map(|it| round.reserve(&destination(&it.to_string()), "half", 1))
            .collect();
        assert_eq!(given, [1, 0, 0]);
        let _permit = limiter.take(&destination("0"), "half".into());
        assert_eq!(limiter.room(&destination("1"), "half", 1), 0);
    }
}
