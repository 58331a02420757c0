//! The commits that a push lists.
//!
//! They are most of what the busiest kind of body holds, so they are read into types of their own, borrowing from the body: that is
//! faster than a tree, which does not read the list at all.

use forgegate_sdk::events::{Author, Commit, MAX_COMMITS};
use forgegate_sdk::json::{self, Text};
use forgegate_sdk::{MAX_CHANGED_PATHS, ParseError, commit_id, first_line};
use serde::Deserialize;

use super::common::{Always, Trouble, malformed};
use super::limits::{self, cut};
use super::time::rfc3339;

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    commits: Option<Vec<Listed<'a>>>,
}

/// A commit in the list.
#[derive(Deserialize)]
pub struct Listed<'a> {
    #[serde(borrow)]
    id: Option<Text<'a>>,
    title: Option<Text<'a>>,
    message: Option<Text<'a>>,
    timestamp: Option<Text<'a>>,
    url: Option<Text<'a>>,
    author: Option<Person<'a>>,
    added: Option<Vec<Text<'a>>>,
    modified: Option<Vec<Text<'a>>>,
    removed: Option<Vec<Text<'a>>>,
}

/// Who made a commit.
#[derive(Deserialize, Default)]
struct Person<'a> {
    #[serde(borrow)]
    name: Option<Text<'a>>,
    email: Option<Text<'a>>,
}

/// The list of a body, empty where it has none.
pub fn listed(payload: &[u8]) -> Result<Vec<Listed<'_>>, ParseError> {
    let body: Body = json::parse(payload)?;
    Ok(body.commits.unwrap_or_default())
}

/// The newest, oldest first, as GitLab lists them. Where there is no room for all their paths, the newest keep theirs.
pub fn newest(listed: &[Listed]) -> Result<Vec<Commit>, Trouble> {
    let mut room = limits::PATHS;
    let mut commits = Vec::with_capacity(MAX_COMMITS.min(listed.len()));
    for commit in listed.iter().rev().take(MAX_COMMITS) {
        commits.push(commit.commit(&mut room)?);
    }
    commits.reverse();
    Ok(commits)
}

impl Listed<'_> {
    pub fn id(&self) -> Option<String> {
        self.id.as_deref().and_then(commit_id)
    }

    /// What it says, if it says anything.
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref().filter(|text| !text.is_empty())
    }

    /// All paths that it changed.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        let lists = [&self.added, &self.modified, &self.removed];
        lists.into_iter().flatten().flatten().map(|path| &**path)
    }

    /// Older system hooks send none.
    pub fn has_paths(&self) -> bool {
        self.added.is_some() && self.modified.is_some() && self.removed.is_some()
    }

    fn commit(&self, room: &mut usize) -> Result<Commit, Trouble> {
        let id = self.id.as_deref().always("commits.id")?;
        let id = commit_id(id).ok_or_else(|| malformed("`commits.id` is no commit id"))?;
        let message = self.message.as_deref().unwrap_or_default();
        let title = self.title.as_deref().unwrap_or_else(|| first_line(message));
        Ok(Commit {
            id,
            title: cut(title, limits::TITLE),
            message: cut(message, limits::MESSAGE),
            author: self.author.as_ref().map_or_else(nobody, Person::author),
            time: self.timestamp.as_deref().and_then(rfc3339),
            url: self.url.as_deref().map(str::to_owned),
            added: within(&self.added, room),
            modified: within(&self.modified, room),
            removed: within(&self.removed, room),
        })
    }
}

impl Person<'_> {
    /// GitLab writes `[REDACTED]` where somebody shows no address.
    fn author(&self) -> Author {
        let email = self
            .email
            .as_deref()
            .filter(|email| !matches!(*email, "" | "[REDACTED]"));
        Author {
            name: cut(self.name.as_deref().unwrap_or_default(), limits::TITLE),
            email: email.map(str::to_owned),
        }
    }
}

fn nobody() -> Author {
    Person::default().author()
}

/// The paths for which there is room.
fn within(paths: &Option<Vec<Text>>, room: &mut usize) -> Vec<String> {
    let few = paths.iter().flatten().take(MAX_CHANGED_PATHS);
    few.take_while(|path| take(room, path))
        .map(|path| path.to_string())
        .collect()
}

/// Takes the room of a path and of the list's own bookkeeping; leaves none once something did not fit.
pub fn take(room: &mut usize, path: &str) -> bool {
    const BOOKKEEPING: usize = 16;
    let rest = room
        .checked_sub(path.len() + BOOKKEEPING)
        .filter(|_| path.len() <= limits::PATH);
    *room = rest.unwrap_or(0);
    rest.is_some()
}
