//! A breaker per forge: one that does not answer is left alone for a while, so that it costs nobody else.
//!
//! Only what speaks of the forge itself counts: no answer, or a 5xx. That it refuses something says nothing about its health.

use forgegate_model::lock::Lock;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, MutexGuard};
use std::time::Duration;

use tokio::sync::Notify;

use crate::monotonic::MonotonicClock;

/// Failures in a row that open it.
const ENOUGH: u32 = 5;
/// The time that it stays open at first; each time that the probe fails, twice as long as before.
const FIRST_REST: Duration = Duration::from_secs(5);
/// The longest time that it stays open.
const LONGEST_REST: Duration = Duration::from_secs(300);
/// A call that was given up after this long was given up because the forge was slow.
const SLOW: Duration = Duration::from_secs(5);
/// The wait of those that find the probe under way.
const A_MOMENT: Duration = Duration::from_secs(1);

#[derive(Debug, Default)]
struct State {
    failures: u32,
    /// Set while it is open or half open.
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    until: Duration,
    rest: Duration,
    probing: bool,
}

/// The breakers of all forges, by origin.
pub struct Breakers {
    clock: MonotonicClock,
    states: Lock<HashMap<String, State>>,
    /// The origins whose breaker closed, until somebody asks.
    back: Lock<BTreeSet<String>>,
    closed: Notify,
}

/// What a call says about the health of its forge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallHealth {
    /// It answers.
    Up,
    /// It does not answer, or with a 5xx.
    Down,
    /// Nothing.
    Unknown,
}

/// Permit for one call. Its end is reported; dropped without, the call was given up.
pub struct CallPermit {
    breakers: Arc<Breakers>,
    origin: String,
    began: Duration,
    reported: bool,
}

impl Breakers {
    /// Breakers that are all closed.
    pub fn new(clock: MonotonicClock) -> Arc<Self> {
        Arc::new(Self {
            clock,
            states: Lock::default(),
            back: Lock::default(),
            closed: Notify::new(),
        })
    }

    /// Asks for a permit to call an origin.
    ///
    /// # Errors
    /// The time that the breaker stays open.
    pub fn acquire(self: &Arc<Self>, origin: &str) -> Result<CallPermit, Duration> {
        let now = self.clock.now();
        if let Some(open) = self.states().get_mut(origin).and_then(|it| it.open.as_mut()) {
            match open.until.saturating_sub(now) {
                Duration::ZERO if open.probing => return Err(A_MOMENT),
                Duration::ZERO => open.probing = true,
                rest => return Err(rest),
            }
        }
        Ok(self.bypass(origin))
    }

    /// A permit whatever the state of the breaker, for a probe that somebody asked for. What comes of it counts.
    pub fn bypass(self: &Arc<Self>, origin: &str) -> CallPermit {
        CallPermit {
            breakers: Arc::clone(self),
            origin: origin.to_owned(),
            began: self.clock.now(),
            reported: false,
        }
    }

    /// Tells whether it is open or half open: then a single call tries whether the forge is back.
    pub fn is_open(&self, origin: &str) -> bool {
        self.states().get(origin).is_some_and(|state| state.open.is_some())
    }

    /// The time that the breaker stays open; none where a call may be made.
    pub fn open_for(&self, origin: &str) -> Option<Duration> {
        let states = self.states();
        let open = states.get(origin)?.open.as_ref()?;
        match open.until.saturating_sub(self.clock.now()) {
            Duration::ZERO => open.probing.then_some(A_MOMENT),
            rest => Some(rest),
        }
    }

    /// Waits until breakers have closed that were open, and answers their origins.
    pub async fn came_back(&self) -> BTreeSet<String> {
        loop {
            let back = std::mem::take(&mut *self.back.lock());
            if !back.is_empty() {
                return back;
            }
            self.closed.notified().await;
        }
    }

    fn note_back(&self, origin: &str) {
        tracing::info!(forge.origin = origin, "`{origin}` answers again");
        let mut back = self.back.lock();
        back.insert(origin.to_owned());
        self.closed.notify_one();
    }

    fn record(&self, origin: &str, health: CallHealth) {
        let now = self.clock.now();
        let mut states = self.states();
        match health {
            CallHealth::Up => {
                let was_open = states.remove(origin).is_some_and(|state| state.open.is_some());
                drop(states);
                if was_open {
                    self.note_back(origin);
                }
            }
            CallHealth::Unknown => {
                if let Some(open) = states.get_mut(origin).and_then(|it| it.open.as_mut()) {
                    open.probing = false;
                }
            }
            CallHealth::Down => states.entry(origin.to_owned()).or_default().fail(origin, now),
        }
    }

    fn states(&self) -> MutexGuard<'_, HashMap<String, State>> {
        self.states.lock()
    }
}

impl State {
    fn fail(&mut self, origin: &str, now: Duration) {
        self.failures = self.failures.saturating_add(1);
        let rest = match &self.open {
            // Calls that began before it opened end after: they say nothing more.
            Some(open) if open.until > now => return,
            Some(open) => (open.rest * 2).min(LONGEST_REST),
            None if self.failures >= ENOUGH => FIRST_REST,
            None => return,
        };
        tracing::warn!(
            forge.origin = origin,
            "`{origin}` does not answer; it is left alone for {} s",
            rest.as_secs()
        );
        self.open = Some(Open {
            until: now + rest,
            rest,
            probing: false,
        });
    }
}

impl CallPermit {
    /// Reports what the call says about its forge.
    pub fn report(mut self, health: CallHealth) {
        self.reported = true;
        self.breakers.record(&self.origin, health);
    }
}

impl Drop for CallPermit {
    fn drop(&mut self) {
        if !self.reported {
            let took = self.breakers.clock.now().saturating_sub(self.began);
            let health = if took >= SLOW {
                CallHealth::Down
            } else {
                CallHealth::Unknown
            };
            self.breakers.record(&self.origin, health);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::clocks::ManualClock;

    const FORGE: &str = "https://forge.example.org";

    fn opened() -> (ManualClock, Arc<Breakers>) {
        let hand = ManualClock::default();
        let breakers = Breakers::new(hand.clock());
        for _ in 0..ENOUGH {
            breakers.acquire(FORGE).unwrap().report(CallHealth::Down);
        }
        (hand, breakers)
    }

    #[test]
    fn only_failures_in_a_row_open_it() {
        let breakers = Breakers::new(ManualClock::default().clock());
        for _ in 0..3 {
            for _ in 1..ENOUGH {
                breakers.acquire(FORGE).unwrap().report(CallHealth::Down);
            }
            breakers.acquire(FORGE).unwrap().report(CallHealth::Up);
        }
        assert_eq!(breakers.open_for(FORGE), None);
    }

    #[test]
    fn a_forge_that_does_not_answer_is_left_alone_and_others_are_not() {
        let (_, breakers) = opened();
        assert_eq!(breakers.acquire(FORGE).err(), Some(FIRST_REST));
        assert_eq!(breakers.open_for(FORGE), Some(FIRST_REST));
        assert!(breakers.acquire("https://other.example.org").is_ok());
    }

    #[test]
    fn one_call_tries_whether_it_is_back() {
        let (hand, breakers) = opened();
        hand.advance(FIRST_REST);
        assert!(breakers.is_open(FORGE));
        let probe = breakers.acquire(FORGE).unwrap();
        assert_eq!(breakers.acquire(FORGE).err(), Some(A_MOMENT));
        probe.report(CallHealth::Down);
        assert_eq!(breakers.open_for(FORGE), Some(FIRST_REST * 2));
        hand.advance(FIRST_REST * 2);
        breakers.acquire(FORGE).unwrap().report(CallHealth::Up);
        assert_eq!(breakers.open_for(FORGE), None);
        assert!(breakers.acquire(FORGE).is_ok() && !breakers.is_open(FORGE));
    }

    #[tokio::test]
    async fn whoever_waits_hears_of_a_forge_that_came_back_and_of_no_other() {
        let (hand, breakers) = opened();
        breakers
            .acquire("https://other.example.org")
            .unwrap()
            .report(CallHealth::Up);
        hand.advance(FIRST_REST);
        breakers.acquire(FORGE).unwrap().report(CallHealth::Up);
        assert_eq!(breakers.came_back().await, BTreeSet::from([FORGE.to_owned()]));
    }

    #[test]
    fn it_never_rests_longer_than_five_minutes() {
        let (hand, breakers) = opened();
        for _ in 0..10 {
            hand.advance(breakers.open_for(FORGE).unwrap());
            breakers.acquire(FORGE).unwrap().report(CallHealth::Down);
        }
        assert_eq!(breakers.open_for(FORGE), Some(LONGEST_REST));
    }

    #[test]
    fn a_probe_that_is_given_up_makes_room_for_the_next() {
        let (hand, breakers) = opened();
        hand.advance(FIRST_REST);
        drop(breakers.acquire(FORGE).unwrap());
        let slow = breakers.acquire(FORGE).unwrap();
        hand.advance(SLOW);
        drop(slow);
        assert_eq!(
            breakers.open_for(FORGE),
            Some(FIRST_REST * 2),
            "it was given up because it was slow"
        );
    }
}
