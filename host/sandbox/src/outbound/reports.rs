//! Reports to the forge.

use forgegate_model::status::StatusState;

use super::RepositoryRef;

/// A status to be shown at a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "documented field by field in wit/outbound.wit")]
pub struct Status {
    pub repository: RepositoryRef,
    pub sha: String,
    pub ref_name: Option<String>,
    pub fetch_ref: Option<String>,
    pub context: String,
    pub state: StatusState,
    pub description: Option<String>,
    pub url: Option<String>,
    pub external_id: String,
    pub previous: Option<String>,
    pub attempted: bool,
}

/// A comment to be written or brought up to date.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "documented field by field in wit/outbound.wit")]
pub struct CommentText {
    pub repository: RepositoryRef,
    pub number: u64,
    pub body: String,
    pub previous: Option<String>,
    pub mark: String,
    pub attempted: bool,
}

/// A small sign under a comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "documented case by case in wit/outbound.wit")]
pub enum Reaction {
    Eyes,
    Confused,
    ThumbsUp,
    ThumbsDown,
}
