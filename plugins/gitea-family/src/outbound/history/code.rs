//! Commits of the default branch, and branches and tags that were made or removed.

use forgegate_sdk::events::{Author, Commit, Detail, Event, MAX_COMMITS, Push, Tag};
use forgegate_sdk::json::{Part, Tree};
use forgegate_sdk::outbound::{Answer, Call, History, Listed, OutboundError, owner_and_name};
use forgegate_sdk::time::unix_ms;
use forgegate_sdk::{commit_id, first_line};

use super::fields::FIELDS;
use super::{actor, ask, call, entries, tree};
use crate::outbound::{PAGE, after, number_of};
use crate::parse::{cut, full_branch};

/// What is kept of a message: a page holds many.
const MESSAGE_BYTES: usize = 4 << 10;

/// The two acts that tell of a branch that was made lie so close together.
const SAME_ACT_MS: i64 = 2_000;

/// Asked for, these would make the forge read every commit whole.
const BRIEF: [(&str, &str); 3] = [("stat", "false"), ("verification", "false"), ("files", "false")];

/// Commits as pushes of as many as one may list. A page is named by its number and the default branch. Where a branch's history is
/// long, committers' clocks that disagree cost nothing: the list ends with a page of which all commits are too old.
pub fn commits(history: &History, page: Option<&str>) -> Result<Listed, OutboundError> {
    let (number, branch) = match page.and_then(|page| page.split_once(' ')) {
        Some((number, branch)) => (number_of(Some(number))?, branch.to_owned()),
        None => (1, default_branch(history)?),
    };
    let answer = call(history, &["commits"], &BRIEF, number, PAGE)?.send()?;
    if matches!(answer.status(), 404 | 409) {
        // The repository is empty.
        return Ok(Listed::default());
    }
    let answer = answer.ok()?;
    let tree = tree(&answer)?;
    let mut found = Vec::new();
    for entry in entries(&tree)? {
        if history.holds(entry.text_or_none("created")?) {
            found.push(commit(entry)?);
        }
    }
    let next = after(number, &answer).filter(|_| !found.is_empty());
    found.reverse();
    let pushes = found.chunks(MAX_COMMITS);
    Ok(Listed {
        events: pushes.filter_map(|commits| pushed(history, &branch, commits)).collect(),
        next: next.map(|next| [&next.to_string(), " ", &branch].concat()),
    })
}

fn default_branch(history: &History) -> Result<String, OutboundError> {
    let (owner, name) = owner_and_name(history.repository)?;
    let answer = Call::get(&["repos", owner, name]).ok()?;
    let tree = tree(&answer)?;
    Ok(tree
        .root()
        .text_or_none("default_branch")?
        .unwrap_or_default()
        .to_owned())
}

/// The time of a commit is its author's, as in deliveries.
fn commit(entry: Part) -> Result<(String, Commit), OutboundError> {
    let message = cut(entry.text_or_none("commit.message")?.unwrap_or_default(), MESSAGE_BYTES);
    let id = commit_id(entry.text("sha")?).ok_or_else(|| entry.malformed("sha", "is no commit"))?;
    let commit = Commit {
        id,
        title: first_line(message).to_owned(),
        message: message.to_owned(),
        author: Author {
            name: entry.owned("commit.author.name")?.unwrap_or_default(),
            email: entry.owned("commit.author.email")?,
        },
        time: entry.owned("commit.author.date")?,
        url: entry.owned("html_url")?,
        added: Vec::new(),
        modified: Vec::new(),
        removed: Vec::new(),
    };
    Ok((entry.text("created")?.to_owned(), commit))
}

/// The commits as one push, of the time of the newest.
fn pushed(history: &History, branch: &str, commits: &[(String, Commit)]) -> Option<Event> {
    let (time, newest) = commits.last()?;
    let push = Push {
        after: Some(newest.id.clone()),
        commits: commits.iter().map(|(_, commit)| commit.clone()).collect(),
        commits_total: Some(commits.len() as u64),
        ..bare_push(branch)
    };
    history.event(Some(time), None, Detail::Push(push))
}

fn bare_push(branch: &str) -> Push {
    Push {
        ref_: full_branch(branch),
        before: None,
        after: None,
        created: false,
        deleted: false,
        forced: None,
        commits: Vec::new(),
        commits_total: None,
        changed_paths: Vec::new(),
        paths_complete: false,
    }
}

/// The acts of the repository's feed that concern refs. Older servers have no feed.
pub fn refs(history: &History, page: Option<&str>) -> Result<Listed, OutboundError> {
    let number = number_of(page)?;
    let answer = feed(history, number)?;
    let next = after(number, &answer);
    let tree = tree(&answer)?;
    let acts = entries(&tree)?;
    let is_young = |act: &Part| history.holds(act.text_or_none("created").ok().flatten());
    let mut events = Vec::new();
    for act in acts.iter().filter(|act| is_young(act)) {
        let Some(detail) = act_on_ref(history, *act, &acts)? else {
            continue;
        };
        events.extend(history.event(act.text_or_none("created")?, actor(*act, "act_user")?, detail));
    }
    let next = next.filter(|_| acts.iter().any(is_young));
    Ok(Listed {
        events,
        next: next.map(|next| next.to_string()),
    })
}

fn feed(history: &History, page: u32) -> Result<Answer, OutboundError> {
    ask(history, &["activities", "feeds"], &[], page, PAGE)
}

/// What an act did to a ref; none where it made and removed none. A push with nothing in it is how the feed tells of a branch that
/// was made.
fn act_on_ref(history: &History, act: Part, acts: &[Part]) -> Result<Option<Detail>, OutboundError> {
    let name = act.text_or_none("ref_name")?.unwrap_or_default();
    let tag = name.strip_prefix("refs/tags/").unwrap_or(name);
    let is_empty = act.text_or_none("content")?.unwrap_or_default().is_empty();
    Ok(match act.text("op_type")? {
        _ if name.is_empty() => None,
        "commit_repo" if is_empty => Some(Detail::Push(Push {
            after: head_of_new(act, name, acts)?,
            created: true,
            ..bare_push(name)
        })),
        "delete_branch" => Some(Detail::Push(Push {
            deleted: true,
            ..bare_push(name)
        })),
        "push_tag" => Some(Detail::Tag(made(history, act, tag)?)),
        "delete_tag" => Some(Detail::Tag(Tag {
            deleted: true,
            ..bare_tag(tag)
        })),
        _ => None,
    })
}

/// The head that a new branch was made with: that of the push that came with it.
fn head_of_new(act: Part, name: &str, acts: &[Part]) -> Result<Option<String>, OutboundError> {
    let made_at = unix_ms(act.text("created")?);
    for push in acts {
        let pushed_at = push.text_or_none("created")?.and_then(unix_ms);
        let is_same = made_at
            .zip(pushed_at)
            .is_some_and(|(made, pushed)| made.abs_diff(pushed) <= SAME_ACT_MS as u64);
        if is_same
            && push.text_or_none("op_type")? == Some("commit_repo")
            && push.text_or_none("ref_name")? == Some(name)
            && let Some((head, _)) = head_commit(*push)?
        {
            return Ok(Some(head));
        }
    }
    Ok(None)
}

/// Commit and message of the head that an act tells of. Its content is JSON within JSON.
fn head_commit(act: Part) -> Result<Option<(String, String)>, OutboundError> {
    let content = act.text_or_none("content")?.unwrap_or_default();
    if content.is_empty() {
        return Ok(None);
    }
    let tree = Tree::read_any(content.as_bytes(), FIELDS)?;
    let head = tree.root().at("HeadCommit");
    let message = cut(head.text_or_none("Message")?.unwrap_or_default(), MESSAGE_BYTES);
    let id = head.text_or_none("Sha1")?.and_then(commit_id);
    Ok(id.map(|id| (id, message.to_owned())))
}

/// A tag that was made. The feed tells the commit; the object, which is another where the tag is annotated, is asked for, and counts
/// only while the tag still leads there.
fn made(history: &History, act: Part, name: &str) -> Result<Tag, OutboundError> {
    let (commit, message) = head_commit(act)?.unzip();
    let (owner, repository) = owner_and_name(history.repository)?;
    let mut object = None;
    if let Some(answer) = Call::get(&["repos", owner, repository, "tags", name]).found()? {
        let tree = tree(&answer)?;
        let root = tree.root();
        let leads_there = root.text_or_none("commit.sha")?.and_then(commit_id) == commit;
        object = root.text_or_none("id")?.and_then(commit_id).filter(|_| leads_there);
    }
    Ok(Tag {
        object,
        commit,
        created: true,
        message: message.filter(|message| !message.is_empty()),
        ..bare_tag(name)
    })
}

fn bare_tag(name: &str) -> Tag {
    Tag {
        name: name.to_owned(),
        before: None,
        object: None,
        commit: None,
        created: false,
        deleted: false,
        message: None,
    }
}
