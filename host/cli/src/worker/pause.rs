//! The time between two attempts: twice as long after each, and never the same for two workers.

use std::time::Duration;

/// Pauses that grow.
pub(super) struct Pauses {
    first: Duration,
    longest: Duration,
    next: Duration,
}

impl Pauses {
    /// Pauses that grow from the first to the longest.
    pub(super) const fn new(first: Duration, longest: Duration) -> Self {
        Self {
            first,
            longest,
            next: first,
        }
    }

    /// After a success.
    pub(super) const fn begin_again(&mut self) {
        self.next = self.first;
    }

    /// The next pause: between half and the whole of what it has grown to.
    pub(super) fn next(&mut self) -> Duration {
        let whole = self.next;
        self.next = (whole * 2).min(self.longest);
        let mut random = [0; 1];
        // Without randomness all workers wait the same time, which is a pity and no fault.
        let _ = getrandom::fill(&mut random);
        whole / 2 + whole / 2 * u32::from(random.into_iter().sum::<u8>()) / u32::from(u8::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_the_longest_and_begin_again() {
        let (first, longest) = (Duration::from_millis(100), Duration::from_millis(350));
        let mut pauses = Pauses::new(first, longest);
        for whole in [100, 200, 350, 350].map(Duration::from_millis) {
            let pause = pauses.next();
            assert!((whole / 2..=whole).contains(&pause), "{pause:?} of {whole:?}");
        }
        pauses.begin_again();
        assert!(pauses.next() <= first);
    }
}
