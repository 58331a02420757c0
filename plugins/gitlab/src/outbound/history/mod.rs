//! The past of a project, list by list.
//!
//! GitLab keeps the acts of people as events, for three years `[K]`; what these lack (the two sides of a merge request, what became of
//! a pipeline) is read from the lists of the things themselves, in the order of making, so that none slips from page to page.

mod code;
mod people;
mod runs;

use forgegate_sdk::Method;
use forgegate_sdk::events::Actor;
use forgegate_sdk::json::Part;
use forgegate_sdk::outbound::{Answer, History, HistoryPage, List, Listed, OutboundError, ReadEntry, RepositoryRef};
use forgegate_sdk::time::{rfc3339, unix_ms};

use super::api::{Reader, call, project};
use super::fields::FIELDS;
use crate::parse::Person;

/// All lists. The first is one that every project has.
const LISTS: [List; 8] = [
    ("commits", code::commits),
    ("refs", code::refs),
    ("requests", people::requests),
    ("approvals", people::approvals),
    ("issues", people::issues),
    ("comments", people::comments),
    ("pipelines", runs::pipelines),
    ("releases", runs::releases),
];

/// The length of a page where each entry costs a call of its own, or is long.
const FEW: &str = "50";

const DAY_S: u64 = 86_400;

/// Reads one page of one list.
pub fn history(repository: &RepositoryRef, since: &str, page: Option<&str>) -> Result<HistoryPage, OutboundError> {
    History::new(repository, since)?.page(&LISTS, page)
}

/// Reads a page of a list of the project.
fn list(
    history: &History,
    template: &str,
    query: &[(&str, &str)],
    page: Option<&str>,
    read: ReadEntry<'_>,
) -> Result<Listed, OutboundError> {
    Listed::numbered(page, FIELDS, &|page| ask(history, template, query, page), read)
}

/// Asks for a page of a list of the project.
fn ask(history: &History, template: &str, query: &[(&str, &str)], page: u32) -> Result<Answer, OutboundError> {
    let call = call(Method::Get, template, &[project(history.repository)], query);
    call.page(page).ok()
}

/// Asks for a page of the project's events of one kind, oldest first. GitLab takes a day, and gives what came after it.
fn events(history: &History, kind: &str, length: &str, page: u32) -> Result<Answer, OutboundError> {
    let seconds = unix_ms(history.since).and_then(|ms| u64::try_from(ms / 1_000).ok());
    let day_before = rfc3339(seconds.unwrap_or(0).saturating_sub(DAY_S)).unwrap_or_default();
    let day_before = day_before.get(..10).unwrap_or_default();
    let query = [
        ("action", kind),
        ("after", day_before),
        ("sort", "asc"),
        ("per_page", length),
    ];
    ask(history, "projects/{}/events", &query, page)
}

/// The account there as an actor, where one is named.
fn actor(read: &Reader, part: Part, path: &'static str) -> Option<Actor> {
    read.keep(Person::at(part, path)).map(Person::into_actor)
}
