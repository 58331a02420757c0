//! Commits of the default branch, and branches and tags that were made or removed.

use forgegate_sdk::events::{Author, Commit, Detail, Push, Tag};
use forgegate_sdk::json::{Object, Part};
use forgegate_sdk::outbound::{CommitPage, History, Listed, OutboundError, owner_and_name};
use forgegate_sdk::text::cut;
use forgegate_sdk::{Method, ParseError, first_line};

use super::fields::FIELDS;
use super::{actor, listing};
use crate::outbound::api::{PER_PAGE, call, in_repository, ok, problem, read};
use crate::parse::{MESSAGE_BYTES, commit, commit_or_none};

/// The question for tags. No list of GitHub's other interface tells when one was made; this one is not at the same place on an
/// Enterprise Server, which has none then. The newest commit comes first: an old commit's new tag may lie beyond the end.
const TAGS: &str = "query($owner:String!,$name:String!,$after:String){repository(owner:$owner,name:$name){\
    refs(refPrefix:\"refs/tags/\",first:100,after:$after,orderBy:{field:TAG_COMMIT_DATE,direction:DESC}){\
    nodes{name target{oid ...on Commit{committedDate message} ...on Tag{message tagger{date} target{oid}}}}\
    pageInfo{hasNextPage endCursor}}}}";

/// Commits as pushes.
pub fn commits(history: &History, page: Option<&str>) -> Result<Listed, OutboundError> {
    history.commits(page, &|| default_branch(history), &|page| commit_page(history, page))
}

fn commit_page(history: &History, page: u32) -> Result<CommitPage, OutboundError> {
    let call = listing(history, &["commits"], &[("since", history.since)], PER_PAGE)?;
    let answer = call.page(page).send()?;
    match answer.status() {
        200..=299 => {}
        // The repository is empty.
        409 => return Ok(CommitPage::default()),
        _ => return Err(problem(&answer)),
    }
    let commits = answer
        .tree(FIELDS)?
        .root()
        .items()?
        .map(made)
        .collect::<Result<Vec<_>, _>>()?;
    let timed = |commit: Commit| (commit.time.clone(), commit);
    Ok(CommitPage {
        newest_first: commits.into_iter().map(timed).collect(),
        next: answer.next_page(),
    })
}

fn default_branch(history: &History) -> Result<Option<String>, OutboundError> {
    read(&in_repository(Method::Get, history.repository, &[])?, |root| {
        root.owned("default_branch")
    })
}

/// The commit of an entry. Its time is its committer's, by which GitHub counts what is asked for.
fn made(entry: Part) -> Result<Commit, ParseError> {
    let message = cut(entry.text_or_none("commit.message")?.unwrap_or_default(), MESSAGE_BYTES);
    Ok(Commit {
        id: commit(entry, "sha")?,
        title: first_line(message).to_owned(),
        message: message.to_owned(),
        author: Author {
            name: entry.owned("commit.author.name")?.unwrap_or_default(),
            email: entry.owned("commit.author.email")?,
        },
        time: entry.owned("commit.committer.date")?,
        url: entry.owned("html_url")?,
        added: Vec::new(),
        modified: Vec::new(),
        removed: Vec::new(),
    })
}

/// Branches that were made.
pub fn branches_made(history: &History, page: Option<&str>) -> Result<Listed, OutboundError> {
    activity(history, "branch_creation", page, |entry, name| {
        Ok(Push {
            after: commit_or_none(entry, "after")?,
            created: true,
            ..Push::to(name)
        })
    })
}

/// Branches that were removed.
pub fn branches_removed(history: &History, page: Option<&str>) -> Result<Listed, OutboundError> {
    activity(history, "branch_deletion", page, |entry, name| {
        Ok(Push {
            before: commit_or_none(entry, "before")?,
            deleted: true,
            ..Push::to(name)
        })
    })
}

/// A page of the repository's activity, the newest first. GitHub names its pages by what comes after what.
fn activity(
    history: &History,
    kind: &str,
    page: Option<&str>,
    push: impl Fn(Part, String) -> Result<Push, OutboundError>,
) -> Result<Listed, OutboundError> {
    let pairs = [("activity_type", kind), ("direction", "desc")];
    let call = listing(history, &["activity"], &pairs, PER_PAGE)?;
    let call = page.into_iter().fold(call, |call, page| call.query("after", page));
    let answer = ok(&call)?;
    let (events, goes_on) = Listed::entries(&answer, FIELDS, &mut |entry, events| {
        let (at, name) = (entry.text_or_none("timestamp")?, entry.text("ref")?);
        if name.starts_with("refs/heads/") {
            let push = push(entry, name.to_owned())?;
            events.extend(history.event(at, actor(entry, "actor")?, Detail::Push(push)));
        }
        Ok(history.holds(at))
    })?;
    let next = answer.next_by("after").filter(|next| goes_on && Some(*next) != page);
    Ok(Listed {
        events,
        // The one sign of a cursor that a URL writes otherwise.
        next: next.map(|next| next.replace("%3D", "=")),
    })
}

/// Tags that are there. Who made them is not told.
pub fn tags(history: &History, page: Option<&str>) -> Result<Listed, OutboundError> {
    let (owner, name) = owner_and_name(history.repository)?;
    let variables = Object::new()
        .text("owner", owner)
        .text("name", name)
        .text_if("after", page);
    let call = call(Method::Post, &["graphql"]).json(Object::new().text("query", TAGS).object("variables", variables));
    let answer = ok(&call)?;
    let tree = answer.tree(FIELDS)?;
    // Null, beside a list of errors, where the repository cannot be seen this way.
    let Some(refs) = tree.root().at_or_none("data.repository.refs") else {
        return Err(OutboundError::Forbidden(
            "GitHub does not show the tags to the App".into(),
        ));
    };
    let (mut events, mut is_recent) = (Vec::new(), false);
    for node in refs.list("nodes")?.into_iter().flatten() {
        let (at, tag) = tag(node)?;
        is_recent |= history.holds(at.as_deref());
        events.extend(history.event(at.as_deref(), None, Detail::Tag(tag)));
    }
    let has_next = refs.flag("pageInfo.hasNextPage")? == Some(true);
    Ok(Listed {
        events,
        next: refs.owned("pageInfo.endCursor")?.filter(|_| has_next && is_recent),
    })
}

/// The time at which a tag was made (a light one is taken to be as old as its commit), and the tag. An annotated tag leads on to its commit.
fn tag(node: Part) -> Result<(Option<String>, Tag), OutboundError> {
    let target = node.at("target");
    let annotated = target.at_or_none("target");
    let object = commit_or_none(target, "oid")?;
    let commit = match annotated {
        Some(inner) => commit_or_none(inner, "oid")?,
        None => object.clone(),
    };
    let at = match annotated {
        Some(_) => target.owned("tagger.date")?,
        None => target.owned("committedDate")?,
    };
    let message = target.text_or_none("message")?.filter(|message| !message.is_empty());
    let tag = Tag {
        name: node.text("name")?.to_owned(),
        before: None,
        object,
        commit,
        created: true,
        deleted: false,
        message: message.map(|message| cut(message, MESSAGE_BYTES).to_owned()),
    };
    Ok((at, tag))
}
