//! Words that GitHub's API has for states and reactions, and every forge that took the API over.

use super::{Reaction, StatusState};

impl Reaction {
    /// The reaction's `content`.
    pub fn content(self) -> &'static str {
        match self {
            Self::Eyes => "eyes",
            Self::Confused => "confused",
            Self::ThumbsUp => "+1",
            Self::ThumbsDown => "-1",
        }
    }
}

impl StatusState {
    /// The `state` of a commit status, of which there are four: no word is for what runs, was stopped or was left out.
    pub fn commit_status(self) -> &'static str {
        match self {
            Self::Queued | Self::Running | Self::ActionRequired => "pending",
            Self::Succeeded | Self::Skipped => "success",
            Self::Failed => "failure",
            Self::Errored | Self::Cancelled => "error",
        }
    }
}
