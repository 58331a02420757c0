//! Branches and tags that move.

use forgegate_sdk::events::{self, Author, Detail, Event, MAX_COMMITS, Push, Tag};
use forgegate_sdk::json::{self, Text, null_is_default};
use forgegate_sdk::{ParseError, changed_paths, commit_id, first_line, is_zero_id};
use serde::Deserialize;

use super::common::{Envelope, Repository, User, time};

const TAGS: &str = "refs/tags/";

#[derive(Deserialize)]
struct Payload<'a> {
    #[serde(borrow, rename = "ref")]
    name: Text<'a>,
    #[serde(borrow)]
    before: Text<'a>,
    #[serde(borrow)]
    after: Text<'a>,
    /// Newest first, cut to the newest few.
    #[serde(borrow, default, deserialize_with = "null_is_default")]
    commits: Vec<Commit<'a>>,
    total_commits: Option<u64>,
    #[serde(borrow)]
    head_commit: Option<Commit<'a>>,
    #[serde(borrow)]
    repository: Repository<'a>,
    #[serde(borrow)]
    pusher: Option<User<'a>>,
    #[serde(borrow)]
    sender: Option<User<'a>>,
}

#[derive(Deserialize)]
struct Commit<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow, default, deserialize_with = "null_is_default")]
    message: Text<'a>,
    #[serde(borrow)]
    url: Option<Text<'a>>,
    #[serde(borrow)]
    author: Option<Signature<'a>>,
    #[serde(borrow)]
    timestamp: Option<Text<'a>>,
    // Missing lists are told from empty ones: old servers send none, and then nothing is known of the paths.
    #[serde(borrow)]
    added: Option<Vec<Text<'a>>>,
    #[serde(borrow)]
    modified: Option<Vec<Text<'a>>>,
    #[serde(borrow)]
    removed: Option<Vec<Text<'a>>>,
}

#[derive(Default, Deserialize)]
struct Signature<'a> {
    #[serde(borrow, default, deserialize_with = "null_is_default")]
    name: Text<'a>,
    #[serde(borrow, default, deserialize_with = "null_is_default")]
    email: Text<'a>,
}

/// From where to where a ref moved.
struct Step {
    before: Option<String>,
    after: Option<String>,
}

/// A `push`: of a branch, a tag or another ref. One whose two ids are equal is the forge's test delivery; the host sees that.
pub fn moved(payload: &[u8]) -> Result<Event, ParseError> {
    let read: Payload = json::parse(payload)?;
    if !read.name.starts_with("refs/") {
        return Err(ParseError::Malformed("`ref` is not a full ref".into()));
    }
    let step = Step::between(&read.before, &read.after)?;
    let detail = match read.name.strip_prefix(TAGS) {
        Some(name) => Detail::Tag(tag(name, step, read.head_commit)),
        None => Detail::Push(push(&read.name, step, &read.commits, read.total_commits)),
    };
    let envelope = Envelope {
        repository: Some(read.repository),
        sender: read.sender.or(read.pusher),
    };
    Ok(envelope.event(None, detail))
}

impl Step {
    /// Zeros on one side say that the ref is new or gone; on both sides they say nothing that can be.
    fn between(before: &str, after: &str) -> Result<Self, ParseError> {
        let step = Self {
            before: end(before, "before")?,
            after: end(after, "after")?,
        };
        if step.before.is_none() && step.after.is_none() {
            return Err(ParseError::Malformed(
                "`before` and `after` are both zeros".into(),
            ));
        }
        Ok(step)
    }
}

fn end(id: &str, field: &str) -> Result<Option<String>, ParseError> {
    let found = commit_id(id);
    if found.is_none() && !is_zero_id(id) {
        return Err(ParseError::Malformed(format!(
            "`{field}` is not an object id"
        )));
    }
    Ok(found)
}

/// The ids are the ref's objects, for an annotated tag the tag object; the commit that it leads to is the head commit.
fn tag(name: &str, step: Step, head: Option<Commit<'_>>) -> Tag {
    let head = head.filter(|_| step.after.is_some());
    Tag {
        name: name.to_owned(),
        created: step.before.is_none(),
        deleted: step.after.is_none(),
        before: step.before,
        object: step.after,
        commit: head.as_ref().and_then(|commit| commit_id(&commit.id)),
        message: head.and_then(|commit| commit.message.filled()),
    }
}

fn push(name: &str, step: Step, commits: &[Commit<'_>], total: Option<u64>) -> Push {
    let paths = changed_paths(commits.iter().flat_map(Commit::paths));
    Push {
        ref_: name.to_owned(),
        created: step.before.is_none(),
        deleted: step.after.is_none(),
        // The forge does not say.
        forced: None,
        paths_complete: !paths.cut_short && all_paths_told(&step, commits, total),
        changed_paths: paths.list,
        before: step.before,
        after: step.after,
        commits: commits
            .iter()
            .take(MAX_COMMITS)
            .rev()
            .map(Commit::told)
            .collect(),
        commits_total: total,
    }
}

/// Whether the commits tell every path. They do not for a new branch, of which at most ten commits are listed and counted, nor
/// where a ref was set back and so no commit is listed at all.
fn all_paths_told(step: &Step, commits: &[Commit<'_>], total: Option<u64>) -> bool {
    let updated = step.before.is_some() && step.after.is_some();
    updated
        && !commits.is_empty()
        && total == u64::try_from(commits.len()).ok()
        && commits.iter().all(Commit::has_paths)
}

impl Commit<'_> {
    fn paths(&self) -> impl Iterator<Item = &str> {
        [&self.added, &self.modified, &self.removed]
            .into_iter()
            .flatten()
            .flatten()
            .map(|path| &**path)
    }

    fn has_paths(&self) -> bool {
        self.added.is_some() || self.modified.is_some() || self.removed.is_some()
    }

    fn told(&self) -> events::Commit {
        let author = self.author.as_ref();
        events::Commit {
            id: self.id.to_ascii_lowercase(),
            title: first_line(&self.message).to_owned(),
            message: self.message.to_string(),
            author: Author {
                name: author.map(|a| a.name.to_string()).unwrap_or_default(),
                email: author.and_then(|a| a.email.filled()),
            },
            time: time(self.timestamp.clone()),
            url: self.url.as_ref().and_then(Text::filled),
            added: owned(&self.added),
            modified: owned(&self.modified),
            removed: owned(&self.removed),
        }
    }
}

fn owned(paths: &Option<Vec<Text<'_>>>) -> Vec<String> {
    paths
        .iter()
        .flatten()
        .map(|path| path.to_string())
        .collect()
}
