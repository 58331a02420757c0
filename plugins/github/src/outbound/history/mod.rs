//! The past of a repository, list by list.

mod code;
mod fields;
mod people;
mod runs;

use forgegate_sdk::Method;
use forgegate_sdk::events::Actor;
use forgegate_sdk::json::Part;
use forgegate_sdk::outbound::{Call, History, HistoryPage, List, Listed, OutboundError, ReadEntry, RepositoryRef};

use super::api::{in_repository, ok};
use crate::parse;
use fields::FIELDS;

/// All lists. The first is one that every repository has.
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

/// Reads one page of one list.
pub fn history(repository: &RepositoryRef, since: &str, page: Option<&str>) -> Result<HistoryPage, OutboundError> {
    History::new(repository, since)?.page(&LISTS, page)
}

/// Reads a page, of this length, of a list of the repository.
fn list(
    history: &History,
    path: &[&str],
    pairs: &[(&str, &str)],
    page: Option<&str>,
    length: &str,
    read: ReadEntry<'_>,
) -> Result<Listed, OutboundError> {
    let call = listing(history, path, pairs, length)?;
    Listed::numbered(page, FIELDS, &|page| ok(&call.page(page)), read)
}

fn listing(history: &History, path: &[&str], pairs: &[(&str, &str)], length: &str) -> Result<Call, OutboundError> {
    let call = in_repository(Method::Get, history.repository, path)?;
    Ok(call.queries(pairs).query("per_page", length))
}

/// The account there as an actor, where one is named and they are still there.
fn actor(part: Part, path: &'static str) -> Result<Option<Actor>, OutboundError> {
    Ok(part.at_or_none(path).map(parse::actor).transpose()?)
}
