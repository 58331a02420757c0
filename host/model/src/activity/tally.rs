//! Tallies: the counts of a project, and their sums.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Act, Histogram};
use crate::evaluation::{Evaluation, State};
use crate::event::Kind;
use crate::timestamp::Timestamp;

/// Something that is counted. The order is on disk: others are added behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the words of the contract")]
pub enum Counter {
    Commits,
    PullRequestsOpened,
    PullRequestsMerged,
    PullRequestsClosed,
    ReviewsApproved,
    ReviewsChangesRequested,
    ReviewsCommented,
    ReviewsDismissed,
    IssuesOpened,
    IssuesClosed,
    CommentsOnPullRequests,
    CommentsOnIssues,
    BranchesCreated,
    BranchesDeleted,
    TagsCreated,
    TagsDeleted,
    Releases,
    PipelinesSucceeded,
    PipelinesFailed,
    PipelinesOther,
    DeliveriesRecovered,
    EvaluationsSucceeded,
    EvaluationsFailed,
    EvaluationsErrored,
    EvaluationsCancelled,
    EvaluationsSuperseded,
}

/// A time of which the distribution is kept. The order is on disk: others are added behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Timing {
    /// The times that the forge's pipelines ran.
    PipelineDuration,
    /// From when an evaluation was queued, or released, to its first claim.
    QueueWait,
    /// From an evaluation's first claim to its result.
    Run,
}

/// Counts of a day or of many. Adding tallies in any order gives the same.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    counts: BTreeMap<Counter, u64>,
    deliveries: BTreeMap<Kind, u64>,
    times: BTreeMap<Timing, Histogram>,
}

impl Tally {
    /// Adds one to a counter.
    pub fn count(&mut self, counter: Counter) {
        let count = self.counts.entry(counter).or_default();
        *count = count.saturating_add(1);
    }

    /// Counts a delivery by what it told.
    pub fn delivered(&mut self, kind: Kind) {
        let count = self.deliveries.entry(kind).or_default();
        *count = count.saturating_add(1);
    }

    /// Enters a time, in milliseconds.
    pub fn took(&mut self, timing: Timing, milliseconds: u64) {
        self.times.entry(timing).or_default().enter(milliseconds);
    }

    /// Counts what an act counts.
    pub fn act(&mut self, act: &Act) {
        if let Some(counter) = act.counts {
            self.count(counter);
        }
        if let Some(took) = act.took {
            self.took(Timing::PipelineDuration, took);
        }
    }

    /// Counts the end of an evaluation that was queued, or last released, at a time. How long it waited and ran counts where a
    /// worker gave a result, or could give none.
    pub fn ended(&mut self, evaluation: &Evaluation, queued_at: Timestamp) {
        let counter = match evaluation.state {
            State::Succeeded => Counter::EvaluationsSucceeded,
            State::Failed => Counter::EvaluationsFailed,
            State::Errored => Counter::EvaluationsErrored,
            State::Cancelled => Counter::EvaluationsCancelled,
            State::Superseded => Counter::EvaluationsSuperseded,
            State::Held | State::Queued | State::Running => return,
        };
        self.count(counter);
        let (Some(started), Some(finished)) = (evaluation.started_at, evaluation.finished_at) else {
            return;
        };
        self.took(Timing::QueueWait, milliseconds(queued_at, started));
        if !matches!(evaluation.state, State::Cancelled | State::Superseded) {
            self.took(Timing::Run, milliseconds(started, finished));
        }
    }

    /// Adds what another counted.
    pub fn add(&mut self, other: &Self) {
        for (counter, more) in &other.counts {
            let count = self.counts.entry(*counter).or_default();
            *count = count.saturating_add(*more);
        }
        for (kind, more) in &other.deliveries {
            let count = self.deliveries.entry(*kind).or_default();
            *count = count.saturating_add(*more);
        }
        for (timing, more) in &other.times {
            self.times.entry(*timing).or_default().add(more);
        }
    }

    /// True if nothing was counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty() && self.deliveries.is_empty() && self.times.is_empty()
    }

    /// The number of times that something was counted.
    #[must_use]
    pub fn of(&self, counter: Counter) -> u64 {
        self.counts.get(&counter).copied().unwrap_or_default()
    }

    /// The number of deliveries of each kind.
    pub fn deliveries(&self) -> impl Iterator<Item = (Kind, u64)> {
        self.deliveries.iter().map(|(kind, count)| (*kind, *count))
    }

    /// The time in milliseconds that so many of a hundred did not exceed; none where none was entered. See [`Histogram::percentile`].
    #[must_use]
    pub fn percentile(&self, timing: Timing, percent: u8) -> Option<u64> {
        self.times.get(&timing)?.percentile(percent)
    }
}

fn milliseconds(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from((to.micros() - from.micros()) / 1_000).unwrap_or_default()
}
