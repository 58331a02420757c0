//! Commits of the default branch, and branches and tags that were made or removed.

use forgegate_sdk::Method;
use forgegate_sdk::commit_id;
use forgegate_sdk::events::{Author, Commit, Detail, Event, MAX_COMMITS, Push, Tag};
use forgegate_sdk::json::Part;
use forgegate_sdk::outbound::{History, Listed, OutboundError};

use super::super::asking::{Reader, call, get, tree};
use super::super::{PER_PAGE, project};
use super::{FEW, actor, events, next};
use crate::parse::limits::{self, cut};

/// What is kept of a message: a page holds many.
const MESSAGE: usize = 4 * 1024;

/// Commits as pushes of as many as one may list. A page is named by its number and the default branch.
pub fn commits(history: &History, page: Option<&str>) -> Result<Listed, OutboundError> {
    let (number, branch) = match page.and_then(|page| page.split_once(' ')) {
        Some((number, branch)) => (number, branch.to_owned()),
        None => ("1", default_branch(history)?),
    };
    let query = [("since", history.since), ("per_page", PER_PAGE), ("page", number)];
    let project = [project(history.repository)];
    // A project without a commit has no repository.
    let Some(answer) = call(Method::Get, "projects/{}/repository/commits", &project, &query).found()? else {
        return Ok(Listed::default());
    };
    let (tree, read) = (tree(&answer)?, Reader::default());
    let mut found: Vec<_> = read
        .items(tree.root())
        .into_iter()
        .map(|part| commit(&read, part))
        .collect();
    // GitLab lists the newest first.
    found.reverse();
    let pushes = found
        .chunks(MAX_COMMITS)
        .filter_map(|commits| pushed(history, &branch, commits));
    read.done(Listed {
        events: pushes.collect(),
        next: next(&answer).map(|next| [&next, " ", &branch].concat()),
    })
}

fn default_branch(history: &History) -> Result<String, OutboundError> {
    let answer = get("projects/{}", &[project(history.repository)], &[])?;
    let (tree, read) = (tree(&answer)?, Reader::default());
    read.done(
        read.text_or_none(tree.root(), "default_branch")
            .unwrap_or_default()
            .to_owned(),
    )
}

/// The time of a commit is its committer's, as in deliveries.
fn commit(read: &Reader, part: Part) -> Commit {
    let owned = |path| read.text_or_none(part, path).map(str::to_owned);
    Commit {
        id: read.commit(part, "id"),
        title: cut(read.text_or_none(part, "title").unwrap_or_default(), limits::TITLE),
        message: cut(read.text_or_none(part, "message").unwrap_or_default(), MESSAGE),
        author: Author {
            name: cut(
                read.text_or_none(part, "author_name").unwrap_or_default(),
                limits::TITLE,
            ),
            email: owned("author_email").filter(|address| !address.is_empty()),
        },
        time: owned("committed_date"),
        url: owned("web_url"),
        added: Vec::new(),
        modified: Vec::new(),
        removed: Vec::new(),
    }
}

/// The commits as one push, of the time of the newest.
fn pushed(history: &History, branch: &str, commits: &[Commit]) -> Option<Event> {
    let newest = commits.last()?;
    let push = Push {
        after: Some(newest.id.clone()),
        commits: commits.to_vec(),
        commits_total: Some(commits.len() as u64),
        ..bare_push(branch)
    };
    history.event(newest.time.as_deref(), None, Detail::Push(push))
}

fn bare_push(branch: &str) -> Push {
    Push {
        ref_: ["refs/heads/", branch].concat(),
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

/// Pushes that made or removed a ref.
pub fn refs(history: &History, page: Option<&str>) -> Result<Listed, OutboundError> {
    let answer = events(history, "pushed", FEW, page)?;
    let (tree, read) = (tree(&answer)?, Reader::default());
    let mut found = Vec::new();
    for part in read.items(tree.root()) {
        let at = read.text_or_none(part, "created_at");
        if !history.holds(at) {
            continue;
        }
        let Some(detail) = made_or_removed(history, &read, part.at("push_data"))? else {
            continue;
        };
        found.extend(history.event(at, actor(&read, part, "author"), detail));
    }
    read.done(Listed {
        events: found,
        next: next(&answer),
    })
}

/// None where the ref was there before and after, or where the push moved so many that GitLab names none.
fn made_or_removed(history: &History, read: &Reader, push: Part) -> Result<Option<Detail>, OutboundError> {
    let Some(name) = read.text_or_none(push, "ref") else {
        return Ok(None);
    };
    let before = read.text_or_none(push, "commit_from").and_then(commit_id);
    let after = read.text_or_none(push, "commit_to").and_then(commit_id);
    let (created, deleted) = match read.text_or_none(push, "action") {
        Some("created") => (true, false),
        Some("removed") => (false, true),
        _ => return Ok(None),
    };
    Ok(match read.text_or_none(push, "ref_type") {
        Some("branch") => Some(Detail::Push(Push {
            before: before.filter(|_| deleted),
            after: after.filter(|_| created),
            created,
            deleted,
            ..bare_push(name)
        })),
        Some("tag") => Some(Detail::Tag(Tag {
            commit: peeled(history, read, name, after.as_deref().filter(|_| created))?,
            name: name.to_owned(),
            before: before.filter(|_| deleted),
            object: after.filter(|_| created),
            created,
            deleted,
            message: None,
        })),
        _ => None,
    })
}

/// The commit that a tag leads to, while it is still this object.
fn peeled(history: &History, read: &Reader, name: &str, object: Option<&str>) -> Result<Option<String>, OutboundError> {
    let Some(object) = object else {
        return Ok(None);
    };
    let values = [project(history.repository), name];
    let Some(answer) = call(Method::Get, "projects/{}/repository/tags/{}", &values, &[]).found()? else {
        return Ok(None);
    };
    let tree = tree(&answer)?;
    let is_same = read.text_or_none(tree.root(), "target") == Some(object);
    let commit = read.text_or_none(tree.root().at("commit"), "id");
    Ok(commit.and_then(commit_id).filter(|_| is_same))
}
