//! How much is told at once: in all, and to one destination, so that a slow one holds nobody else up.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use forgegate_storage::Destination;
use tokio::sync::Notify;

/// Statuses under way at once.
const IN_ALL: usize = 64;
/// Of them, to one destination.
const FOR_EACH: usize = 8;

/// Who tells what.
#[derive(Default)]
pub struct Desk {
    taken: Mutex<HashMap<Destination, usize>>,
    freed: Notify,
}

/// One status under way; given back when it is dropped.
pub struct Seat {
    desk: Arc<Desk>,
    destination: Destination,
}

impl Desk {
    /// How many more may be told in all.
    pub fn left(&self) -> usize {
        IN_ALL.saturating_sub(self.lock().values().sum())
    }

    /// How many more may be told to this destination.
    pub fn room(&self, destination: &Destination) -> usize {
        FOR_EACH.saturating_sub(self.lock().get(destination).copied().unwrap_or_default())
    }

    /// Takes a seat. Whoever takes one has asked for room before.
    pub fn take(self: &Arc<Self>, destination: &Destination) -> Seat {
        *self.lock().entry(destination.clone()).or_default() += 1;
        Seat {
            desk: Arc::clone(self),
            destination: destination.clone(),
        }
    }

    /// Waits until a seat was given back since the last time.
    pub async fn freed(&self) {
        self.freed.notified().await;
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Destination, usize>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.desk.lock();
        if let Some(count) = taken.get_mut(&self.destination) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                taken.remove(&self.destination);
            }
        }
        drop(taken);
        self.desk.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_destination_never_takes_all_and_a_seat_comes_back() {
        let desk = Arc::new(Desk::default());
        let (slow, other) = (Destination::Host("slow".into()), Destination::Host("other".into()));
        let mut seats: Vec<_> = (0..FOR_EACH).map(|_| desk.take(&slow)).collect();
        assert_eq!((desk.room(&slow), desk.room(&other)), (0, FOR_EACH));
        assert_eq!(desk.left(), IN_ALL - FOR_EACH);
        seats.pop();
        desk.freed().await;
        assert_eq!(desk.room(&slow), 1);
        drop(seats);
        assert_eq!(desk.left(), IN_ALL);
    }
}
