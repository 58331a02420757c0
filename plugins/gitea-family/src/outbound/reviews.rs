//! The reviews of a pull request that stand.

use forgegate_sdk::commit_id;
use forgegate_sdk::events::ReviewState;
use forgegate_sdk::json::Part;
use forgegate_sdk::outbound::{Approval, Call, OutboundError, RepositoryRef, owner_and_name};

use super::PAGE;
use super::fields::FIELDS;
use crate::parse::user;

/// The most pages that are read.
const PAGES: u32 = 20;

/// The last decision of each reviewer. A comment takes no decision back; a dismissal does.
pub fn approvals(repository: &RepositoryRef, number: u64) -> Result<Vec<Approval>, OutboundError> {
    let (owner, name) = owner_and_name(repository)?;
    let path = ["repos", owner, name, "pulls", &number.to_string(), "reviews"];
    let mut pages = Call::get(&path).query("limit", PAGE).pages(PAGES);
    let mut standing: Vec<Decision> = Vec::new();
    while let Some(answer) = pages.next_page()? {
        for review in answer.tree(FIELDS)?.root().items()? {
            let Some(decision) = decision(review)? else { continue };
            let earlier = standing.iter().position(|d| d.approval.by == decision.approval.by);
            match earlier.and_then(|index| standing.get_mut(index)) {
                Some(earlier) if earlier.review > decision.review => {}
                Some(earlier) => *earlier = decision,
                None => standing.push(decision),
            }
        }
    }
    let approvals = standing.into_iter().filter(|decision| !decision.dismissed);
    Ok(approvals.map(|decision| decision.approval).collect())
}

struct Decision {
    review: u64,
    dismissed: bool,
    approval: Approval,
}

/// What the review decides; none where it only says something, or is asked for, or is not sent off yet.
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
