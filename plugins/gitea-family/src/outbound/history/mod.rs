//! What happened in a repository, list by list.
//!
//! The lists are read from the newest on, since most of them know no other order; what is changed while they are read may come twice.

mod code;
mod fields;
mod people;
mod runs;

use forgegate_sdk::events::{Actor, Event};
use forgegate_sdk::json::{Part, Tree};
use forgegate_sdk::outbound::{
    Answer, Call, History, HistoryPage, List, Listed, OutboundError, RepositoryRef, owner_and_name,
};

use super::{after, listing, number_of};
use crate::parse::user;
use fields::FIELDS;

/// The first is one that every repository has.
const LISTS: [List; 7] = [
    ("commits", code::commits),
    ("refs", code::refs),
    ("pulls", people::pulls),
    ("issues", people::issues),
    ("comments", people::comments),
    ("runs", runs::runs),
    ("releases", runs::releases),
];

/// One page of one list.
pub fn history(repository: &RepositoryRef, since: &str, page: Option<&str>) -> Result<HistoryPage, OutboundError> {
    History::new(repository, since)?.page(&LISTS, page)
}

/// Says of an entry whether it is young enough, and adds what it tells.
type Read<'r> = &'r mut dyn FnMut(Part<'_>, &mut Vec<Event>) -> Result<bool, OutboundError>;

/// A page of a list that begins with the newest, up to the first page on which nothing is young enough.
fn newest_first(
    history: &History,
    path: &[&str],
    pairs: &[(&str, &str)],
    page: Option<&str>,
    length: &str,
    read: Read<'_>,
) -> Result<Listed, OutboundError> {
    let number = number_of(page)?;
    let answer = ask(history, path, pairs, number, length)?;
    let tree = tree(&answer)?;
    let mut events = Vec::new();
    let mut is_young = false;
    for entry in entries(&tree)? {
        is_young |= read(entry, &mut events)?;
    }
    let next = after(number, &answer).filter(|_| is_young);
    Ok(Listed {
        events,
        next: next.map(|next| next.to_string()),
    })
}

/// Asks for a page of a list of the repository's.
fn ask(
    history: &History,
    path: &[&str],
    pairs: &[(&str, &str)],
    page: u32,
    length: &str,
) -> Result<Answer, OutboundError> {
    call(history, path, pairs, page, length)?.ok()
}

fn call(
    history: &History,
    path: &[&str],
    pairs: &[(&str, &str)],
    page: u32,
    length: &str,
) -> Result<Call, OutboundError> {
    let (owner, name) = owner_and_name(history.repository)?;
    let call = listing(&[&["repos", owner, name], path].concat(), page, length);
    Ok(pairs.iter().fold(call, |call, (name, value)| call.query(name, value)))
}

fn tree(answer: &Answer) -> Result<Tree<'_>, OutboundError> {
    answer.tree(FIELDS)
}

/// The entries: those of the answer itself, or those of runs, which lie one deeper.
fn entries<'t>(tree: &'t Tree<'_>) -> Result<Vec<Part<'t>>, OutboundError> {
    let root = tree.root();
    Ok(match root.at_or_none("workflow_runs") {
        Some(_) => root.list("workflow_runs")?.into_iter().flatten().collect(),
        None => root.items()?.collect(),
    })
}

/// Who did something, where that is told.
fn actor(part: Part, path: &'static str) -> Result<Option<Actor>, OutboundError> {
    let Some(part) = part.at_or_none(path) else {
        return Ok(None);
    };
    Ok(Some(Actor {
        bot: part.signed_or_none("id")?.is_some_and(|id| id < -1),
        user: user(part)?,
    }))
}
