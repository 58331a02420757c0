//! Every figure that is measured, with its target.

use std::collections::BTreeMap;

/// A figure that is measured; a row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Row {
    /// Answers of the bare server.
    Bare,
    /// Accepted pushes.
    Accepted,
    /// Of both, in the same round.
    AcceptedOfBare,
    /// Latency at full load.
    AcceptedP50,
    /// Latency at full load.
    AcceptedP99,
    /// Processor time of the gateway for each.
    AcceptedCost,
    /// The pace of the two that follow.
    Half,
    /// Latency at half the load.
    HalfP50,
    /// Latency at half the load.
    HalfP99,
    /// Refused pushes.
    Refused,
    /// To the bare server, in the same round.
    RefusedOfBare,
    /// From the 200 to the claim.
    ClaimP50,
    /// From the 200 to the claim.
    ClaimP99,
    /// Calls of four workers.
    QueueCalls,
    /// Accepted pushes among many projects.
    Crowded,
    /// To those without, in the same round.
    CrowdedOfAlone,
    /// Answers of the other server.
    Other,
    /// To those, in the same round.
    AcceptedOfOther,
    /// A start that compiles.
    FirstStart,
    /// A start that does not.
    SecondStart,
    /// Memory after a start.
    Idle,
    /// Memory under load.
    Loaded,
    /// Memory with large bodies.
    Large,
    /// The number of large bodies that were accepted.
    LargeAccepted,
}

/// The bound that a figure should keep.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    /// Nothing; it is there to understand the others.
    None,
    /// At least the first, better the second.
    AtLeast(f64, f64),
    /// At most the first, better the second.
    AtMost(f64, f64),
}

/// The result of comparing a figure with its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It has no target.
    None,
    /// Worse than its target.
    Missed,
    /// As good as its target.
    Met,
    /// As good as what would be better.
    Stretch,
}

impl Row {
    /// The figure's name in the table, its unit included.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Bare => "bare server, answers a second",
            Self::Accepted => "accepted, durable, whole path, a second",
            Self::AcceptedOfBare => "accepted / bare",
            Self::AcceptedP50 => "p50 at that rate, ms",
            Self::AcceptedP99 => "p99 at that rate, ms",
            Self::AcceptedCost => "processor time of the gateway for each, µs",
            Self::Half => "half of that rate, a second",
            Self::HalfP50 => "p50 at half that rate, ms",
            Self::HalfP99 => "p99 at half that rate, ms",
            Self::Refused => "refused (bad signature), a second",
            Self::RefusedOfBare => "refused / bare",
            Self::ClaimP50 => "from 200 to a waiting worker's claim, p50, ms",
            Self::ClaimP99 => "from 200 to a waiting worker's claim, p99, ms",
            Self::QueueCalls => "claim and finish, calls a second, four workers",
            Self::Crowded => "accepted among many projects, a second",
            Self::CrowdedOfAlone => "accepted among many projects / with one",
            Self::Other => "the other server, answers a second",
            Self::AcceptedOfOther => "accepted / the other's",
            Self::FirstStart => "first start to listening, components compiled, ms",
            Self::SecondStart => "start to listening, compiled components at hand, ms",
            Self::Idle => "resident memory, idle, MiB",
            Self::Loaded => "resident memory, most under load, MiB",
            Self::Large => "resident memory, most with ten 25 MB bodies at once, MiB",
            Self::LargeAccepted => "of those ten, accepted",
        }
    }

    /// The bound that the figure should keep.
    pub const fn target(self) -> Target {
        match self {
            Self::AcceptedOfBare => Target::AtLeast(0.25, 0.33),
            Self::HalfP99 => Target::AtMost(10.0, 5.0),
            Self::RefusedOfBare => Target::AtLeast(0.5, 0.6),
            Self::ClaimP50 => Target::AtMost(3.0, 1.5),
            Self::ClaimP99 => Target::AtMost(15.0, 8.0),
            Self::QueueCalls => Target::AtLeast(2500.0, 4000.0),
            Self::CrowdedOfAlone => Target::AtLeast(0.9, 0.97),
            Self::FirstStart => Target::AtMost(1500.0, 600.0),
            Self::SecondStart => Target::AtMost(60.0, 20.0),
            Self::Idle => Target::AtMost(48.0, 32.0),
            Self::Loaded => Target::AtMost(160.0, 128.0),
            Self::Large => Target::AtMost(700.0, 400.0),
            Self::LargeAccepted => Target::AtLeast(10.0, 10.0),
            Self::Bare | Self::Accepted | Self::AcceptedP50 | Self::AcceptedP99 => Target::None,
            Self::AcceptedCost | Self::Half | Self::HalfP50 | Self::Refused | Self::Crowded => Target::None,
            Self::Other | Self::AcceptedOfOther => Target::None,
        }
    }
}

impl Target {
    /// Compares a figure with the target.
    pub fn verdict(self, figure: f64) -> Verdict {
        let (met, stretch) = match self {
            Self::None => return Verdict::None,
            Self::AtLeast(target, stretch) => (figure >= target, figure >= stretch),
            Self::AtMost(target, stretch) => (figure <= target, figure <= stretch),
        };
        match (met, stretch) {
            (_, true) => Verdict::Stretch,
            (true, false) => Verdict::Met,
            (false, false) => Verdict::Missed,
        }
    }
}

/// The figures of all rounds.
#[derive(Default)]
pub struct Sheet(BTreeMap<Row, Vec<f64>>);

impl Sheet {
    /// Notes a round's figure.
    pub fn note(&mut self, row: Row, figure: f64) {
        self.0.entry(row).or_default().push(figure);
    }

    /// All figures, in the order of the table.
    pub fn rows(&self) -> impl Iterator<Item = (Row, &[f64])> {
        self.0.iter().map(|(row, figures)| (*row, figures.as_slice()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_judged_by_its_direction() {
        let (least, most) = (Target::AtLeast(2.0, 3.0), Target::AtMost(3.0, 2.0));
        let verdicts = [1.9, 2.0, 3.0, 3.1].map(|figure| (least.verdict(figure), most.verdict(figure)));
        let expected = [
            (Verdict::Missed, Verdict::Stretch),
            (Verdict::Met, Verdict::Stretch),
            (Verdict::Stretch, Verdict::Met),
            (Verdict::Stretch, Verdict::Missed),
        ];
        assert_eq!(verdicts, expected);
    }
}
