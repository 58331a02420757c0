//! Lanes: statuses that show the same thing, of which only the latest counts, and which of two is later.

use serde::{Deserialize, Serialize};

use super::{Draft, Status, StatusOutcome, StatusState};
use crate::crypto;
use crate::evaluation::Evaluation;
use crate::ids::{ActionId, EvaluationId, IntegrationId};

/// The hash of what shows one thing: a context at a commit, a comment in a pull request, an evaluation's requests. At most one
/// status of a lane is under way, and at most one waits. It is a hash, so that it has one size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Lane(pub [u8; 16]);

impl Lane {
    /// A context at a commit, spoken of through one integration.
    #[must_use]
    pub fn of_context(integration: IntegrationId, repository: &str, sha: &str, context: &str) -> Self {
        let parts = [integration.as_bytes().as_slice(), repository.as_bytes(), sha.as_bytes()];
        Self::of("context", &parts, context.as_bytes())
    }

    /// An action's comment in a pull request.
    #[must_use]
    pub fn of_comment(integration: IntegrationId, repository: &str, pull_request: u64, action: ActionId) -> Self {
        let number = pull_request.to_be_bytes();
        let parts = [
            integration.as_bytes().as_slice(),
            repository.as_bytes(),
            number.as_slice(),
        ];
        Self::of("comment", &parts, action.as_bytes())
    }

    /// An action's requests about an evaluation: what is said of another is another matter, and takes no request's place.
    #[must_use]
    pub fn of_request(action: ActionId, evaluation: EvaluationId) -> Self {
        Self::of("request", &[action.as_bytes().as_slice()], evaluation.as_bytes())
    }

    /// Each part with its length, so that none runs into the next.
    fn of(kind: &str, parts: &[&[u8]], last: &[u8]) -> Self {
        let mut message = Vec::new();
        for part in [kind.as_bytes()].iter().chain(parts).chain([&last]) {
            message.extend((part.len() as u64).to_be_bytes());
            message.extend(*part);
        }
        let digest = crypto::sha256(&message);
        Self(digest.first_chunk().copied().unwrap_or_default())
    }
}

/// The place of a status in its lane: newer evaluations after older ones, later attempts after earlier ones, and within an attempt
/// waiting before running before the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Order {
    /// The evaluation; ids sort by age.
    pub evaluation: EvaluationId,
    /// The number of the evaluation's attempt.
    pub attempt: u32,
    /// The progress within the attempt: a later state has a higher rank.
    pub rank: u8,
}

impl Order {
    /// The place of something that is said of an evaluation as it stands.
    #[must_use]
    pub const fn of(evaluation: &Evaluation, state: StatusState) -> Self {
        Self {
            evaluation: evaluation.id,
            attempt: evaluation.attempt,
            rank: match state {
                StatusState::ActionRequired => 0,
                StatusState::Queued => 1,
                StatusState::Running => 2,
                _ => 3,
            },
        }
    }
}

/// The placement of a draft in a lane, by the last status there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    /// The draft is the last from here on.
    Next,
    /// The draft comes too late: the last status is of a newer evaluation, or had come further. The draft is never sent.
    Late,
    /// The draft says what the last status says already.
    Repeat,
}

impl Placement {
    /// The placement of a draft behind the last status of its lane, which has this place.
    #[must_use]
    pub fn of(draft: &Draft, last: &Status, order: Order) -> Self {
        let stands = matches!(last.outcome, StatusOutcome::Waiting | StatusOutcome::Sent);
        let says_the_same = draft.order.evaluation == order.evaluation
            && (draft.state, &draft.description, &draft.url) == (last.state, &last.description, &last.url);
        if draft.order < order {
            Self::Late
        } else if stands && says_the_same {
            Self::Repeat
        } else {
            Self::Next
        }
    }
}
