//! What happened in a repository, list by list.

mod code;
mod fields;
mod people;
mod runs;

use forgegate_sdk::Method;
use forgegate_sdk::events::{Actor, Event};
use forgegate_sdk::json::{Part, Tree};
use forgegate_sdk::outbound::{Answer, Call, History, HistoryPage, List, Listed, OutboundError, RepositoryRef};

use super::api::{in_repository, ok};
use super::repository::no_page;
use crate::parse;
use fields::FIELDS;

/// The first is one that every repository has.
const LISTS: [List; 9] = [
    ("commits", code::commits),
    ("branches-made", code::branches_made),
    ("branches-removed", code::branches_removed),
    ("tags", code::tags),
    ("pulls", people::pulls),
    ("issues", people::issues),
    ("comments", people::comments),
    ("runs", runs::runs),
    ("releases", runs::releases),
];

/// Says of an entry whether it is young enough, and adds what it tells.
type Read<'r> = &'r mut dyn FnMut(Part<'_>, &mut Vec<Event>) -> Result<bool, OutboundError>;

/// One page of one list.
pub fn history(repository: &RepositoryRef, since: &str, page: Option<&str>) -> Result<HistoryPage, OutboundError> {
    History::new(repository, since)?.page(&LISTS, page)
}

/// A page of a list of the repository's, by its number. There is no next page after one on which nothing is young enough: a list
/// that does not begin with the newest calls all of it young.
fn numbered(
    history: &History,
    path: &[&str],
    pairs: &[(&str, &str)],
    page: Option<&str>,
    length: &str,
    read: Read<'_>,
) -> Result<Listed, OutboundError> {
    let number: u32 = page.unwrap_or("1").parse().map_err(|_| no_page())?;
    let call = ask(history, path, pairs, length)?.query("page", &number.to_string());
    let answer = ok(&call)?;
    let (events, is_young) = told(&answer, read)?;
    let next = answer.next_page().filter(|next| is_young && *next > number);
    Ok(Listed {
        events,
        next: next.map(|next| next.to_string()),
    })
}

/// What the entries of an answer tell, and whether any is young enough.
fn told(answer: &Answer, read: Read<'_>) -> Result<(Vec<Event>, bool), OutboundError> {
    let tree = tree(answer)?;
    let (mut events, mut is_young) = (Vec::new(), false);
    for entry in entries(&tree)? {
        is_young |= read(entry, &mut events)?;
    }
    Ok((events, is_young))
}

fn ask(history: &History, path: &[&str], pairs: &[(&str, &str)], length: &str) -> Result<Call, OutboundError> {
    let call = in_repository(Method::Get, history.repository, path)?;
    let call = pairs.iter().fold(call, |call, (name, value)| call.query(name, value));
    Ok(call.query("per_page", length))
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

/// Who did something, where that is told and they are still there.
fn actor(part: Part, path: &'static str) -> Result<Option<Actor>, OutboundError> {
    Ok(part.at_or_none(path).map(parse::actor).transpose()?)
}
