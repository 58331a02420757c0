//! The past of a repository, for the lists that a forge has of it. Times are RFC 3339, UTC, in whole seconds.

use std::time::Duration;

use forgegate_model::timestamp::Timestamp;

use super::server::seconds;

/// The past of a repository. Each list is in the order in which things happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Past {
    /// Commits of the default branch.
    pub commits: Vec<PastCommit>,
    /// Branches and tags that were made or removed.
    pub refs: Vec<PastRef>,
    /// Pull requests.
    pub pulls: Vec<PastPull>,
    /// Issues.
    pub issues: Vec<PastIssue>,
    /// Comments.
    pub comments: Vec<PastComment>,
    /// Runs of the forge's automation, all of them at their end.
    pub runs: Vec<PastRun>,
    /// Releases.
    pub releases: Vec<PastRelease>,
}

/// A commit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PastCommit {
    /// Its id.
    pub sha: String,
    /// Its message.
    pub message: String,
    /// The time of the commit.
    pub at: String,
}

/// A ref that was made or removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PastRef {
    /// Its full name.
    pub name: String,
    /// The commit that it pointed to.
    pub sha: String,
    /// True if it was removed, false if it was made.
    pub removed: bool,
    /// The login of the account that did it.
    pub by: String,
    /// The time.
    pub at: String,
}

/// A pull request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PastPull {
    /// Its number.
    pub number: u64,
    /// The login of its author.
    pub by: String,
    /// The time.
    pub at: String,
    /// The time when it was closed.
    pub closed_at: Option<String>,
    /// True if it was merged.
    pub merged: bool,
    /// Its reviews: number, who, the state in lower case, when.
    pub reviews: Vec<(u64, String, String, String)>,
}

/// An issue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PastIssue {
    /// Its number.
    pub number: u64,
    /// The login of its author.
    pub by: String,
    /// The time.
    pub at: String,
    /// The time when it was closed.
    pub closed_at: Option<String>,
}

/// A comment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PastComment {
    /// Its id.
    pub id: u64,
    /// The number of what it is on.
    pub number: u64,
    /// True for a comment on a pull request.
    pub on_pull: bool,
    /// The login of its author.
    pub by: String,
    /// The time.
    pub at: String,
}

/// A run that ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PastRun {
    /// Its id.
    pub id: u64,
    /// The commit.
    pub sha: String,
    /// True if it succeeded.
    pub well: bool,
    /// The times of its beginning and its end.
    pub span: (String, String),
}

/// A release.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PastRelease {
    /// Its tag.
    pub tag: String,
    /// The login of the account that published it.
    pub by: String,
    /// The time.
    pub at: String,
}

impl PastPull {
    /// The time of the last change.
    pub(super) fn updated_at(&self) -> &str {
        let reviews = self.reviews.iter().map(|(.., at)| at.as_str());
        let all = reviews.chain([self.at.as_str()]).chain(self.closed_at.as_deref());
        all.max().unwrap_or_default()
    }
}

impl PastIssue {
    /// The time of the last change.
    pub(super) fn updated_at(&self) -> &str {
        self.closed_at.as_deref().unwrap_or(&self.at)
    }
}

/// So many days ago, and so many minutes after that.
pub fn days_ago(days: u64, minutes: u64) -> String {
    let now = i64::try_from(seconds()).expect("a time of today");
    let at = Timestamp::from_seconds(now).minus(Duration::from_hours(24 * days));
    at.plus(Duration::from_mins(minutes)).to_string()
}

/// Of the entries those that are from then on; both are times of this form.
pub(super) fn since<'a, T>(
    entries: &'a [T],
    from: Option<&'a str>,
    at: impl Fn(&T) -> &str + 'a,
) -> impl DoubleEndedIterator<Item = &'a T> {
    let from = from.unwrap_or_default().get(..19).unwrap_or_default();
    entries.iter().filter(move |entry| at(entry) >= from)
}
