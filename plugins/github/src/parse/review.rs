//! `pull_request_review`: a verdict on one commit of a pull request.

use forgegate_sdk::ParseError;
use forgegate_sdk::events::{Detail, Event, Review, ReviewState};
use forgegate_sdk::json::Part;

use super::common::{author, commit_or_none, event};

pub fn parse(root: Part) -> Result<Event, ParseError> {
    let action = root.text("action")?;
    let Some(state) = state(action, root.text("review.state")?) else {
        return event(root, None, Detail::Unknown("pull_request_review".into()));
    };
    let review = Review {
        id: Some(root.id("review.id")?),
        state,
        author: author(root, "review.user")?,
        number: root.number("pull_request.number")?,
        // Null where the commit is gone: then the verdict is bound to none.
        commit: commit_or_none(root, "review.commit_id")?,
    };
    // Nothing tells when a verdict was taken back.
    let given = match action {
        "submitted" => root.owned("review.submitted_at")?,
        _ => None,
    };
    event(root, given, Detail::Review(review))
}

/// An `edited` review gives no verdict: its text was changed, by whoever may, and it still carries the state of the old one.
fn state(action: &str, state: &str) -> Option<ReviewState> {
    match (action, state) {
        ("dismissed", _) => Some(ReviewState::Dismissed),
        ("submitted", "approved") => Some(ReviewState::Approved),
        ("submitted", "changes_requested") => Some(ReviewState::ChangesRequested),
        ("submitted", "commented") => Some(ReviewState::Commented),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_submitted_review_gives_a_verdict() {
        let approved = Some(ReviewState::Approved);
        assert_eq!(state("submitted", "approved"), approved);
        assert_eq!(state("submitted", "pending"), None);
        assert_eq!(state("edited", "approved"), None);
        assert_eq!(state("dismissed", "dismissed"), Some(ReviewState::Dismissed));
    }
}
