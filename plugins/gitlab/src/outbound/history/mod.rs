//! What happened in a project, list by list.
//!
//! GitLab keeps the acts of people as events, for three years `[K]`; what these lack (the two sides of a merge request, what became of
//! a pipeline) is read from the lists of the things themselves, in the order of making, so that none slips from page to page.

mod code;
mod people;
mod runs;

use forgegate_sdk::events::Actor;
use forgegate_sdk::json::Part;
use forgegate_sdk::outbound::{Answer, History, HistoryPage, List, OutboundError, RepositoryRef};
use forgegate_sdk::time::{rfc3339, unix_ms};

use super::asking::{Reader, get};
use super::project;
use crate::parse::Person;

/// The first is one that every project has.
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

/// Where each entry costs a call of its own, or is long.
const FEW: &str = "50";

const DAY_S: u64 = 86_400;

/// One page of one list.
pub fn history(repository: &RepositoryRef, since: &str, page: Option<&str>) -> Result<HistoryPage, OutboundError> {
    History::new(repository, since)?.page(&LISTS, page)
}

/// Asks for a page of a list of the project's.
fn list(
    history: &History,
    template: &str,
    query: &[(&str, &str)],
    page: Option<&str>,
) -> Result<Answer, OutboundError> {
    let page = page.unwrap_or("1");
    if page.parse::<u32>().is_err() {
        return Err(OutboundError::Rejected("there is no such page".into()));
    }
    let query = [query, &[("page", page)]].concat();
    get(template, &[project(history.repository)], &query)
}

/// Asks for a page of the project's events of one kind, oldest first. GitLab takes a day, and gives what came after it.
fn events(history: &History, kind: &str, length: &str, page: Option<&str>) -> Result<Answer, OutboundError> {
    let seconds = unix_ms(history.since).and_then(|ms| u64::try_from(ms / 1_000).ok());
    let day_before = rfc3339(seconds.unwrap_or(0).saturating_sub(DAY_S)).unwrap_or_default();
    let day_before = day_before.get(..10).unwrap_or_default();
    let query = [
        ("action", kind),
        ("after", day_before),
        ("sort", "asc"),
        ("per_page", length),
    ];
    list(history, "projects/{}/events", &query, page)
}

/// The number of the page after this one.
fn next(answer: &Answer) -> Option<String> {
    answer.next_page().map(|page| page.to_string())
}

/// Who did something, where that is told.
fn actor(read: &Reader, part: Part, path: &'static str) -> Option<Actor> {
    read.keep(Person::at(part, path)).map(Person::into_actor)
}
