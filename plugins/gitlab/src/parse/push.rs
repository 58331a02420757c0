//! Branches and tags that moved. System hooks send the same bodies.

use forgegate_sdk::events::{Actor, Commit, Detail, Event, MAX_COMMITS, Push, Tag};
use forgegate_sdk::{MAX_CHANGED_PATHS, changed_paths, commit_id, first_line, is_zero_id, json};
use serde::Deserialize;

use super::Kind;
use super::common::{Always, CommitAuthor, Project, Trouble, User, malformed, some_text};
use super::limits::{self, cut};
use super::time::rfc3339;

#[derive(Deserialize)]
struct Body {
    r#ref: Option<String>,
    before: Option<String>,
    after: Option<String>,
    /// The commit that the ref leads to, where `after` may be a tag object. Null where the ref is gone.
    checkout_sha: Option<String>,
    /// The text of an annotated tag.
    message: Option<String>,
    user_id: Option<u64>,
    user_username: Option<String>,
    user_name: Option<String>,
    project_id: Option<u64>,
    project: Option<Project>,
    commits: Option<Vec<WireCommit>>,
    total_commits_count: Option<u64>,
}

#[derive(Deserialize)]
struct WireCommit {
    id: Option<String>,
    title: Option<String>,
    message: Option<String>,
    timestamp: Option<String>,
    url: Option<String>,
    author: Option<CommitAuthor>,
    added: Option<Vec<String>>,
    modified: Option<Vec<String>>,
    removed: Option<Vec<String>>,
}

/// Where a ref stood and stands; never none on both sides.
struct Move {
    before: Option<String>,
    after: Option<String>,
}

pub fn parse(kind: Kind, payload: &[u8]) -> Result<Event, Trouble> {
    let mut body: Body = json::parse(payload)?;
    let name = body.r#ref.take().always("ref")?;
    let moved = Move::read(&body)?;
    let repository = body
        .project
        .take()
        .always("project")?
        .into_repository(body.project_id)?;
    let actor = body.actor();
    let detail = match (kind, name.strip_prefix("refs/tags/")) {
        (Kind::TagPush, Some(tag)) => Detail::Tag(tag_detail(tag, moved, body)?),
        (Kind::Push, None) if name.starts_with("refs/") => {
            Detail::Push(push_detail(name, moved, body)?)
        }
        _ => return Err(malformed("`ref` is not one of this kind of push")),
    };
    Ok(Event {
        repository: Some(repository),
        actor,
        time: None,
        installation: None,
        detail,
    })
}

impl Body {
    /// Nobody where the body names nobody.
    fn actor(&mut self) -> Option<Actor> {
        let (login, name) = (self.user_username.take(), self.user_name.take());
        let is_somebody = self.user_id.is_some() || login.is_some() || name.is_some();
        is_somebody.then(|| User::new(self.user_id, login, name).into_actor())
    }
}

impl Move {
    fn read(body: &Body) -> Result<Self, Trouble> {
        let before = side(body.before.as_deref().always("before")?, "before")?;
        let after = side(body.after.as_deref().always("after")?, "after")?;
        match (&before, &after) {
            (None, None) => Err(malformed("`before` and `after` are both zeros")),
            _ => Ok(Self { before, after }),
        }
    }
}

/// The id on one side; none where it is zeros.
fn side(id: &str, field: &str) -> Result<Option<String>, Trouble> {
    match commit_id(id) {
        None if !is_zero_id(id) => Err(malformed(format!("`{field}` is no object id"))),
        id => Ok(id),
    }
}

fn tag_detail(name: &str, moved: Move, body: Body) -> Result<Tag, Trouble> {
    let commit = body.checkout_sha.as_deref().and_then(commit_id);
    let of_tag = body.message.and_then(some_text);
    let message = of_tag.or_else(|| message_of(commit.as_deref()?, body.commits?));
    Ok(Tag {
        name: name.to_owned(),
        created: moved.before.is_none(),
        deleted: moved.after.is_none(),
        before: moved.before,
        commit: commit.filter(|_| moved.after.is_some()),
        object: moved.after,
        message: message.map(|text| cut(text, limits::MESSAGE)),
    })
}

/// What the commit's own message says, where the commit is listed.
fn message_of(commit: &str, listed: Vec<WireCommit>) -> Option<String> {
    let is_it =
        |wire: &WireCommit| wire.id.as_deref().and_then(commit_id).as_deref() == Some(commit);
    listed.into_iter().find(is_it)?.message.and_then(some_text)
}

fn push_detail(name: String, moved: Move, body: Body) -> Result<Push, Trouble> {
    let wire = body.commits.unwrap_or_default();
    let all_told = are_all_told(&moved, &wire, body.total_commits_count);
    let paths = changed_paths(wire.iter().flat_map(WireCommit::paths));
    let (changed_paths, all_fit) = fitting(paths.list);
    Ok(Push {
        ref_: name,
        created: moved.before.is_none(),
        deleted: moved.after.is_none(),
        before: moved.before,
        after: moved.after,
        // GitLab does not say whether history was rewritten.
        forced: None,
        commits: newest(wire)?,
        commits_total: body.total_commits_count,
        changed_paths,
        paths_complete: all_told && all_fit && !paths.cut_short,
    })
}

/// Whether the commits tell every path: they must lead up to `after`, and none may be left out.
///
/// They do not where the branch is new, for GitLab counts from the default branch then, nor where it was set back. GitLab does
/// not say whether history was rewritten, so that what went away with it stays unknown.
fn are_all_told(moved: &Move, commits: &[WireCommit], total: Option<u64>) -> bool {
    let head = commits
        .last()
        .and_then(|commit| commit.id.as_deref())
        .and_then(commit_id);
    let reach_after = head.is_some() && head == moved.after;
    let listed = u64::try_from(commits.len()).unwrap_or(u64::MAX);
    moved.before.is_some()
        && reach_after
        && total.is_some_and(|total| total <= listed)
        && commits.iter().all(WireCommit::has_paths)
}

/// As many paths as are handed on, and whether they are all.
fn fitting(mut paths: Vec<String>) -> (Vec<String>, bool) {
    let mut room = limits::PATHS;
    let fit = paths
        .iter()
        .take_while(|path| take(&mut room, path))
        .count();
    let all = fit == paths.len();
    paths.truncate(fit);
    (paths, all)
}

/// The newest, oldest first, as GitLab lists them. Where there is no room for all their paths, the newest keep theirs.
fn newest(wire: Vec<WireCommit>) -> Result<Vec<Commit>, Trouble> {
    let mut room = limits::PATHS;
    let newest_first = wire.into_iter().rev().take(MAX_COMMITS);
    let commits: Result<Vec<Commit>, Trouble> = newest_first
        .map(|commit| commit.into_commit(&mut room))
        .collect();
    commits.map(|mut commits| {
        commits.reverse();
        commits
    })
}

impl WireCommit {
    fn paths(&self) -> impl Iterator<Item = &str> {
        [&self.added, &self.modified, &self.removed]
            .into_iter()
            .flatten()
            .flatten()
            .map(String::as_str)
    }

    /// Older system hooks send none.
    fn has_paths(&self) -> bool {
        self.added.is_some() && self.modified.is_some() && self.removed.is_some()
    }

    fn into_commit(self, room: &mut usize) -> Result<Commit, Trouble> {
        let id = self.id.always("commits.id")?;
        let message = self.message.unwrap_or_default();
        let title = self
            .title
            .unwrap_or_else(|| first_line(&message).to_owned());
        Ok(Commit {
            id: commit_id(&id).ok_or_else(|| malformed("`commits.id` is no commit id"))?,
            title: cut(title, limits::TITLE),
            message: cut(message, limits::MESSAGE),
            author: self.author.unwrap_or_default().into_author(),
            time: self.timestamp.as_deref().and_then(rfc3339),
            url: self.url,
            added: within(self.added, room),
            modified: within(self.modified, room),
            removed: within(self.removed, room),
        })
    }
}

/// The paths for which there is room.
fn within(paths: Option<Vec<String>>, room: &mut usize) -> Vec<String> {
    paths
        .unwrap_or_default()
        .into_iter()
        .take(MAX_CHANGED_PATHS)
        .take_while(|path| take(room, path))
        .collect()
}

/// Takes the room of a path and of the list's own bookkeeping; leaves none once something did not fit.
fn take(room: &mut usize, path: &str) -> bool {
    const BOOKKEEPING: usize = 16;
    let rest = room
        .checked_sub(path.len() + BOOKKEEPING)
        .filter(|_| path.len() <= limits::PATH);
    *room = rest.unwrap_or(0);
    rest.is_some()
}
