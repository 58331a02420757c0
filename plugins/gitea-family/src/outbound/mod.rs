//! The way out: what is asked of the forge, told to it, and done for its hooks. One API serves both forges of the family.
//!
//! Where a comment says "assumed", the API's own description says so but no server was asked.

mod access;
mod authorize;
mod comment;
mod fields;
mod forward;
mod heads;
mod history;
mod hook;
mod paths;
mod probe;
mod pull_request;
mod report;
mod repositories;
mod resolve;
mod reviews;

pub use access::access;
pub use authorize::authorize;
pub use comment::{comment, react};
pub use heads::heads;
pub use history::history;
pub use hook::{ensure_hook, hook_health, test_hook};
pub use paths::paths;
pub use probe::probe;
pub use pull_request::find_pull_request;
pub use report::report;
pub use repositories::{find_repository, repositories};
pub use resolve::resolve;
pub use reviews::approvals;

use forgegate_sdk::outbound::{Answer, Call, OutboundError};

/// As many as a server gives in one page, unless its administrator chose fewer.
const PAGE: &str = "50";

/// Asks for a page of so many of a list.
fn listing(path: &[&str], page: u32, length: &str) -> Call {
    Call::get(path).query("page", &page.to_string()).query("limit", length)
}

/// The number of the page that a token names; the first without one.
fn number_of(page: Option<&str>) -> Result<u32, OutboundError> {
    let number = page.map_or(Some(1), |page| page.parse().ok());
    number.ok_or_else(|| OutboundError::Other("no such page".into()))
}

/// The page after this one, if there is one.
fn after(page: u32, answer: &Answer) -> Option<u32> {
    answer.next_page().filter(|next| *next > page)
}

/// Says what is missing where the forge only says no.
fn needs(missing: &str) -> impl Fn(OutboundError) -> OutboundError {
    move |error| match error {
        OutboundError::Forbidden(said) => OutboundError::Forbidden([missing, " (the forge: ", &said, ")"].concat()),
        other => other,
    }
}

#[cfg(test)]
mod tests;
