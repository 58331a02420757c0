//! Branches and tags that move.

use forgegate_sdk::events::{Author, Commit, Detail, MAX_COMMITS, Push, Tag};
use forgegate_sdk::json::Part;
use forgegate_sdk::text::cut;
use forgegate_sdk::{MAX_CHANGED_PATHS, ParseError, changed_paths, commit_id, first_line, is_zero_id};

use super::Told;
use super::common::{full_branch, sha, time};
use super::limits::{MESSAGE_BYTES, Room};

const TAGS: &str = "refs/tags/";

/// The ways in which a commit touches paths.
const LISTS: [&str; 3] = ["added", "modified", "removed"];

/// From where to where a ref moved.
struct Step {
    before: Option<String>,
    after: Option<String>,
}

/// A `push`: of a branch, a tag or another ref. One whose two ids are equal is the forge's test delivery; the host sees that.
pub fn moved(_event: &str, root: Part) -> Told {
    let name = root.text("ref")?;
    if !name.starts_with("refs/") {
        return Err(root.malformed("ref", "is not a full ref"));
    }
    let step = step(root)?;
    let detail = match name.strip_prefix(TAGS) {
        Some(name) => Detail::Tag(tag(name, step, root)?),
        None => Detail::Push(push(name, step, root)?),
    };
    Ok((None, detail))
}

/// A `delete`. Of a branch it is all that the forge sends; a tag's arrives as a push too, which is the event then.
pub fn removed(event: &str, root: Part) -> Told {
    // Short or full, as the hook's type wills.
    let name = root.text("ref")?;
    let detail = match root.text("ref_type")? {
        "branch" => Detail::Push(Push {
            ref_: full_branch(name),
            before: None,
            after: None,
            created: false,
            deleted: true,
            forced: None,
            commits: Vec::new(),
            commits_total: None,
            changed_paths: Vec::new(),
            paths_complete: false,
        }),
        _ => Detail::Unknown(event.to_owned()),
    };
    Ok((None, detail))
}

/// Zeros on one side say that the ref is new or gone; on both sides they say nothing that can be.
fn step(root: Part) -> Result<Step, ParseError> {
    let step = Step {
        before: end(root, "before")?,
        after: end(root, "after")?,
    };
    if step.before.is_none() && step.after.is_none() {
        return Err(root.malformed("after", "is zeros, as is `before`"));
    }
    Ok(step)
}

fn end(root: Part, path: &'static str) -> Result<Option<String>, ParseError> {
    let id = root.text(path)?;
    if is_zero_id(id) {
        return Ok(None);
    }
    object_id(root, path).map(Some)
}

/// The ids are the ref's objects, for an annotated tag the tag object; the commit that it leads to is the head commit.
fn tag(name: &str, step: Step, root: Part) -> Result<Tag, ParseError> {
    let head = root.at_or_none("head_commit");
    let head = head.filter(|_| step.after.is_some());
    let message = head.map(|head| head.text_or_none("message"));
    let message = message.transpose()?.flatten().filter(|m| !m.is_empty());
    Ok(Tag {
        name: name.to_owned(),
        created: step.before.is_none(),
        deleted: step.after.is_none(),
        before: step.before,
        object: step.after,
        commit: head.map(|head| sha(head, "id")).transpose()?.flatten(),
        message: message.map(|message| cut(message, MESSAGE_BYTES).to_owned()),
    })
}

fn push(name: &str, step: Step, root: Part) -> Result<Push, ParseError> {
    // Newest first, cut to the newest few.
    let listed: Vec<Part> = root.list("commits")?.into_iter().flatten().collect();
    let total = root.number_or_none("total_commits")?;
    let paths = paths(&listed)?;
    let paths = changed_paths(paths.iter().copied());
    let complete = !paths.cut_short && all_paths_told(&step, &listed, total);
    Ok(Push {
        ref_: name.to_owned(),
        created: step.before.is_none(),
        deleted: step.after.is_none(),
        before: step.before,
        after: step.after,
        // The forge does not say.
        forced: None,
        commits: newest(&listed)?,
        commits_total: total,
        changed_paths: paths.list,
        paths_complete: complete,
    })
}

/// Tells whether the commits tell every path. They do not for a new branch, of which at most ten commits are listed and counted; nor
/// where a ref was set back and so no commit is listed at all; nor on old servers, which send no paths.
fn all_paths_told(step: &Step, listed: &[Part], total: Option<u64>) -> bool {
    let updated = step.before.is_some() && step.after.is_some();
    let has_paths = |commit: &Part| LISTS.iter().any(|list| commit.at_or_none(list).is_some());
    updated && !listed.is_empty() && total == u64::try_from(listed.len()).ok() && listed.iter().all(has_paths)
}

fn paths<'t>(listed: &[Part<'t>]) -> Result<Vec<&'t str>, ParseError> {
    let mut paths = Vec::new();
    for commit in listed {
        for list in LISTS {
            for path in commit.list(list)?.into_iter().flatten() {
                paths.push(path.as_text()?);
            }
        }
    }
    Ok(paths)
}

/// The newest commits, oldest first. Where there is no room for all their paths, the newest keep theirs.
fn newest(listed: &[Part]) -> Result<Vec<Commit>, ParseError> {
    let mut room = Room::new();
    let newest = listed.iter().take(MAX_COMMITS);
    let mut commits = newest
        .map(|part| commit(*part, &mut room))
        .collect::<Result<Vec<_>, _>>()?;
    commits.reverse();
    Ok(commits)
}

fn commit(part: Part, room: &mut Room) -> Result<Commit, ParseError> {
    let message = part.text_or_none("message")?.unwrap_or("");
    let message = cut(message, MESSAGE_BYTES);
    Ok(Commit {
        id: object_id(part, "id")?,
        title: first_line(message).to_owned(),
        message: message.to_owned(),
        author: Author {
            name: part.owned("author.name")?.unwrap_or_default(),
            email: part.owned("author.email")?,
        },
        time: time(part, "timestamp")?,
        url: part.owned("url")?,
        added: fitting(part, "added", room)?,
        modified: fitting(part, "modified", room)?,
        removed: fitting(part, "removed", room)?,
    })
}

fn fitting(part: Part, list: &'static str, room: &mut Room) -> Result<Vec<String>, ParseError> {
    let mut paths = Vec::new();
    for path in part.list(list)?.into_iter().flatten() {
        let path = path.as_text()?;
        if paths.len() < MAX_CHANGED_PATHS && room.holds(path) {
            paths.push(path.to_owned());
        }
    }
    Ok(paths)
}

fn object_id(part: Part, path: &'static str) -> Result<String, ParseError> {
    let id = commit_id(part.text(path)?);
    id.ok_or_else(|| part.malformed(path, "is no object id"))
}
