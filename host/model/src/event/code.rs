//! Events about code: pushes, tags, pull requests.

use serde::{Deserialize, Serialize};

use super::people::User;

/// The author of a commit, as the commit says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "documented field by field in wit/events.wit")]
pub struct Author {
    pub name: String,
    pub email: Option<String>,
}

/// One commit of a push.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "documented field by field in wit/events.wit")]
pub struct Commit {
    pub id: String,
    pub title: String,
    pub message: String,
    pub author: Author,
    pub time: Option<String>,
    pub url: Option<String>,
    pub added: Vec<String>,
    pub modified: Vec<String>,
    pub removed: Vec<String>,
}

/// A branch, or another ref that is no tag, moved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "documented field by field in wit/events.wit")]
pub struct Push {
    #[serde(rename = "ref")]
    pub ref_name: String,
    pub before: Option<String>,
    pub after: Option<String>,
    pub created: bool,
    pub deleted: bool,
    pub forced: Option<bool>,
    pub commits: Vec<Commit>,
    pub commits_total: Option<u64>,
    pub changed_paths: Vec<String>,
    pub paths_complete: bool,
}

/// A tag was made, moved or removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "documented field by field in wit/events.wit")]
pub struct Tag {
    pub name: String,
    pub before: Option<String>,
    pub object: Option<String>,
    pub commit: Option<String>,
    pub created: bool,
    pub deleted: bool,
    pub message: Option<String>,
}

/// The action of a pull request event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "documented case by case in wit/events.wit")]
pub enum PullRequestAction {
    Opened,
    Updated,
    Reopened,
    Closed,
    Merged,
    Edited,
    Labeled,
    Unlabeled,
    Assigned,
    Unassigned,
    ReviewRequested,
    ReadyForReview,
    ConvertedToDraft,
    Other,
}

/// The state of a pull request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "documented case by case in wit/events.wit")]
pub enum PullRequestState {
    Open,
    Closed,
    Merged,
}

/// One side of a pull request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "documented field by field in wit/events.wit")]
pub struct Side {
    pub sha: Option<String>,
    #[serde(rename = "ref")]
    pub ref_name: String,
    pub repository_id: Option<String>,
}

/// A pull request, by whatever name the forge has for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "documented field by field in wit/events.wit")]
pub struct PullRequest {
    #[serde(skip_serializing)]
    pub action: PullRequestAction,
    pub number: u64,
    pub title: String,
    pub url: Option<String>,
    pub state: PullRequestState,
    pub draft: bool,
    pub fork: bool,
    pub labels: Vec<String>,
    pub assignees: Vec<User>,
    pub reviewers: Vec<User>,
    pub author: User,
    pub head: Side,
    pub base: Side,
    pub fetch_ref: String,
    pub new_code: bool,
    pub before: Option<String>,
    pub message: Option<String>,
}
