//! The budget of bytes that bodies may hold at once.

use forgegate_model::lock::Lock;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio::time::timeout;

/// A body of at most this size is small: half of the budget is kept for those. One that announces more is large from its first byte.
const SMALL_BODY_BYTES: u64 = 1 << 20;
/// The time that a body which was told to give way may take over it, before the next is told.
const MOST_PATIENCE: Duration = Duration::from_millis(100);

/// The bytes of all bodies under way, bounded.
pub struct Budget {
    limit: u64,
    total: AtomicU64,
    large: AtomicU64,
    next: AtomicU64,
    unproved: Lock<HashMap<u64, Unproved>>,
    freed: Notify,
}

/// A body whose proof is not settled, and may have to give way.
struct Unproved {
    since: Instant,
    announced: u64,
    bytes: Arc<AtomicU64>,
    cut: Arc<Notify>,
}

/// The resource that is full.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Full {
    /// All of it.
    Whole,
    /// The share of large bodies.
    Large,
}

/// There is no room for a body, or it had to give way to others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overdraft;

/// The charge of one body on the budget. Given back when it is dropped.
pub struct Charge {
    budget: Arc<Budget>,
    id: u64,
    announced: u64,
    bytes: Arc<AtomicU64>,
    cut: Arc<Notify>,
}

impl Budget {
    /// A budget of so many bytes.
    pub fn new(limit: u64) -> Arc<Self> {
        let zero = || AtomicU64::new(0);
        Arc::new(Self {
            limit,
            total: zero(),
            large: zero(),
            next: zero(),
            unproved: Lock::default(),
            freed: Notify::new(),
        })
    }

    /// Opens an account for a body that nobody has proved, and that announces so many bytes; 0 where it does not say.
    pub fn open(self: &Arc<Self>, announced: u64) -> Charge {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let (bytes, cut) = (Arc::new(AtomicU64::new(0)), Arc::new(Notify::new()));
        let entry = Unproved {
            since: Instant::now(),
            announced,
            bytes: Arc::clone(&bytes),
            cut: Arc::clone(&cut),
        };
        self.unproved.lock().insert(id, entry);
        Charge {
            budget: Arc::clone(self),
            id,
            announced,
            bytes,
            cut,
        }
    }

    /// Takes bytes for a body that holds `held` already, or says what is full.
    fn take(&self, announced: u64, held: u64, more: u64) -> Result<(), Full> {
        if !take_within(&self.total, more, self.limit) {
            return Err(Full::Whole);
        }
        let large = large_part(announced, held + more) - large_part(announced, held);
        if large > 0 && !take_within(&self.large, large, self.limit / 2) {
            self.total.fetch_sub(more, Ordering::Relaxed);
            return Err(Full::Large);
        }
        Ok(())
    }

    fn give_back(&self, announced: u64, held: u64) {
        self.total.fetch_sub(held, Ordering::Relaxed);
        self.large.fetch_sub(large_part(announced, held), Ordering::Relaxed);
        self.freed.notify_waiters();
    }

    /// Cuts the slowest unproved body that holds anything of what is full, so that the others may go on. Tells which.
    fn cut_slowest(&self, full: Full) -> Option<u64> {
        let mut unproved = self.unproved.lock();
        let now = Instant::now();
        let rate = |entry: &Unproved| {
            let micros = now.saturating_duration_since(entry.since).as_micros().max(1);
            u128::from(entry.bytes.load(Ordering::Relaxed)) * 1_000_000 / micros
        };
        let holds = |entry: &Unproved| {
            let held = entry.bytes.load(Ordering::Relaxed);
            match full {
                Full::Whole => held > 0,
                Full::Large => large_part(entry.announced, held) > 0,
            }
        };
        let slowest = unproved
            .iter()
            .filter(|(_, entry)| holds(entry))
            .min_by_key(|(_, entry)| rate(entry))
            .map(|(id, _)| *id)?;
        let entry = unproved.remove(&slowest)?;
        entry.cut.notify_one();
        Some(slowest)
    }
}

impl Charge {
    /// Charges more bytes, which the body is about to hold. Where there is no room, the slowest unproved bodies are cut until there is.
    ///
    /// # Errors
    /// The time when this body is the slowest itself, or no other can give way.
    pub async fn add(&self, bytes: u64) -> Result<(), Overdraft> {
        loop {
            let freed = self.budget.freed.notified();
            let held = self.bytes.load(Ordering::Relaxed);
            let full = match self.budget.take(self.announced, held, bytes) {
                Ok(()) => {
                    self.bytes.store(held + bytes, Ordering::Relaxed);
                    return Ok(());
                }
                Err(full) => full,
            };
            match self.budget.cut_slowest(full) {
                Some(id) if id != self.id => drop(timeout(MOST_PATIENCE, freed).await),
                _ => return Err(Overdraft),
            }
        }
    }

    /// Waits until this body has to give way. Never ends for a proved one.
    pub async fn cut(&self) {
        self.cut.notified().await;
    }

    /// The body is proved: from now on it gives way to nobody.
    pub fn proved(&self) {
        self.budget.unproved.lock().remove(&self.id);
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.proved();
        self.budget
            .give_back(self.announced, self.bytes.load(Ordering::Relaxed));
    }
}

/// The part of a body's bytes that counts as large: all of them, once they are, or were announced to be, more than a small body has.
const fn large_part(announced: u64, held: u64) -> u64 {
    if held > SMALL_BODY_BYTES || announced > SMALL_BODY_BYTES {
        held
    } else {
        0
    }
}

fn take_within(counter: &AtomicU64, more: u64, limit: u64) -> bool {
    counter
        .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
            used.checked_add(more).filter(|&sum| sum <= limit)
        })
        .is_ok()
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    const MIB: u64 = 1 << 20;

    #[tokio::test]
    async fn large_bodies_leave_half_of_the_budget_to_small_ones() {
        let budget = Budget::new(8 * MIB);
        let large = budget.open(0);
        large.add(4 * MIB).await.unwrap();
        large.proved();
        let late = budget.open(0);
        assert_eq!(late.add(2 * MIB).await, Err(Overdraft));
        let small: Vec<Charge> = (0..4).map(|_| budget.open(0)).collect();
        for charge in &small {
            assert_eq!(charge.add(MIB).await, Ok(()));
        }
        drop((large, late, small));
        assert_eq!(budget.total.load(Ordering::Relaxed), 0);
        assert_eq!(budget.large.load(Ordering::Relaxed), 0);
    }

    #[tokio::test]
    async fn the_slowest_unproved_body_gives_way_to_a_faster_one() {
        let budget = Budget::new(MIB);
        let proved = budget.open(0);
        proved.add(1000).await.unwrap();
        proved.proved();
        let slow = budget.open(0);
        slow.add(1).await.unwrap();
        let giving_way = tokio::spawn(async move {
            slow.cut().await;
            drop(slow);
        });
        let fast = budget.open(0);
        fast.add(MIB / 2).await.unwrap();
        assert_eq!(fast.add(MIB / 2 - 1000).await, Ok(()));
        giving_way.await.unwrap();
        assert_eq!(budget.total.load(Ordering::Relaxed), MIB);
    }

    #[tokio::test]
    async fn what_announces_much_takes_nothing_from_the_small_ones_and_has_none_of_them_cut() {
        let budget = Budget::new(8 * MIB);
        let small = budget.open(MIB);
        small.add(1).await.unwrap();
        let flood = budget.open(25 * MIB);
        flood.add(4 * MIB).await.unwrap();
        let next = budget.open(25 * MIB);
        let giving_way = tokio::spawn(async move {
            flood.cut().await;
            drop(flood);
        });
        // The small one is the slowest by far, and yet it is not in the way.
        assert_eq!(next.add(MIB).await, Ok(()));
        giving_way.await.unwrap();
        assert!(small.cut().now_or_never().is_none());
        drop((small, next));
        assert_eq!(budget.large.load(Ordering::Relaxed), 0);
    }

    #[tokio::test]
    async fn what_is_dropped_is_given_back() {
        let budget = Budget::new(10);
        let first = budget.open(0);
        first.add(10).await.unwrap();
        drop(first);
        assert_eq!(budget.open(0).add(10).await, Ok(()));
    }
}
