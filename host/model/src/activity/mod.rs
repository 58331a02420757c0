//! Activity: what happened in a project's repository, one line an act, and what of it is counted.
//!
//! An act is what people speak of: a commit, a branch made, a pull request merged, a pipeline's end. It follows from an event, whether
//! a forge sent that or was asked for it. Here are the rules only; who keeps acts, and how long, is the storage's business.

mod acts;
mod histogram;
mod identity;
mod tally;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crate::timestamp::Timestamp;

pub use acts::acts;
pub use histogram::Histogram;
pub use identity::Identity;
pub use tally::{Counter, Tally, Timing};

/// The kind of thing that an act is about. The order is on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the words of the contract")]
pub enum ActivityKind {
    Commit,
    Branch,
    Tag,
    PullRequest,
    Review,
    Issue,
    Comment,
    Pipeline,
    Release,
}

/// The kind of change. The order is on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the words of the contract")]
pub enum ActivityAction {
    Pushed,
    Created,
    Moved,
    Deleted,
    Opened,
    Updated,
    Closed,
    Merged,
    Reopened,
    ReadyForReview,
    ConvertedToDraft,
    ReviewRequested,
    Approved,
    ChangesRequested,
    Commented,
    Dismissed,
    Published,
    Success,
    Failed,
    Canceled,
    Skipped,
}

/// One line of a project's activity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    /// The time when it happened, as far as the forge tells; never later than it was heard of.
    pub at: Timestamp,
    /// The kind of thing that it is about.
    pub kind: ActivityKind,
    /// The change to that thing.
    pub action: ActivityAction,
    /// The person who did it: a login, or a commit's author.
    pub actor: Option<String>,
    /// Its title: a commit's first line, a title, a release's name. Nothing that is not for everybody.
    pub title: Option<String>,
    /// The number of the pull request, the issue or the pipeline.
    pub number: Option<u64>,
    /// The commit's hash.
    pub sha: Option<String>,
    /// The full ref.
    #[serde(rename = "ref")]
    pub ref_name: Option<String>,
    /// The address of its page at the forge.
    pub url: Option<String>,
    /// True if it was found by asking, not sent.
    pub recovered: bool,
}

/// The way by which an act came to be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The forge sent it.
    Sent,
    /// The forge was asked.
    Recovered,
}

/// An act with what it is recognised by and what it counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    /// The line of the activity.
    pub activity: Activity,
    /// Its identity, by which it is recognised when it is reported again.
    pub identity: Identity,
    /// The counter that it adds one to.
    pub counts: Option<Counter>,
    /// The duration of what ended with it, in milliseconds.
    pub took: Option<u64>,
}

impl ActivityKind {
    /// All kinds, in the order in which they are documented.
    pub const ALL: [Self; 9] = [
        Self::Commit,
        Self::Branch,
        Self::Tag,
        Self::PullRequest,
        Self::Review,
        Self::Issue,
        Self::Comment,
        Self::Pipeline,
        Self::Release,
    ];

    /// The kind's name, as it is shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Commit => "commit",
            Self::Branch => "branch",
            Self::Tag => "tag",
            Self::PullRequest => "pull_request",
            Self::Review => "review",
            Self::Issue => "issue",
            Self::Comment => "comment",
            Self::Pipeline => "pipeline",
            Self::Release => "release",
        }
    }
}

impl ActivityAction {
    /// The action's name, as it is shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pushed => "pushed",
            Self::Created => "created",
            Self::Moved => "moved",
            Self::Deleted => "deleted",
            Self::Opened => "opened",
            Self::Updated => "updated",
            Self::Closed => "closed",
            Self::Merged => "merged",
            Self::Reopened => "reopened",
            Self::ReadyForReview => "ready_for_review",
            Self::ConvertedToDraft => "converted_to_draft",
            Self::ReviewRequested => "review_requested",
            Self::Approved => "approved",
            Self::ChangesRequested => "changes_requested",
            Self::Commented => "commented",
            Self::Dismissed => "dismissed",
            Self::Published => "published",
            Self::Success => "success",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
            Self::Skipped => "skipped",
        }
    }
}
