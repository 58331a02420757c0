//! The reviews of a pull request that are in force.

use forgegate_sdk::events::ReviewState;
use forgegate_sdk::outbound::{Approval, OutboundError, RepositoryRef};
use forgegate_sdk::{Method, commit_id};

use super::api::{each, in_repository};
use crate::parse::author;

/// The most pages of reviews that are read.
const PAGES: u32 = 10;

/// Everybody's latest verdict: the list is in the order in which they were given. A comment changes no verdict; a review that was
/// dismissed says so itself.
pub fn approvals(repository: &RepositoryRef, number: u64) -> Result<Vec<Approval>, OutboundError> {
    let call = in_repository(Method::Get, repository, &["pulls", &number.to_string(), "reviews"])?;
    let mut verdicts: Vec<Approval> = Vec::new();
    each(&call, PAGES, &mut |review| {
        let Some(state) = verdict(review.text("state")?) else {
            return Ok(());
        };
        let given = Approval {
            by: author(review, "user")?,
            // Null where the commit is gone: then the verdict is bound to none.
            commit: review.text_or_none("commit_id")?.and_then(commit_id),
            state,
            stale: state == ReviewState::Dismissed,
        };
        verdicts.retain(|earlier| earlier.by.id != given.by.id);
        verdicts.push(given);
        Ok(())
    })?;
    Ok(verdicts)
}

/// The verdict that a word stands for; in upper case here, in deliveries in lower case.
fn verdict(state: &str) -> Option<ReviewState> {
    match state {
        "APPROVED" => Some(ReviewState::Approved),
        "CHANGES_REQUESTED" => Some(ReviewState::ChangesRequested),
        "DISMISSED" => Some(ReviewState::Dismissed),
        _ => None,
    }
}
