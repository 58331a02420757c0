//! Reports to the forge.

use super::{repository, wit};
use crate::outbound::{CommentText, Reaction, Status, StatusState};
use crate::translate::{Checked, caps};

pub(crate) fn status(it: &Status) -> wit::Status {
    wit::Status {
        repository: repository(&it.repository),
        sha: it.sha.clone(),
        ref_: it.ref_name.clone(),
        fetch_ref: it.fetch_ref.clone(),
        context: it.context.clone(),
        state: match it.state {
            StatusState::Queued => wit::StatusState::Queued,
            StatusState::Running => wit::StatusState::Running,
            StatusState::Succeeded => wit::StatusState::Succeeded,
            StatusState::Failed => wit::StatusState::Failed,
            StatusState::Errored => wit::StatusState::Errored,
            StatusState::Cancelled => wit::StatusState::Cancelled,
            StatusState::Skipped => wit::StatusState::Skipped,
            StatusState::ActionRequired => wit::StatusState::ActionRequired,
        },
        description: it.description.clone(),
        url: it.url.clone(),
        external_id: it.external_id.clone(),
        previous: it.previous.clone(),
        attempted: it.attempted,
    }
}

pub(crate) fn comment(it: &CommentText) -> wit::CommentText {
    wit::CommentText {
        repository: repository(&it.repository),
        number: it.number,
        body: it.body.clone(),
        previous: it.previous.clone(),
        mark: it.mark.clone(),
        attempted: it.attempted,
    }
}

pub(crate) const fn reaction(it: Reaction) -> wit::Reaction {
    match it {
        Reaction::Eyes => wit::Reaction::Eyes,
        Reaction::Confused => wit::Reaction::Confused,
        Reaction::ThumbsUp => wit::Reaction::ThumbsUp,
        Reaction::ThumbsDown => wit::Reaction::ThumbsDown,
    }
}

/// The mark that an earlier report left to find its object by.
pub(crate) fn reported(mark: Option<String>) -> Checked<Option<String>> {
    mark.map(|mark| caps::word("report", mark)).transpose()
}

/// The mark that an earlier comment is found by.
pub(crate) fn commented(mark: String) -> Checked<String> {
    caps::word("comment", mark)
}
