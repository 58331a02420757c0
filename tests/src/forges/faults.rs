//! Faults of a fake forge: by a plan with a seed, so that a run can be repeated, or one for the next call.

use std::collections::VecDeque;
use std::time::Duration;

use super::{Call, Reply};

/// A fault that a call meets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is answered with this status, and nothing is done.
    Fail(u16),
    /// It is done, and answered with this status all the same: a proxy before the forge gave up.
    FailAfter(u16),
    /// It is answered after so long.
    Delay(Duration),
    /// It meets a rate limit, in one of the forge's shapes, and nothing is done. The number chooses the shape.
    RateLimit(u64),
    /// The connection ends, and nothing is done.
    DropBefore,
    /// It is done, and the connection ends without an answer.
    DropAfter,
    /// It is answered with this, and nothing is done.
    Answer(Reply),
}

/// The shares of faults, in thousandths of the calls. All other calls go well.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The seed of the random numbers; the same seed gives the same sequence of faults.
    pub seed: u64,
    /// Failures: 500 and 502 in turn.
    pub fail: u64,
    /// Failures with 502 although everything is done.
    pub fail_after: u64,
    /// Delays, each up to `longest_delay`.
    pub delay: u64,
    /// The longest delay.
    pub longest_delay: Duration,
    /// Rate limits, in all shapes of the forge.
    pub rate_limit: u64,
    /// Connections dropped before anything is done.
    pub drop_before: u64,
    /// Connections dropped when everything is done.
    pub drop_after: u64,
}

/// The faults of the calls to come.
#[derive(Debug, Default)]
pub(super) struct Faults {
    plan: Plan,
    numbers: Numbers,
    by_hand: VecDeque<(String, Fault)>,
}

impl Faults {
    pub(super) fn plan(&mut self, plan: Plan) {
        self.numbers = Numbers(plan.seed);
        self.plan = plan;
    }

    pub(super) fn next(&mut self, text: &str, fault: Fault) {
        self.by_hand.push_back((text.to_owned(), fault));
    }

    /// The fault of this call, if it meets one.
    pub(super) fn draw(&mut self, call: &Call) -> Option<Fault> {
        let line = format!("{} {}", call.method, call.path);
        if let Some(at) = self.by_hand.iter().position(|(text, _)| line.contains(text.as_str())) {
            return self.by_hand.remove(at).map(|(_, fault)| fault);
        }
        let (draw, further) = (self.numbers.below(1000), self.numbers.below(u64::MAX));
        let plan = &self.plan;
        let longest = u64::try_from(plan.longest_delay.as_micros()).unwrap_or(u64::MAX);
        let faults = [
            (plan.fail, Fault::Fail(if further % 2 == 0 { 500 } else { 502 })),
            (
                plan.delay,
                Fault::Delay(Duration::from_micros(further % longest.max(1))),
            ),
            (plan.rate_limit, Fault::RateLimit(further)),
            (plan.fail_after, Fault::FailAfter(502)),
            (plan.drop_before, Fault::DropBefore),
            (plan.drop_after, Fault::DropAfter),
        ];
        let mut end = 0;
        faults.into_iter().find_map(|(share, fault)| {
            end += share;
            (draw < end).then_some(fault)
        })
    }
}

/// SplitMix64: a sequence of numbers from a seed.
#[derive(Debug, Default)]
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut number = self.0;
        number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (number ^ (number >> 31)) % end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call() -> Call {
        Call {
            method: "GET".into(),
            path: "/api/v1/user".into(),
            segments: vec![],
            query: vec![],
            headers: vec![],
            body: vec![],
        }
    }

    fn drawn(plan: &Plan) -> Vec<Option<Fault>> {
        let mut faults = Faults::default();
        faults.plan(plan.clone());
        (0..10_000).map(|_| faults.draw(&call())).collect()
    }

    #[test]
    fn a_seed_repeats_itself_and_the_shares_are_kept() {
        let plan = Plan {
            seed: 7,
            fail: 100,
            fail_after: 0,
            delay: 50,
            longest_delay: Duration::from_millis(3),
            rate_limit: 100,
            drop_before: 50,
            drop_after: 50,
        };
        let drawn_faults = drawn(&plan);
        assert_eq!(drawn_faults, drawn(&plan));
        assert_ne!(
            drawn_faults,
            drawn(&Plan {
                seed: 8,
                ..plan.clone()
            })
        );
        let share = |is: fn(&Fault) -> bool| drawn_faults.iter().flatten().filter(|it| is(it)).count();
        assert!((800..1200).contains(&share(|it| matches!(it, Fault::Fail(_)))));
        assert!((800..1200).contains(&share(|it| matches!(it, Fault::RateLimit(_)))));
        assert!((350..650).contains(&share(|it| matches!(it, Fault::DropAfter))));
        assert!((6000..7000).contains(&drawn_faults.iter().filter(|it| it.is_none()).count()));
        assert!(drawn(&Plan::default()).iter().all(Option::is_none));
    }

    #[test]
    fn by_hand_it_is_the_next_call_whose_line_holds_the_text() {
        let mut faults = Faults::default();
        faults.next("POST ", Fault::DropBefore);
        faults.next("/user", Fault::Fail(503));
        assert_eq!(faults.draw(&call()), Some(Fault::Fail(503)));
        assert_eq!(faults.draw(&call()), None);
    }
}
