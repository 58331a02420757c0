//! A breaker per forge: one that does not answer is left alone for a while, so that it costs nobody else.
//!
//! Only what speaks of the forge itself counts: no answer, or a 5xx. That it refuses something says nothing about its health.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use crate::ticks::Ticks;

/// Failures in a row that open it.
const ENOUGH: u32 = 5;
/// How long it stays open the first time; each time that the probe fails, twice as long as before.
const FIRST_REST: Duration = Duration::from_secs(5);
/// How long at most.
const LONGEST_REST: Duration = Duration::from_secs(300);
/// A call that was given up after this long was given up because the forge was slow.
const SLOW: Duration = Duration::from_secs(5);
/// What those are told that find the probe under way.
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
    ticks: Ticks,
    states: Mutex<HashMap<String, State>>,
    /// Whose breaker closed, until somebody asks.
    back: Mutex<BTreeSet<String>>,
    closed: Notify,
}

/// What a call says about its forge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It answers.
    Well,
    /// It does not, or with a 5xx.
    Ill,
    /// Nothing.
    Unknown,
}

/// Leave for one call. Its end must be told; dropped without, the call was given up.
pub struct Pass {
    breakers: Arc<Breakers>,
    origin: String,
    began: Duration,
    told: bool,
}

impl Breakers {
    /// All closed.
    pub fn new(ticks: Ticks) -> Arc<Self> {
        Arc::new(Self {
            ticks,
            states: Mutex::default(),
            back: Mutex::default(),
            closed: Notify::new(),
        })
    }

    /// Asks for leave to call.
    ///
    /// # Errors
    /// How long the breaker rests, where it is open.
    pub fn enter(self: &Arc<Self>, origin: &str) -> Result<Pass, Duration> {
        let now = self.ticks.now();
        if let Some(open) = self.states().get_mut(origin).and_then(|it| it.open.as_mut()) {
            match open.until.saturating_sub(now) {
                Duration::ZERO if open.probing => return Err(A_MOMENT),
                Duration::ZERO => open.probing = true,
                rest => return Err(rest),
            }
        }
        Ok(self.pass(origin))
    }

    /// Leave whatever the breaker says, for a probe that somebody asked for. What comes of it counts.
    pub fn pass(self: &Arc<Self>, origin: &str) -> Pass {
        Pass {
            breakers: Arc::clone(self),
            origin: origin.to_owned(),
            began: self.ticks.now(),
            told: false,
        }
    }

    /// Whether it is open or half open: then a single call tries whether the forge is back.
    pub fn is_open(&self, origin: &str) -> bool {
        self.states().get(origin).is_some_and(|state| state.open.is_some())
    }

    /// How long the breaker rests; none where a call may be made.
    pub fn rests(&self, origin: &str) -> Option<Duration> {
        let states = self.states();
        let open = states.get(origin)?.open.as_ref()?;
        match open.until.saturating_sub(self.ticks.now()) {
            Duration::ZERO => open.probing.then_some(A_MOMENT),
            rest => Some(rest),
        }
    }

    /// Waits until breakers have closed that were open, and says whose.
    pub async fn came_back(&self) -> BTreeSet<String> {
        loop {
            let back = std::mem::take(&mut *self.back.lock().unwrap_or_else(PoisonError::into_inner));
            if !back.is_empty() {
                return back;
            }
            self.closed.notified().await;
        }
    }

    fn note_back(&self, origin: &str) {
        tracing::info!(forge.origin = origin, "`{origin}` answers again");
        let mut back = self.back.lock().unwrap_or_else(PoisonError::into_inner);
        back.insert(origin.to_owned());
        self.closed.notify_one();
    }

    fn tell(&self, origin: &str, verdict: Verdict) {
        let now = self.ticks.now();
        let mut states = self.states();
        match verdict {
            Verdict::Well => {
                let was_open = states.remove(origin).is_some_and(|state| state.open.is_some());
                drop(states);
                if was_open {
                    self.note_back(origin);
                }
            }
            Verdict::Unknown => {
                if let Some(open) = states.get_mut(origin).and_then(|it| it.open.as_mut()) {
                    open.probing = false;
                }
            }
            Verdict::Ill => states.entry(origin.to_owned()).or_default().fail(origin, now),
        }
    }

    fn states(&self) -> MutexGuard<'_, HashMap<String, State>> {
        self.states.lock().unwrap_or_else(PoisonError::into_inner)
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

impl Pass {
    /// Tells what the call says about its forge.
    pub fn tell(mut self, verdict: Verdict) {
        self.told = true;
        self.breakers.tell(&self.origin, verdict);
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        if !self.told {
            let took = self.breakers.ticks.now().saturating_sub(self.began);
            let verdict = if took >= SLOW { Verdict::Ill } else { Verdict::Unknown };
            self.breakers.tell(&self.origin, verdict);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::clocks::HandTicks;

    const FORGE: &str = "https://forge.example.org";

    fn opened() -> (HandTicks, Arc<Breakers>) {
        let hand = HandTicks::default();
        let breakers = Breakers::new(hand.ticks());
        for _ in 0..ENOUGH {
            breakers.enter(FORGE).unwrap().tell(Verdict::Ill);
        }
        (hand, breakers)
    }

    #[test]
    fn only_failures_in_a_row_open_it() {
        let breakers = Breakers::new(HandTicks::default().ticks());
        for _ in 0..3 {
            for _ in 1..ENOUGH {
                breakers.enter(FORGE).unwrap().tell(Verdict::Ill);
            }
            breakers.enter(FORGE).unwrap().tell(Verdict::Well);
        }
        assert_eq!(breakers.rests(FORGE), None);
    }

    #[test]
    fn a_forge_that_does_not_answer_is_left_alone_and_others_are_not() {
        let (_, breakers) = opened();
        assert_eq!(breakers.enter(FORGE).err(), Some(FIRST_REST));
        assert_eq!(breakers.rests(FORGE), Some(FIRST_REST));
        assert!(breakers.enter("https://other.example.org").is_ok());
    }

    #[test]
    fn one_call_tries_whether_it_is_back() {
        let (hand, breakers) = opened();
        hand.advance(FIRST_REST);
        assert!(breakers.is_open(FORGE));
        let probe = breakers.enter(FORGE).unwrap();
        assert_eq!(breakers.enter(FORGE).err(), Some(A_MOMENT));
        probe.tell(Verdict::Ill);
        assert_eq!(breakers.rests(FORGE), Some(FIRST_REST * 2));
        hand.advance(FIRST_REST * 2);
        breakers.enter(FORGE).unwrap().tell(Verdict::Well);
        assert_eq!(breakers.rests(FORGE), None);
        assert!(breakers.enter(FORGE).is_ok() && !breakers.is_open(FORGE));
    }

    #[tokio::test]
    async fn whoever_waits_hears_of_a_forge_that_came_back_and_of_no_other() {
        let (hand, breakers) = opened();
        breakers.enter("https://other.example.org").unwrap().tell(Verdict::Well);
        hand.advance(FIRST_REST);
        breakers.enter(FORGE).unwrap().tell(Verdict::Well);
        assert_eq!(breakers.came_back().await, BTreeSet::from([FORGE.to_owned()]));
    }

    #[test]
    fn it_never_rests_longer_than_five_minutes() {
        let (hand, breakers) = opened();
        for _ in 0..10 {
            hand.advance(breakers.rests(FORGE).unwrap());
            breakers.enter(FORGE).unwrap().tell(Verdict::Ill);
        }
        assert_eq!(breakers.rests(FORGE), Some(LONGEST_REST));
    }

    #[test]
    fn a_probe_that_is_given_up_makes_room_for_the_next() {
        let (hand, breakers) = opened();
        hand.advance(FIRST_REST);
        drop(breakers.enter(FORGE).unwrap());
        let slow = breakers.enter(FORGE).unwrap();
        hand.advance(SLOW);
        drop(slow);
        assert_eq!(
            breakers.rests(FORGE),
            Some(FIRST_REST * 2),
            "it was given up because it was slow"
        );
    }
}
