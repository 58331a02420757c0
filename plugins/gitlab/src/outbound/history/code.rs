//! Commits of the default branch, and branches and tags that were made or removed.

use forgegate_sdk::Method;
use forgegate_sdk::commit_id;
use forgegate_sdk::events::{Author, Commit, Detail, Push, Tag};
use forgegate_sdk::json::Part;
use forgegate_sdk::outbound::{CommitPage, History, Listed, OutboundError};

use super::{FEW, actor, ask, events};
use crate::outbound::api::{PER_PAGE, Reader, call, get, project, tree};
use crate::outbound::fields::FIELDS;
use crate::parse::limits::{self, cut};

/// The most bytes that are kept of a message: a page holds many.
const MESSAGE_BYTES: usize = 4 * 1024;

/// Commits as pushes.
pub fn commits(history: &History, page: Option<&str>) -> Result<Listed, OutboundError> {
    history.commits(page, &|| default_branch(history), &|page| commit_page(history, page))
}

fn commit_page(history: &History, page: u32) -> Result<CommitPage, OutboundError> {
    let query = [("since", history.since), ("per_page", PER_PAGE)];
    // A project without a commit has no repository.
    let answer = match ask(history, "projects/{}/repository/commits", &query, page) {
        Err(OutboundError::NotFound) => return Ok(CommitPage::default()),
        answer => answer?,
    };
    let (tree, read) = (tree(&answer)?, Reader::default());
    let commits = read.items(tree.root()).into_iter().map(|part| commit(&read, part));
    let newest_first = commits.map(|commit| (commit.time.clone(), commit)).collect();
    read.done(CommitPage {
        newest_first,
        next: answer.next_page(),
    })
}

fn default_branch(history: &History) -> Result<Option<String>, OutboundError> {
    let answer = get("projects/{}", &[project(history.repository)], &[])?;
    let (tree, read) = (tree(&answer)?, Reader::default());
    let name = read.text_or_none(tree.root(), "default_branch");
    read.done(name.map(str::to_owned))
}

/// The commit of an entry. Its time is its committer's, as in deliveries.
fn commit(read: &Reader, part: Part) -> Commit {
    let owned = |path| read.text_or_none(part, path).map(str::to_owned);
    Commit {
        id: read.commit(part, "id"),
        title: cut(read.text_or_none(part, "title").unwrap_or_default(), limits::TITLE),
        message: cut(read.text_or_none(part, "message").unwrap_or_default(), MESSAGE_BYTES),
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

/// Pushes that made or removed a ref.
pub fn refs(history: &History, page: Option<&str>) -> Result<Listed, OutboundError> {
    let ask = |page| events(history, "pushed", FEW, page);
    Listed::numbered(page, FIELDS, &ask, &mut |entry, found| {
        let read = Reader::default();
        let at = read.text_or_none(entry, "created_at");
        if history.holds(at)
            && let Some(detail) = change_of_ref(history, &read, entry.at("push_data"))?
        {
            found.extend(history.event(at, actor(&read, entry, "author"), detail));
        }
        read.done(true)
    })
}

/// The making or removal of a ref. None where the ref was there before and after, or where the push moved so many that GitLab names none.
fn change_of_ref(history: &History, read: &Reader, push: Part) -> Result<Option<Detail>, OutboundError> {
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
            ..Push::to(["refs/heads/", name].concat())
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
