//! Events about what people say: comments, reviews, releases, issues.

use serde::{Deserialize, Serialize};

/// An account of the forge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "documented field by field in wit/events.wit")]
pub struct User {
    pub id: Option<String>,
    pub login: String,
}

/// The person or bot that caused an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "documented field by field in wit/events.wit")]
pub struct Actor {
    #[serde(flatten)]
    pub user: User,
    pub bot: bool,
}

/// The action of a comment event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "documented case by case in wit/events.wit")]
pub enum CommentAction {
    Created,
    Edited,
    Deleted,
}

/// A comment on an issue, a pull request or something else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "documented field by field in wit/events.wit")]
pub struct Comment {
    #[serde(skip_serializing)]
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

/// The state of a review.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "documented case by case in wit/events.wit")]
pub enum ReviewState {
    Approved,
    ChangesRequested,
    Commented,
    Dismissed,
}

/// A review of a pull request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "documented field by field in wit/events.wit")]
pub struct Review {
    pub id: Option<String>,
    pub state: ReviewState,
    pub author: User,
    pub number: u64,
    pub commit: Option<String>,
}

/// The action of a release event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "documented case by case in wit/events.wit")]
pub enum ReleaseAction {
    Created,
    Updated,
    Published,
    Deleted,
}

/// A file of a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "documented field by field in wit/events.wit")]
pub struct Asset {
    pub name: String,
    pub url: String,
}

/// A release of a tag, and the change to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "documented field by field in wit/events.wit")]
pub struct Release {
    #[serde(skip_serializing)]
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

/// The action of an issue event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "documented case by case in wit/events.wit")]
pub enum IssueAction {
    Opened,
    Updated,
    Closed,
    Reopened,
}

/// An issue. Its `state` is shown as `open` or `closed`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "documented field by field in wit/events.wit")]
pub struct Issue {
    #[serde(skip_serializing)]
    pub action: IssueAction,
    pub number: u64,
    pub title: String,
    pub url: Option<String>,
    #[serde(rename = "state", serialize_with = "open_or_closed", deserialize_with = "is_open")]
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

fn is_open<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    String::deserialize(deserializer).map(|state| state == "open")
}
