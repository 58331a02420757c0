//! Questions to the forge.

use forgegate_model::event::{Event, ReviewState, User};

/// One thing that a probe found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The check: a word such as `post_status`.
    pub check: String,
    /// True if it is well; none where it could not be told.
    pub ok: Option<bool>,
    /// One sentence for people.
    pub sentence: String,
}

/// The findings of a probe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeReport {
    /// The account of the credential.
    pub account: Option<User>,
    /// The findings, in the order of the checks.
    pub findings: Vec<Finding>,
}

/// The access that a user has to a repository, the least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AccessLevel {
    /// Nothing.
    None,
    /// Look.
    Read,
    /// Change code.
    Write,
    /// Change settings.
    Admin,
}

/// A pull request as it stands now. Refs are full, commit ids well-formed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "documented field by field in wit/outbound.wit")]
pub struct PullRequestNow {
    pub head: String,
    pub head_ref: String,
    pub head_repository_id: Option<String>,
    pub base_ref: String,
    pub open: bool,
    pub draft: bool,
    pub fork: bool,
    pub title: String,
    pub labels: Vec<String>,
    pub author: User,
    pub fetch_ref: String,
}

/// A repository as it stands now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepositoryNow {
    /// The forge's number of it.
    pub id: String,
    /// Its path on the forge.
    pub full_name: String,
    /// The full ref of its default branch; none while it has none.
    pub default_branch: Option<String>,
}

/// A review that stands.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "documented field by field in wit/outbound.wit")]
pub struct Approval {
    pub by: User,
    pub commit: Option<String>,
    pub state: ReviewState,
    pub stale: bool,
}

/// A branch or pull request as it stands now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The full ref: of a branch or tag, or the ref under which a pull request's head can be fetched.
    pub ref_name: String,
    /// The commit.
    pub sha: String,
    /// The number of the pull request, where it is one.
    pub pull_request: Option<u64>,
}

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The entries.
    pub items: Vec<T>,
    /// The cursor of the next page, in the plugin's own words; none where this is the last.
    pub next: Option<String>,
}

/// A page of what happened.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryPage {
    /// The events, in no order. No event in it has a delivery's id.
    pub events: Vec<Event>,
    /// The lists that the credential may not see and that are left out, a sentence each.
    pub missing: Vec<String>,
    /// The cursor of the next page, in the plugin's own words; none where this is the last.
    pub next: Option<String>,
}

/// An installation of the app as the forge knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstallationNow {
    /// The forge's number of it.
    pub id: String,
    /// The account.
    pub account: User,
    /// True if it is switched off.
    pub suspended: bool,
    /// True if it covers all repositories of the account.
    pub all_repositories: bool,
}
