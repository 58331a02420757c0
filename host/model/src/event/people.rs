//! Events about what people say: comments, reviews, releases, issues.

use serde::{Deserialize, Serialize};

/// An account of the forge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "documented field by field in wit/events.wit")]
pub struct User {
    pub id: Option<String>,
    pub login: String,
}

/// Who caused an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "documented field by field in wit/events.wit")]
pub struct Actor {
    #[serde(flatten)]
    pub user: User,
    pub bot: bool,
}

/// What happened to a comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "documented case by case in wit/events.wit")]
pub enum CommentAction {
    Created,
    Edited,
    Deleted,
}

/// A comment on an issue, a pull request or something else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "documented field by field in wit/events.wit")]
pub struct Comment {
    #[serde(skip)]
    pub action: CommentAction,
    pub id: String,
    pub body: String,
    pub url: Option<String>,
    pub author: User,
    pub number: Option<u64>,
    pub on_pull_request: bool,
    pub confidential: bool,
    pub head: Option<String>,
}

/// What a review says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "documented case by case in wit/events.wit")]
pub enum ReviewState {
    Approved,
    ChangesRequested,
    Commented,
    Dismissed,
}

/// A review of a pull request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "documented field by field in wit/events.wit")]
pub struct Review {
    pub id: Option<String>,
    pub state: ReviewState,
    pub author: User,
    pub number: u64,
    pub commit: Option<String>,
}

/// What happened to a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "documented case by case in wit/events.wit")]
pub enum ReleaseAction {
    Created,
    Updated,
    Published,
    Deleted,
}

/// A file of a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "documented field by field in wit/events.wit")]
pub struct Asset {
    pub name: String,
    pub url: String,
}

/// A release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "documented field by field in wit/events.wit")]
pub struct Release {
    #[serde(skip)]
    pub action: ReleaseAction,
    pub tag: String,
    pub name: Option<String>,
    pub url: Option<String>,
    pub draft: bool,
    pub prerelease: bool,
    pub target: Option<String>,
    pub commit: Option<String>,
    pub assets: Vec<Asset>,
}

/// What happened to an issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "documented case by case in wit/events.wit")]
pub enum IssueAction {
    Opened,
    Updated,
    Closed,
    Reopened,
}

/// An issue. Its `state` is shown as `open` or `closed`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "documented field by field in wit/events.wit")]
pub struct Issue {
    #[serde(skip)]
    pub action: IssueAction,
    pub number: u64,
    pub title: String,
    pub url: Option<String>,
    #[serde(rename = "state", serialize_with = "open_or_closed")]
    pub open: bool,
    pub labels: Vec<String>,
    pub author: User,
    pub assignees: Vec<User>,
    pub confidential: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn open_or_closed<S: serde::Serializer>(open: &bool, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(if *open { "open" } else { "closed" })
}
