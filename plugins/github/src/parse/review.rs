//! `pull_request_review`: a verdict on one commit of a pull request.

use forgegate_sdk::events::{Detail, Event, Review, ReviewState};
use forgegate_sdk::{ParseError, commit_id, json};
use serde::Deserialize;

use super::common::{Account, Envelope, Numbered, Repo, Text, author, owned};

#[derive(Deserialize)]
struct Payload<'a> {
    #[serde(borrow)]
    action: Text<'a>,
    #[serde(borrow)]
    review: Verdict<'a>,
    pull_request: Pull,
    #[serde(borrow)]
    repository: Repo<'a>,
    #[serde(borrow)]
    sender: Option<Account<'a>>,
    installation: Option<Numbered>,
}

#[derive(Deserialize)]
struct Verdict<'a> {
    id: u64,
    #[serde(borrow)]
    state: Text<'a>,
    /// Null where the commit is gone: then the verdict is bound to none.
    #[serde(borrow)]
    commit_id: Option<Text<'a>>,
    #[serde(borrow)]
    user: Option<Account<'a>>,
    #[serde(borrow)]
    submitted_at: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Pull {
    number: u64,
}

pub fn parse(payload: &[u8]) -> Result<Event, ParseError> {
    let payload: Payload = json::parse(payload)?;
    let (detail, time) = match state(&payload.action, &payload.review.state) {
        Some(state) => (Detail::Review(review(&payload, state)), time(&payload)),
        None => (Detail::Unknown("pull_request_review".into()), None),
    };
    let envelope = Envelope::of(payload.repository, payload.sender, payload.installation);
    Ok(envelope.event_at(time, detail))
}

fn review(payload: &Payload, state: ReviewState) -> Review {
    let review = &payload.review;
    Review {
        id: Some(review.id.to_string()),
        state,
        author: author(review.user.as_ref()),
        number: payload.pull_request.number,
        commit: review.commit_id.as_deref().and_then(commit_id),
    }
}

/// When the verdict was given; nothing tells when it was taken back.
fn time(payload: &Payload) -> Option<String> {
    let given = &*payload.action == "submitted";
    given.then(|| owned(&payload.review.submitted_at)).flatten()
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
        assert_eq!(
            state("dismissed", "dismissed"),
            Some(ReviewState::Dismissed)
        );
    }
}
