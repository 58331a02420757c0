//! Distributions of times that can be added up: of days to weeks, of weeks to a year.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The number of buckets of each doubling, as a power of two.
const BITS: u32 = 5;

/// A histogram of times, in milliseconds, in buckets whose width grows with the time: each doubling has 32 of equal width.
///
/// A quantile is wrong by at most one part in sixty-four (1.6 %), and never outside of the least and the greatest time that was
/// entered; below 64 ms it is exact. Adding distributions loses nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Histogram {
    buckets: BTreeMap<u16, u64>,
    least: u64,
    greatest: u64,
}

impl Histogram {
    /// Enters a time.
    pub fn enter(&mut self, milliseconds: u64) {
        self.least = if self.is_empty() {
            milliseconds
        } else {
            self.least.min(milliseconds)
        };
        self.greatest = self.greatest.max(milliseconds);
        let count = self.buckets.entry(bucket(milliseconds)).or_default();
        *count = count.saturating_add(1);
    }

    /// Adds the counts of another histogram.
    pub fn add(&mut self, other: &Self) {
        if other.is_empty() {
            return;
        }
        self.least = if self.is_empty() {
            other.least
        } else {
            self.least.min(other.least)
        };
        self.greatest = self.greatest.max(other.greatest);
        for (bucket, more) in &other.buckets {
            let count = self.buckets.entry(*bucket).or_default();
            *count = count.saturating_add(*more);
        }
    }

    /// True if nothing was entered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.buckets.is_empty()
    }

    /// The time that so many of a hundred did not exceed, as near as the buckets tell; none where nothing was entered.
    #[must_use]
    pub fn percentile(&self, percent: u8) -> Option<u64> {
        let all: u64 = self.buckets.values().sum();
        // The nearest rank: of ten, p50 is the fifth and p95 the tenth.
        let rank = (u128::from(all) * u128::from(percent)).div_ceil(100).max(1);
        let mut passed = 0_u128;
        for (bucket, count) in &self.buckets {
            passed += u128::from(*count);
            if passed >= rank {
                return Some(middle(*bucket).clamp(self.least, self.greatest));
            }
        }
        None
    }
}

/// The bucket of a time: the position of its highest bit, and the five bits after that.
fn bucket(time: u64) -> u16 {
    let Some(shift) = time.checked_ilog2().and_then(|highest| highest.checked_sub(BITS)) else {
        return u16::try_from(time).unwrap_or_default();
    };
    let within = (time >> shift) - (1 << BITS);
    u16::try_from((u64::from(shift + 1) << BITS) + within).unwrap_or(u16::MAX)
}

/// The time in the middle of a bucket.
fn middle(bucket: u16) -> u64 {
    let (octave, within) = (u32::from(bucket >> BITS), u64::from(bucket & ((1 << BITS) - 1)));
    let Some(shift) = octave.checked_sub(1) else {
        return within;
    };
    let least = (within + (1 << BITS)) << shift;
    least + ((1 << shift) - 1) / 2
}
