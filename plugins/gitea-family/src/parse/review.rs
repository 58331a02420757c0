//! Reviews of pull requests.

use forgegate_sdk::events::{Detail, Review, ReviewState};
use forgegate_sdk::json::Part;

use super::common::user;
use super::{Told, comment};

/// A review, by whatever name it arrives. The reviewer is who sends it. No field says which commit was reviewed: the head that the
/// payload shows is that of the moment of sending, so an approval is bound to a commit only by asking the forge.
///
/// `pull_request_comment` is a review as an event and a comment on a pull request as an event-type; the payload tells which.
pub fn parse(event: &str, root: Part) -> Told {
    if root.at_or_none("comment").is_some() {
        return comment::parse(event, root);
    }
    let kind = root.text_or_none("review.type")?;
    let detail = match kind.and_then(state).or_else(|| state(event)) {
        Some(state) => Detail::Review(Review {
            id: None,
            state,
            author: user(root.at("sender"))?,
            number: root.number("pull_request.number")?,
            commit: None,
        }),
        None => Detail::Unknown(event.to_owned()),
    };
    Ok((None, detail))
}

/// The state, which is the end of the review's type and of the event's name alike.
fn state(name: &str) -> Option<ReviewState> {
    let (_, last) = name.rsplit_once('_')?;
    Some(match last {
        "approved" => ReviewState::Approved,
        "rejected" => ReviewState::ChangesRequested,
        "comment" => ReviewState::Commented,
        _ => return None,
    })
}
