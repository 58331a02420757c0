//! The reviews of a pull request that are in force.

use forgegate_sdk::events::ReviewState;
use forgegate_sdk::json::Part;
use forgegate_sdk::outbound::{Approval, OutboundError, RepositoryRef};
use forgegate_sdk::{Method, commit_id};

use super::api::{PER_PAGE, in_repository};
use super::fields::FIELDS;
use crate::parse::user;

/// The most pages that are read.
const PAGES: u32 = 20;

/// The last decision of each reviewer. A comment takes no decision back; a dismissal does.
pub fn approvals(repository: &RepositoryRef, number: u64) -> Result<Vec<Approval>, OutboundError> {
    let call = in_repository(Method::Get, repository, &["pulls", &number.to_string(), "reviews"])?;
    let mut pages = call.query("limit", PER_PAGE).pages(PAGES);
    let mut decisions: Vec<Decision> = Vec::new();
    while let Some(answer) = pages.next_page()? {
        for review in answer.tree(FIELDS)?.root().items()? {
            let Some(decision) = decision(review)? else { continue };
            let earlier = decisions.iter().position(|d| d.approval.by == decision.approval.by);
            match earlier.and_then(|index| decisions.get_mut(index)) {
                Some(earlier) if earlier.review > decision.review => {}
                Some(earlier) => *earlier = decision,
                None => decisions.push(decision),
            }
        }
    }
    let approvals = decisions.into_iter().filter(|decision| !decision.dismissed);
    Ok(approvals.map(|decision| decision.approval).collect())
}

/// A decision of a reviewer.
struct Decision {
    /// The number of the review.
    review: u64,
    dismissed: bool,
    approval: Approval,
}

/// The decision of a review; none where it only says something, or is asked for, or is not sent off yet.
fn decision(review: Part<'_>) -> Result<Option<Decision>, OutboundError> {
    let state = match review.text("state")? {
        "APPROVED" => ReviewState::Approved,
        "REQUEST_CHANGES" => ReviewState::ChangesRequested,
        _ => return Ok(None),
    };
    let is = |flag| Ok::<_, OutboundError>(review.flag(flag)? == Some(true));
    // The forge counts only official reviews: those of whom the branch's protection names, or else of whoever may write.
    let unofficial = review.flag("official")? == Some(false);
    Ok(Some(Decision {
        review: review.number("id")?,
        dismissed: is("dismissed")?,
        approval: Approval {
            by: user(review.at("user"))?,
            commit: review.text_or_none("commit_id")?.and_then(commit_id),
            state,
            stale: is("stale")? || unofficial,
        },
    }))
}
