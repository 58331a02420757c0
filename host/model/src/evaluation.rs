//! Evaluations: queued work, and the one table of how it moves.

use serde::{Deserialize, Serialize};

use crate::ids::{DeliveryId, EvaluationId, OrganizationId, ProjectId};
use crate::project::Project;
use crate::timestamp::Timestamp;

/// The state of an evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It waits for approval.
    Held,
    /// It waits for a worker.
    Queued,
    /// A worker has it.
    Running,
    /// It went well.
    Succeeded,
    /// The work ran and failed.
    Failed,
    /// It could not be tried.
    Errored,
    /// Somebody stopped it.
    Cancelled,
    /// Newer work took its place.
    Superseded,
}

/// The move of an evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Move {
    /// Its commit was approved, or the forge says that whoever brought it may write.
    Release,
    /// A worker claimed it.
    Claim,
    /// Its lease ran out, and attempts are left.
    Requeue,
    /// Its lease ran out, and none is left.
    Exhaust,
    /// A worker finished it so.
    Succeed,
    /// A worker finished it so.
    Fail,
    /// A worker finished it so.
    Error,
    /// Somebody stopped it.
    Cancel,
    /// Newer work took its place.
    Supersede,
}

impl State {
    /// True if it can still move.
    #[must_use]
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Held | Self::Queued | Self::Running)
    }

    /// The state after a move, or `None` where that move is not open. This is the only table of moves.
    #[must_use]
    pub const fn after(self, step: Move) -> Option<Self> {
        match (self, step) {
            (Self::Held, Move::Release) | (Self::Running, Move::Requeue) => Some(Self::Queued),
            (Self::Queued, Move::Claim) => Some(Self::Running),
            (Self::Running, Move::Succeed) => Some(Self::Succeeded),
            (Self::Running, Move::Fail) => Some(Self::Failed),
            (Self::Running, Move::Error | Move::Exhaust) => Some(Self::Errored),
            (Self::Held | Self::Queued | Self::Running, Move::Cancel) => Some(Self::Cancelled),
            (Self::Held | Self::Queued | Self::Running, Move::Supersede) => Some(Self::Superseded),
            _ => None,
        }
    }
}

/// The trust in the code that an evaluation runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trust {
    /// The project's own code.
    Trusted,
    /// A stranger's code, released for this commit.
    Approved,
    /// A stranger's code.
    Untrusted,
}

/// The reason why an evaluation exists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// The kind of event, or `manual`.
    pub event: String,
    /// The delivery that brought it.
    pub delivery_id: Option<DeliveryId>,
    /// The actor: a login at the forge, or a token's name.
    pub actor: Option<String>,
    /// The number of the pull request.
    pub pull_request: Option<u64>,
    /// The argument of a command.
    pub argument: Option<String>,
}

/// The state of a named part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the words of the contract")]
pub enum CheckState {
    Running,
    Succeeded,
    Failed,
    Errored,
    Skipped,
}

/// A named part of an evaluation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Its name, unique in the evaluation.
    pub name: String,
    /// The part's state.
    pub state: CheckState,
    /// One sentence about the part.
    pub description: Option<String>,
    /// The address where more can be read.
    pub url: Option<String>,
}

/// The work that is to be evaluated: everything that is known before the writer decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    /// The URL to clone from: the project's repository.
    pub clone_url: String,
    /// The ref that can be fetched from there.
    pub fetch_ref: String,
    /// The full ref that moved: for a pull request its head's.
    pub ref_name: String,
    /// The hash of the commit to evaluate.
    pub sha: String,
    /// The commit before, as the event names it.
    pub before: Option<String>,
    /// The trust in the code.
    pub trust: Trust,
    /// The repository id of the code, as the event names it.
    pub repository_id: Option<String>,
    /// The cause of the evaluation.
    pub cause: Cause,
}

/// An evaluation of one commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evaluation {
    /// The evaluation's id.
    pub id: EvaluationId,
    /// The organization that owns it.
    pub organization: OrganizationId,
    /// The project that it evaluates.
    pub project: ProjectId,
    /// The project's repository, in canonical form.
    pub repository: String,
    /// The work to do.
    pub work: Work,
    /// The evaluation's state.
    pub state: State,
    /// Labels that a worker must all have.
    pub labels: Vec<String>,
    /// The number of the attempt, from 1; 0 until the first claim.
    pub attempt: u32,
    /// The worker that has it, or had it last.
    pub worker: Option<String>,
    /// The worker's sentence about it.
    pub description: Option<String>,
    /// The address where more can be read.
    pub url: Option<String>,
    /// Its named parts, in the order they were first named.
    pub checks: Vec<Check>,
    /// Deliveries that asked for it.
    pub deliveries: Vec<DeliveryId>,
    /// The evaluation that superseded it.
    pub superseded_by: Option<EvaluationId>,
    /// The evaluation that it repeats.
    pub rerun_of: Option<EvaluationId>,
    /// The SHA-256 of the token of its last lease: who has another lost it.
    pub lease_hash: Option<[u8; 32]>,
    /// The time when it was made.
    pub created_at: Timestamp,
    /// The time when it was first claimed.
    pub started_at: Option<Timestamp>,
    /// The time when it came to its end.
    pub finished_at: Option<Timestamp>,
}

impl Evaluation {
    /// One that begins, held or queued: of a project as it is now, and nothing has happened to it.
    #[must_use]
    pub fn begin(id: EvaluationId, project: &Project, work: Work, state: State, at: Timestamp) -> Self {
        Self {
            id,
            organization: project.organization,
            project: project.id,
            repository: project.identity.clone(),
            work,
            state,
            labels: project.runs_on.clone(),
            attempt: 0,
            worker: None,
            description: None,
            url: None,
            checks: Vec::new(),
            deliveries: Vec::new(),
            superseded_by: None,
            rerun_of: None,
            lease_hash: None,
            created_at: at,
            started_at: None,
            finished_at: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATES: [State; 8] = [
        State::Held,
        State::Queued,
        State::Running,
        State::Succeeded,
        State::Failed,
        State::Errored,
        State::Cancelled,
        State::Superseded,
    ];
    const MOVES: [Move; 9] = [
        Move::Release,
        Move::Claim,
        Move::Requeue,
        Move::Exhaust,
        Move::Succeed,
        Move::Fail,
        Move::Error,
        Move::Cancel,
        Move::Supersede,
    ];

    #[test]
    fn what_is_over_never_moves() {
        for state in STATES.into_iter().filter(|state| !state.is_live()) {
            for step in MOVES {
                assert_eq!(state.after(step), None, "{state:?} {step:?}");
            }
        }
    }

    #[test]
    fn what_is_held_runs_only_after_its_release() {
        for step in MOVES.into_iter().filter(|&step| step != Move::Release) {
            assert!(
                !matches!(State::Held.after(step), Some(State::Queued | State::Running)),
                "{step:?}"
            );
        }
    }

    #[test]
    fn only_a_worker_ends_what_runs_with_a_result() {
        for state in [State::Held, State::Queued] {
            for step in [Move::Succeed, Move::Fail, Move::Error, Move::Exhaust, Move::Requeue] {
                assert_eq!(state.after(step), None, "{state:?} {step:?}");
            }
        }
    }
}
