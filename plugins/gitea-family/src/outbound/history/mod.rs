//! The past of a repository, list by list.
//!
//! The lists are read from the newest on, since most of them know no other order; what is changed while they are read may come twice.

mod code;
mod fields;
mod people;
mod runs;

use forgegate_sdk::events::Actor;
use forgegate_sdk::json::Part;
use forgegate_sdk::outbound::{Answer, History, HistoryPage, List, Listed, OutboundError, ReadEntry, RepositoryRef};

use super::api::listing;
use crate::parse::user;
use fields::FIELDS;

/// All lists. The first is one that every repository has.
const LISTS: [List; 7] = [
    ("commits", code::commits),
    ("refs", code::refs),
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
    Listed::numbered(page, FIELDS, &|page| ask(history, path, pairs, page, length), read)
}

fn ask(
    history: &History,
    path: &[&str],
    pairs: &[(&str, &str)],
    page: u32,
    length: &str,
) -> Result<Answer, OutboundError> {
    listing(history.repository, path, page, length)?.queries(pairs).ok()
}

/// The account there as an actor, where one is named.
fn actor(part: Part, path: &'static str) -> Result<Option<Actor>, OutboundError> {
    let Some(part) = part.at_or_none(path) else {
        return Ok(None);
    };
    Ok(Some(Actor {
        bot: part.signed_or_none("id")?.is_some_and(|id| id < -1),
        user: user(part)?,
    }))
}
