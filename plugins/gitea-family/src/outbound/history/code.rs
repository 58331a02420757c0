//! Commits of the default branch, and branches and tags that were made or removed.

use forgegate_sdk::events::{Author, Commit, Detail, Push, Tag};
use forgegate_sdk::json::{Part, Tree};
use forgegate_sdk::outbound::{CommitPage, History, Listed, OutboundError, page_number};
use forgegate_sdk::text::cut;
use forgegate_sdk::time::unix_ms;
use forgegate_sdk::{Method, commit_id, first_line};

use super::fields::FIELDS;
use super::{actor, ask};
use crate::outbound::api::{PER_PAGE, in_repository, listing};
use crate::parse::full_branch;

/// The most bytes that are kept of a message: a page holds many.
const MESSAGE_BYTES: usize = 4 << 10;

/// The most milliseconds between the two activities that tell of a branch that was made.
const SAME_ACTIVITY_MS: u64 = 2_000;

/// Asked for, these would make the forge read every commit whole.
const BRIEF: [(&str, &str); 3] = [("stat", "false"), ("verification", "false"), ("files", "false")];

/// Commits as pushes. Where a branch's history is long, committers' clocks that disagree cost nothing: the list ends with a page of
/// which all commits are too old.
pub fn commits(history: &History, page: Option<&str>) -> Result<Listed, OutboundError> {
    history.commits(page, &|| default_branch(history), &|page| commit_page(history, page))
}

fn commit_page(history: &History, page: u32) -> Result<CommitPage, OutboundError> {
    let call = listing(history.repository, &["commits"], page, PER_PAGE)?;
    let answer = call.queries(&BRIEF).send()?;
    if matches!(answer.status(), 404 | 409) {
        // The repository is empty.
        return Ok(CommitPage::default());
    }
    let answer = answer.ok()?;
    let mut newest_first = Vec::new();
    for entry in answer.tree(FIELDS)?.root().items()? {
        if history.holds(entry.text_or_none("created")?) {
            newest_first.push((entry.owned("created")?, commit(entry)?));
        }
    }
    Ok(CommitPage {
        next: answer.page_after(page).filter(|_| !newest_first.is_empty()),
        newest_first,
    })
}

fn default_branch(history: &History) -> Result<Option<String>, OutboundError> {
    let answer = in_repository(Method::Get, history.repository, &[])?.ok()?;
    Ok(answer.tree(FIELDS)?.root().owned("default_branch")?)
}

/// The commit of an entry. Its time is its author's, as in deliveries.
fn commit(entry: Part) -> Result<Commit, OutboundError> {
    let message = cut(entry.text_or_none("commit.message")?.unwrap_or_default(), MESSAGE_BYTES);
    let id = commit_id(entry.text("sha")?).ok_or_else(|| entry.malformed("sha", "is no commit"))?;
    Ok(Commit {
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
    })
}

/// The activities of the repository's feed that concern refs. Older servers have no feed.
pub fn refs(history: &History, page: Option<&str>) -> Result<Listed, OutboundError> {
    let number = page_number(page)?;
    let answer = ask(history, &["activities", "feeds"], &[], number, PER_PAGE)?;
    let tree = answer.tree(FIELDS)?;
    let activities: Vec<Part> = tree.root().items()?.collect();
    let is_recent = |activity: &Part| history.holds(activity.text_or_none("created").ok().flatten());
    let mut events = Vec::new();
    for activity in activities.iter().filter(|activity| is_recent(activity)) {
        let Some(detail) = change_of_ref(history, *activity, &activities)? else {
            continue;
        };
        let by = actor(*activity, "act_user")?;
        events.extend(history.event(activity.text_or_none("created")?, by, detail));
    }
    let next = answer.page_after(number).filter(|_| activities.iter().any(is_recent));
    Ok(Listed {
        events,
        next: next.map(|next| next.to_string()),
    })
}

/// The making or removal of a ref that an activity tells of, if it does. A push with nothing in it is how the feed tells of a branch
/// that was made.
fn change_of_ref(history: &History, activity: Part, activities: &[Part]) -> Result<Option<Detail>, OutboundError> {
    let name = activity.text_or_none("ref_name")?.unwrap_or_default();
    let tag = name.strip_prefix("refs/tags/").unwrap_or(name);
    let push = || Push::to(full_branch(name));
    let is_empty = activity.text_or_none("content")?.unwrap_or_default().is_empty();
    Ok(match activity.text("op_type")? {
        _ if name.is_empty() => None,
        "commit_repo" if is_empty => Some(Detail::Push(Push {
            after: head_of_new(activity, name, activities)?,
            created: true,
            ..push()
        })),
        "delete_branch" => Some(Detail::Push(Push {
            deleted: true,
            ..push()
        })),
        "push_tag" => Some(Detail::Tag(new_tag(history, activity, tag)?)),
        "delete_tag" => Some(Detail::Tag(Tag {
            deleted: true,
            ..Tag::named(tag.to_owned())
        })),
        _ => None,
    })
}

/// The head that a new branch was made with: that of the push that came with it.
fn head_of_new(activity: Part, name: &str, activities: &[Part]) -> Result<Option<String>, OutboundError> {
    let made_at = unix_ms(activity.text("created")?);
    for push in activities {
        let pushed_at = push.text_or_none("created")?.and_then(unix_ms);
        let apart = made_at.zip(pushed_at).map(|(made, pushed)| made.abs_diff(pushed));
        if apart.is_some_and(|ms| ms <= SAME_ACTIVITY_MS)
            && push.text_or_none("op_type")? == Some("commit_repo")
            && push.text_or_none("ref_name")? == Some(name)
            && let Some((head, _)) = head_commit(*push)?
        {
            return Ok(Some(head));
        }
    }
    Ok(None)
}

/// Commit and message of the head that an activity tells of. Its content is JSON within JSON.
fn head_commit(activity: Part) -> Result<Option<(String, String)>, OutboundError> {
    let content = activity.text_or_none("content")?.unwrap_or_default();
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
fn new_tag(history: &History, activity: Part, name: &str) -> Result<Tag, OutboundError> {
    let (commit, message) = head_commit(activity)?.unzip();
    let mut object = None;
    if let Some(answer) = in_repository(Method::Get, history.repository, &["tags", name])?.found()? {
        let tree = answer.tree(FIELDS)?;
        let root = tree.root();
        let leads_there = root.text_or_none("commit.sha")?.and_then(commit_id) == commit;
        object = root.text_or_none("id")?.and_then(commit_id).filter(|_| leads_there);
    }
    Ok(Tag {
        object,
        commit,
        created: true,
        message: message.filter(|message| !message.is_empty()),
        ..Tag::named(name.to_owned())
    })
}
