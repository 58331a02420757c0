//! The commits that a push lists.

use forgegate_sdk::events::{Author, Commit, MAX_COMMITS};
use forgegate_sdk::json::Part;
use forgegate_sdk::{MAX_CHANGED_PATHS, MAX_PATH_BYTES, ParseError, commit_id, first_line};

use super::common::{Always, FieldError, block, malformed};
use super::limits::{self, cut};
use super::time::rfc3339;

/// A commit in the list.
pub struct Listed<'t> {
    part: Part<'t>,
    /// The paths that it added, modified and removed. Older system hooks send none of these.
    paths: [Option<Vec<&'t str>>; 3],
}

/// The list of a body, empty where it has none.
pub fn listed(root: Part) -> Result<Vec<Listed>, ParseError> {
    let commits = root.list("commits")?;
    commits.into_iter().flatten().map(Listed::of).collect()
}

/// The newest, oldest first, as GitLab lists them. Where there is no room for all their paths, the newest keep theirs.
pub fn newest(listed: &[Listed]) -> Result<Vec<Commit>, FieldError> {
    let mut room = limits::PATHS;
    let mut commits = Vec::with_capacity(MAX_COMMITS.min(listed.len()));
    for commit in listed.iter().rev().take(MAX_COMMITS) {
        commits.push(commit.commit(&mut room)?);
    }
    commits.reverse();
    Ok(commits)
}

impl<'t> Listed<'t> {
    fn of(part: Part<'t>) -> Result<Self, ParseError> {
        let paths = [paths(part, "added")?, paths(part, "modified")?, paths(part, "removed")?];
        Ok(Self { part, paths })
    }

    pub fn id(&self) -> Option<String> {
        self.part.text_or_none("id").ok().flatten().and_then(commit_id)
    }

    /// The message, if there is one.
    pub fn message(&self) -> Result<Option<&'t str>, ParseError> {
        Ok(self.part.text_or_none("message")?.filter(|text| !text.is_empty()))
    }

    /// All paths that it changed.
    pub fn paths(&self) -> impl Iterator<Item = &'t str> {
        self.paths.iter().flatten().flatten().copied()
    }

    /// Older system hooks send none.
    pub fn has_paths(&self) -> bool {
        self.paths.iter().all(Option::is_some)
    }

    fn commit(&self, room: &mut usize) -> Result<Commit, FieldError> {
        let part = self.part;
        let (id, title) = (part.text_or_none("id")?, part.text_or_none("title")?);
        let (time, url) = (part.text_or_none("timestamp")?, part.text_or_none("url")?);
        let (message, author) = (self.message()?.unwrap_or_default(), author(part)?);
        let id = commit_id(id.always("commits.id")?).ok_or_else(|| malformed("`commits.id` is no commit id"))?;
        let [added, modified, removed] = self.paths.each_ref().map(|paths| within(paths, room));
        Ok(Commit {
            id,
            title: cut(title.unwrap_or_else(|| first_line(message)), limits::TITLE),
            message: cut(message, limits::MESSAGE),
            author,
            time: time.and_then(rfc3339),
            url: url.map(str::to_owned),
            added,
            modified,
            removed,
        })
    }
}

fn paths<'t>(part: Part<'t>, path: &'static str) -> Result<Option<Vec<&'t str>>, ParseError> {
    let list = part.list(path)?;
    list.map(|list| list.map(Part::as_text).collect()).transpose()
}

/// The author of the commit; a name may be missing. GitLab writes `[REDACTED]` where somebody shows no address.
fn author(part: Part) -> Result<Author, ParseError> {
    let (mut name, mut email) = (None, None);
    if let Some(author) = block(part, "author")? {
        name = author.text_or_none("name")?;
        email = author.text_or_none("email")?;
    }
    let email = email.filter(|email| !matches!(*email, "" | "[REDACTED]"));
    Ok(Author {
        name: cut(name.unwrap_or_default(), limits::TITLE),
        email: email.map(str::to_owned),
    })
}

/// The paths for which there is room.
fn within(paths: &Option<Vec<&str>>, room: &mut usize) -> Vec<String> {
    let few = paths.iter().flatten().take(MAX_CHANGED_PATHS);
    let fitting = few.take_while(|path| take(room, path));
    fitting.map(|&path| path.to_owned()).collect()
}

/// Takes the room of a path and of the list's own bookkeeping; leaves none once something did not fit.
pub fn take(room: &mut usize, path: &str) -> bool {
    const BOOKKEEPING: usize = 16;
    let rest = room
        .checked_sub(path.len() + BOOKKEEPING)
        .filter(|_| path.len() <= MAX_PATH_BYTES);
    *room = rest.unwrap_or(0);
    rest.is_some()
}
