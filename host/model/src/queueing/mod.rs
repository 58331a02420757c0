//! The writer's decision about work, in the order in which deliveries are committed: is the same work under way, does something
//! stand in its way, what does it take the place of. When a queued evaluation may start is the rule of storage's queue.
//!
//! All of it concerns one project: the live evaluations handed in are that project's.

mod gone;

use serde::{Deserialize, Serialize};

use crate::delivery::Reason;
use crate::evaluation::{Evaluation, State, Work};
use crate::ids::EvaluationId;
use crate::project::Concurrency;

pub use gone::EndedSubject;

/// The decision whether work has to be approved before it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Gate {
    /// The work is queued without an approval.
    Open,
    /// The work is held until it is approved.
    Held,
}

/// The identity of a piece of work: its commit, its ref or pull request, its repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkIdentity<'a> {
    /// The full ref.
    pub ref_name: &'a str,
    /// The number of the pull request.
    pub pull_request: Option<u64>,
    /// The repository id of the code.
    pub repository_id: Option<&'a str>,
    /// The commit's hash.
    pub sha: &'a str,
}

/// An evaluation that is held, queued or running.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiveEvaluation<'a> {
    /// Its id; ids sort by age.
    pub id: EvaluationId,
    /// The evaluation's state.
    pub state: State,
    /// The identity of the evaluation's work.
    pub subject: WorkIdentity<'a>,
}

/// The decision about a candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It is queued.
    Queue {
        /// The evaluations that it supersedes.
        supersede: Vec<EvaluationId>,
    },
    /// It is recorded and waits for approval.
    Hold {
        /// The evaluations that it supersedes.
        supersede: Vec<EvaluationId>,
    },
    /// The same work is under way: `already_in_progress`.
    Join {
        /// The evaluation that it is one with.
        into: EvaluationId,
        /// The evaluations that that one supersedes.
        supersede: Vec<EvaluationId>,
    },
    /// It is not recorded.
    Skip(Reason),
}

impl<'a> WorkIdentity<'a> {
    /// The subject of a piece of work.
    #[must_use]
    pub fn of(work: &'a Work) -> Self {
        Self {
            ref_name: &work.ref_name,
            pull_request: work.cause.pull_request,
            repository_id: work.repository_id.as_deref(),
            sha: &work.sha,
        }
    }

    /// True if both are of one pull request, or of none and of one ref. The project's concurrency policy holds within such a lane.
    #[must_use]
    pub fn shares_lane(&self, other: &Self) -> bool {
        match (self.pull_request, other.pull_request) {
            (Some(one), Some(other)) => one == other,
            (None, None) => self.ref_name == other.ref_name && self.repository_id == other.repository_id,
            _ => false,
        }
    }

    /// True if both are the same commit, of one pull request or of one ref of one repository: a push to a branch and the pull
    /// request of that branch are the same work. A pull request's repository that is not known is no other's.
    #[must_use]
    pub fn is_same_work(&self, other: &Self) -> bool {
        self.sha == other.sha && (self.shares_ref(other) || self.shares_lane(other))
    }

    /// True if both are of one ref of one repository that is known, by a push or by a pull request.
    fn shares_ref(&self, other: &Self) -> bool {
        let same_repository = self.repository_id.is_some() && self.repository_id == other.repository_id;
        same_repository && self.ref_name == other.ref_name
    }
}

impl<'a> LiveEvaluation<'a> {
    /// The live evaluation of a stored one, or `None` where it is over.
    #[must_use]
    pub fn of(evaluation: &'a Evaluation) -> Option<Self> {
        evaluation.state.is_live().then(|| Self {
            id: evaluation.id,
            state: evaluation.state,
            subject: WorkIdentity::of(&evaluation.work),
        })
    }
}

/// Decides about work that a project's trigger let through.
///
/// The same work under way is joined; a held one counts only against what would itself be held. Under [`Concurrency::Skip`] whatever
/// is queued or running in its lane is `concurrency`; what would be held is not skipped, for it does not run. Under
/// [`Concurrency::CancelSuperseded`] it takes the place of what `before` names in its lane, whatever the order in which deliveries
/// come; since a push and the pull request of its branch are one work, also of what `before` names of the same ref, unless that is
/// let through already and this would be held. Under every policy it takes the place of a held evaluation of the same work.
#[must_use]
pub fn decide(work: &Work, gate: Gate, policy: Concurrency, live: &[LiveEvaluation<'_>]) -> Decision {
    let subject = WorkIdentity::of(work);
    let is_named = |it: &LiveEvaluation<'_>| {
        let before = Some(it.subject.sha) == work.before.as_deref() && it.subject.sha != subject.sha;
        let by_ref = gate == Gate::Open || it.state == State::Held;
        policy == Concurrency::CancelSuperseded
            && before
            && (it.subject.shares_lane(&subject) || by_ref && it.subject.shares_ref(&subject))
    };
    let ids = |it: &mut dyn Iterator<Item = &LiveEvaluation<'_>>| it.map(|it| it.id).collect();
    let is_same = |it: &LiveEvaluation<'_>| it.subject.is_same_work(&subject);
    let counts = |it: &LiveEvaluation<'_>| it.state != State::Held || gate == Gate::Held;
    if let Some(into) = live.iter().find(|it| counts(it) && is_same(it)) {
        return Decision::Join {
            into: into.id,
            supersede: ids(&mut live.iter().filter(|it| is_named(it))),
        };
    }
    let mut lane = live.iter().filter(|it| it.subject.shares_lane(&subject));
    if policy == Concurrency::Skip && gate == Gate::Open && lane.any(|it| it.state != State::Held) {
        return Decision::Skip(Reason::Concurrency);
    }
    let is_twin = |it: &LiveEvaluation<'_>| it.state == State::Held && is_same(it);
    let supersede = ids(&mut live.iter().filter(|it| is_named(it) || is_twin(it)));
    match gate {
        Gate::Open => Decision::Queue { supersede },
        Gate::Held => Decision::Hold { supersede },
    }
}

#[cfg(test)]
mod tests;
