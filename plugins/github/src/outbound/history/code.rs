//! Commits of the default branch, and branches and tags that were made or removed.

use forgegate_sdk::events::{Author, Commit, Detail, Event, MAX_COMMITS, Push, Tag};
use forgegate_sdk::json::{Object, Part};
use forgegate_sdk::outbound::{History, Listed, OutboundError, owner_and_name};
use forgegate_sdk::{Method, first_line};

use super::super::api::{self, PER_PAGE, call, in_repository, problem};
use super::{actor, ask, entries, told, tree};
use crate::parse::{branch_ref, commit, commit_or_none, shortened};

/// All that is asked of tags. No list of GitHub's other interface tells when one was made; this one is not at the same place on an
/// Enterprise Server, which has none then. The newest commit comes first: an old commit's new tag may lie beyond the end.
const TAGS: &str = "query($owner:String!,$name:String!,$after:String){repository(owner:$owner,name:$name){\
    refs(refPrefix:\"refs/tags/\",first:100,after:$after,orderBy:{field:TAG_COMMIT_DATE,direction:DESC}){\
    nodes{name target{oid ...on Commit{committedDate message} ...on Tag{message tagger{date} target{oid}}}}\
    pageInfo{hasNextPage endCursor}}}}";

/// Commits as pushes of as many as one may list. A page is named by its number and the default branch.
pub fn commits(history: &History, page: Option<&str>) -> Result<Listed, OutboundError> {
    let (number, branch) = match page.and_then(|page| page.split_once(' ')) {
        Some((number, branch)) => (number, branch.to_owned()),
        None => ("1", default_branch(history)?),
    };
    let call = ask(history, &["commits"], &[("since", history.since)], PER_PAGE)?.query("page", number);
    let answer = call.send()?;
    match answer.status() {
        200..=299 => {}
        // The repository is empty.
        409 => return Ok(Listed::default()),
        _ => return Err(problem(&answer)),
    }
    let tree = tree(&answer)?;
    let mut found = entries(&tree)?.into_iter().map(made).collect::<Result<Vec<_>, _>>()?;
    // GitHub lists the newest first.
    found.reverse();
    let pushes = found
        .chunks(MAX_COMMITS)
        .filter_map(|commits| pushed(history, &branch, commits));
    Ok(Listed {
        events: pushes.collect(),
        next: answer
            .next_page()
            .map(|next| [&next.to_string(), " ", &branch].concat()),
    })
}

fn default_branch(history: &History) -> Result<String, OutboundError> {
    let answer = api::ok(&in_repository(Method::Get, history.repository, &[])?)?;
    let tree = tree(&answer)?;
    Ok(tree
        .root()
        .text_or_none("default_branch")?
        .unwrap_or_default()
        .to_owned())
}

/// The time of a commit is its committer's, by which GitHub counts what is asked for.
fn made(entry: Part) -> Result<Commit, OutboundError> {
    let message = shortened(entry.text_or_none("commit.message")?.unwrap_or_default());
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

/// The commits as one push, of the time of the newest.
fn pushed(history: &History, branch: &str, commits: &[Commit]) -> Option<Event> {
    let newest = commits.last()?;
    let push = Push {
        after: Some(newest.id.clone()),
        commits: commits.to_vec(),
        commits_total: Some(commits.len() as u64),
        ..bare_push(branch_ref(branch))
    };
    history.event(newest.time.as_deref(), None, Detail::Push(push))
}

fn bare_push(name: String) -> Push {
    Push {
        ref_: name,
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

/// Branches that were made.
pub fn branches_made(history: &History, page: Option<&str>) -> Result<Listed, OutboundError> {
    activity(history, "branch_creation", page, |act, name| {
        Ok(Push {
            after: commit_or_none(act, "after")?,
            created: true,
            ..bare_push(name)
        })
    })
}

/// Branches that were removed.
pub fn branches_removed(history: &History, page: Option<&str>) -> Result<Listed, OutboundError> {
    activity(history, "branch_deletion", page, |act, name| {
        Ok(Push {
            before: commit_or_none(act, "before")?,
            deleted: true,
            ..bare_push(name)
        })
    })
}

/// A page of the repository's activity, the newest first. GitHub names its pages by what comes after what.
fn activity(
    history: &History,
    kind: &str,
    page: Option<&str>,
    read: impl Fn(Part, String) -> Result<Push, OutboundError>,
) -> Result<Listed, OutboundError> {
    let pairs = [("activity_type", kind), ("direction", "desc")];
    let call = ask(history, &["activity"], &pairs, PER_PAGE)?;
    let call = page.into_iter().fold(call, |call, page| call.query("after", page));
    let answer = api::ok(&call)?;
    let (events, is_young) = told(&answer, &mut |act, events| {
        let (at, name) = (act.text_or_none("timestamp")?, act.text("ref")?);
        if name.starts_with("refs/heads/") {
            let push = read(act, name.to_owned())?;
            events.extend(history.event(at, actor(act, "actor")?, Detail::Push(push)));
        }
        Ok(history.holds(at))
    })?;
    let next = answer.next_by("after").filter(|next| is_young && Some(*next) != page);
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
    let answer = api::ok(&call)?;
    let tree = tree(&answer)?;
    // Null, beside a list of errors, where the repository cannot be seen this way.
    let Some(refs) = tree.root().at_or_none("data.repository.refs") else {
        return Err(OutboundError::Forbidden(
            "GitHub does not show the tags to the App".into(),
        ));
    };
    let (mut events, mut is_young) = (Vec::new(), false);
    for node in refs.list("nodes")?.into_iter().flatten() {
        let (at, tag) = tag(node)?;
        is_young |= history.holds(at.as_deref());
        events.extend(history.event(at.as_deref(), None, Detail::Tag(tag)));
    }
    let has_next = refs.flag("pageInfo.hasNextPage")? == Some(true);
    Ok(Listed {
        events,
        next: refs.owned("pageInfo.endCursor")?.filter(|_| has_next && is_young),
    })
}

/// When a tag was made (a light one is taken to be as old as its commit), and what it is. An annotated tag leads on to its commit.
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
        message: message.map(|message| shortened(message).to_owned()),
    };
    Ok((at, tag))
}
