//! Pull requests and their reviews as they stand now.

use forgegate_sdk::Method;
use forgegate_sdk::commit_id;
use forgegate_sdk::events::ReviewState;
use forgegate_sdk::outbound::{Approval, OutboundError, PullRequestNow, RepositoryRef};

use super::api::{each, in_repository, read};
use crate::parse::{author, branch_ref, commit, fetch_ref, labels};

/// Pages of reviews: as many as there may be approvals.
const MOST_PAGES: u32 = 10;

pub fn find_pull_request(repository: &RepositoryRef, number: u64) -> Result<PullRequestNow, OutboundError> {
    let call = in_repository(Method::Get, repository, &["pulls", &number.to_string()])?;
    read(&call, |root| {
        // Null where the fork was deleted.
        let head_repository_id = root.id_or_none("head.repo.id")?;
        let base_repository_id = root.id("base.repo.id")?;
        Ok(PullRequestNow {
            head: commit(root, "head.sha")?,
            head_ref: branch_ref(root.text("head.ref")?),
            fork: head_repository_id.as_ref() != Some(&base_repository_id),
            head_repository_id,
            base_ref: branch_ref(root.text("base.ref")?),
            open: root.text("state")? == "open",
            draft: root.flag("draft")?.unwrap_or(false),
            title: root.text("title")?.to_owned(),
            labels: labels(root)?,
            author: author(root, "user")?,
            fetch_ref: fetch_ref(number),
        })
    })
}

/// Everybody's latest verdict: the list is in the order in which they were given. A comment changes no verdict; a review that was
/// dismissed says so itself.
pub fn approvals(repository: &RepositoryRef, number: u64) -> Result<Vec<Approval>, OutboundError> {
    let call = in_repository(Method::Get, repository, &["pulls", &number.to_string(), "reviews"])?;
    let mut standing: Vec<Approval> = Vec::new();
    each(&call, MOST_PAGES, &mut |review| {
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
        standing.retain(|earlier| earlier.by.id != given.by.id);
        standing.push(given);
        Ok(())
    })?;
    Ok(standing)
}

/// In upper case here, in deliveries in lower case.
fn verdict(state: &str) -> Option<ReviewState> {
    match state {
        "APPROVED" => Some(ReviewState::Approved),
        "CHANGES_REQUESTED" => Some(ReviewState::ChangesRequested),
        "DISMISSED" => Some(ReviewState::Dismissed),
        _ => None,
    }
}
