//! Retries: the time of the next attempt, and the end of all attempts.

use std::time::Duration;

use crate::timestamp::Timestamp;

/// The time after the first attempt within which others are made, where nobody asks for more.
const FIRST: Duration = Duration::from_secs(1);
/// The longest wait that nobody asked for.
const LONGEST: Duration = Duration::from_mins(5);
/// The most that is added to a wait that was asked for, so that not all come back at once.
const SPREAD: Duration = Duration::from_secs(30);

/// An attempt that did not do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Attempt {
    /// The number of attempts, this one included.
    pub attempts: u32,
    /// Since when it is tried.
    pub since: Timestamp,
    /// The time when this one ended.
    pub now: Timestamp,
    /// The least time to wait, where the other side said so.
    pub retry_after: Option<Duration>,
    /// For how long it is tried.
    pub give_up_after: Duration,
}

/// The next step after an attempt that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Another attempt at this time.
    At(Timestamp),
    /// No attempt: the time is over, or would be before the other side listens again.
    GiveUp,
}

impl Attempt {
    /// The next step. `fraction` is a random number of 0 to 1. The last attempt falls on the end of the time, not long before it.
    #[must_use]
    pub fn next(&self, fraction: f64) -> Next {
        let end = self.since.plus(self.give_up_after);
        let earliest = self.now.plus(self.retry_after.unwrap_or_default());
        if self.now >= end || earliest > end {
            return Next::GiveUp;
        }
        let wanted = self.now.plus(delay(self.attempts, fraction, self.retry_after));
        Next::At(wanted.min(end))
    }
}

/// The time to wait after so many attempts: it doubles from a second to five minutes, of which half is chance; never less than the
/// other side asked for. `fraction` is a random number of 0 to 1.
#[must_use]
pub fn delay(attempts: u32, fraction: f64, retry_after: Option<Duration>) -> Duration {
    let fraction = if fraction.is_finite() {
        fraction.clamp(0.0, 1.0)
    } else {
        1.0
    };
    let doublings = attempts.saturating_sub(1).min(16);
    let full = FIRST.saturating_mul(1 << doublings).min(LONGEST);
    let half = full / 2;
    let own = half + half.mul_f64(fraction);
    let asked = retry_after.map_or(Duration::ZERO, |wait| {
        wait.saturating_add((wait / 10).min(SPREAD).mul_f64(fraction))
    });
    own.max(asked)
}
