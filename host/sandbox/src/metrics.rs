//! The counters of a plugin's calls: a handful of atomics, read without stopping anybody.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The counters since the plugin was loaded.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PluginMetrics {
    /// Calls that got a slot.
    pub calls: u64,
    /// Calls that ended by the plugin's fault other than its slowness.
    pub traps: u64,
    /// Calls that missed their deadline.
    pub timeouts: u64,
    /// Calls to the forge tried where none is allowed.
    pub refused_calls: u64,
    /// The median time of a call in milliseconds, at most a quarter too high; zero where there was none.
    pub p50_ms: f64,
    /// The time that one call in a hundred exceeds, likewise.
    pub p99_ms: f64,
}

/// The counters behind `Figures`.
#[derive(Debug)]
pub(crate) struct Counters {
    calls: AtomicU64,
    traps: AtomicU64,
    timeouts: AtomicU64,
    refused_calls: AtomicU64,
    times: [AtomicU64; BUCKETS],
}

/// Four buckets for each doubling of microseconds, up to half a minute; what is longer counts in the last.
const BUCKETS: usize = 100;
const STEPS: u32 = 4;

/// The ending of a call, as far as it is counted.
pub(crate) enum Ending {
    Answered,
    Trapped,
    TimedOut,
    /// By the host's fault, which is not held against the plugin.
    Failed,
}

impl Default for Counters {
    fn default() -> Self {
        Self {
            calls: AtomicU64::new(0),
            traps: AtomicU64::new(0),
            timeouts: AtomicU64::new(0),
            refused_calls: AtomicU64::new(0),
            times: [const { AtomicU64::new(0) }; BUCKETS],
        }
    }
}

impl Counters {
    pub(crate) fn call(&self, ending: &Ending, time: Duration) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        match ending {
            Ending::Answered | Ending::Failed => {}
            Ending::Trapped => _ = self.traps.fetch_add(1, Ordering::Relaxed),
            Ending::TimedOut => _ = self.timeouts.fetch_add(1, Ordering::Relaxed),
        }
        if let Some(bucket) = self.times.get(bucket(time)) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn refused_call(&self) {
        self.refused_calls.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn read(&self) -> PluginMetrics {
        let times: Vec<u64> = self.times.iter().map(|count| count.load(Ordering::Relaxed)).collect();
        PluginMetrics {
            calls: self.calls.load(Ordering::Relaxed),
            traps: self.traps.load(Ordering::Relaxed),
            timeouts: self.timeouts.load(Ordering::Relaxed),
            refused_calls: self.refused_calls.load(Ordering::Relaxed),
            p50_ms: quantile(&times, 50),
            p99_ms: quantile(&times, 99),
        }
    }
}

fn bucket(time: Duration) -> usize {
    let micros = u64::try_from(time.as_micros())
        .unwrap_or(u64::MAX)
        .max(u64::from(STEPS));
    let doublings = micros.ilog2();
    // The two bits after the leading one tell the quarter of the doubling.
    let quarter = (micros >> (doublings - 2)) & 3;
    let number = (doublings - 2) * STEPS;
    usize::try_from(u64::from(number) + quarter)
        .unwrap_or(BUCKETS)
        .min(BUCKETS - 1)
}

/// The first microsecond after a bucket.
fn end_of(bucket: usize) -> f64 {
    let bucket = u32::try_from(bucket).unwrap_or(u32::MAX);
    let (doublings, quarter) = (bucket / STEPS, bucket % STEPS);
    f64::from(STEPS + quarter + 1) * 2_f64.powi(i32::try_from(doublings).unwrap_or(i32::MAX))
}

fn quantile(times: &[u64], percent: u64) -> f64 {
    let all: u64 = times.iter().sum();
    let wanted = (all * percent).div_ceil(100);
    let mut seen = 0;
    for (bucket, count) in times.iter().enumerate() {
        seen += count;
        if seen >= wanted && *count > 0 {
            return end_of(bucket) / 1000.0;
        }
    }
    0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_lies_in_its_bucket_and_at_most_a_quarter_below_its_end() {
        for micros in (4..20_000_000_u64).step_by(997) {
            let end = end_of(bucket(Duration::from_micros(micros)));
            #[expect(clippy::cast_precision_loss, reason = "small numbers")]
            let time = micros as f64;
            assert!(end > time && end <= time * 1.25 + 1.0, "{micros} in {end}");
        }
    }

    #[test]
    fn quantiles_come_from_all_calls() {
        let counters = Counters::default();
        assert_eq!(counters.read(), PluginMetrics::default());
        for _ in 0..98 {
            counters.call(&Ending::Answered, Duration::from_micros(100));
        }
        counters.call(&Ending::Trapped, Duration::from_millis(50));
        counters.call(&Ending::TimedOut, Duration::from_secs(2));
        counters.refused_call();
        let read = counters.read();
        assert_eq!(
            (read.calls, read.traps, read.timeouts, read.refused_calls),
            (100, 1, 1, 1)
        );
        assert!((0.1..0.13).contains(&read.p50_ms), "{}", read.p50_ms);
        assert!((50.0..63.0).contains(&read.p99_ms), "{}", read.p99_ms);
    }
}
