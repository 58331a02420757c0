//! Calls as GitHub takes them, lists, and what it answers when it says no.

use forgegate_sdk::json::Part;
use forgegate_sdk::outbound::{Answer, Call, OutboundError, Pages, RepositoryRef, owner_and_name};
use forgegate_sdk::text::contains;
use forgegate_sdk::{Method, ParseError};

use super::fields::FIELDS;

/// The most that a page of a list holds.
pub const PER_PAGE: &str = "100";

/// The least to wait after a secondary limit that names no time.
const SECONDARY_WAIT_S: u64 = 60;

/// Words in GitHub's answers about a limit. The last come with the status 422, for content that comes too fast.
const WORDS_OF_LIMITS: [&str; 4] = [
    "rate limit",
    "abuse detection",
    "blocked from content creation",
    "submitted too quickly",
];

/// A call whose answer is JSON.
pub fn call(method: Method, path: &[&str]) -> Call {
    call_for(method, path, "application/vnd.github+json")
}

/// A call whose answer is of this type.
pub fn call_for(method: Method, path: &[&str], accept: &str) -> Call {
    Call::new(method, path)
        .header("accept", accept)
        .header("x-github-api-version", "2022-11-28")
}

/// A call within a repository.
pub fn in_repository(method: Method, repository: &RepositoryRef, rest: &[&str]) -> Result<Call, OutboundError> {
    let (owner, name) = owner_and_name(repository)?;
    Ok(call(method, &[&["repos", owner, name], rest].concat()))
}

/// Makes the call; an answer with a status outside of 200 to 299 is the error that it stands for.
pub fn ok(call: &Call) -> Result<Answer, OutboundError> {
    let answer = call.send()?;
    match answer.status() {
        200..=299 => Ok(answer),
        _ => Err(problem(&answer)),
    }
}

/// Makes the call and reads what it answers.
pub fn read<T>(call: &Call, read: impl FnOnce(Part<'_>) -> Result<T, ParseError>) -> Result<T, OutboundError> {
    let answer = ok(call)?;
    let tree = answer.tree(FIELDS)?;
    Ok(read(tree.root())?)
}

/// The error that an answer outside of 200 to 299 stands for. Limits come as 403, 429 and 422, with fields, with words, or with both.
pub fn problem(answer: &Answer) -> OutboundError {
    match answer.status() {
        429 => limited(answer),
        403 | 422 if answer.wait().is_some() || speaks_of_limit(answer) => limited(answer),
        403 => OutboundError::Forbidden(missing_permission(answer)),
        _ => answer.problem(),
    }
}

/// Asks for page after page, so many at most, and shows each entry.
pub fn each(
    call: &Call,
    most_pages: u32,
    visit: &mut dyn FnMut(Part<'_>) -> Result<(), ParseError>,
) -> Result<(), OutboundError> {
    let mut pages = Pages::new(most_pages, |page| ok(&numbered(call, page)));
    while let Some(answer) = pages.next_page()? {
        answer.tree(FIELDS)?.root().items()?.try_for_each(&mut *visit)?;
    }
    Ok(())
}

/// Shows each entry of one page, and answers the number of the next.
pub fn page_of(
    call: &Call,
    page: u32,
    visit: &mut dyn FnMut(Part<'_>) -> Result<(), ParseError>,
) -> Result<Option<u32>, OutboundError> {
    let answer = ok(&numbered(call, page))?;
    answer.tree(FIELDS)?.root().items()?.try_for_each(visit)?;
    Ok(answer.next_page())
}

fn numbered(call: &Call, page: u32) -> Call {
    call.clone().query("per_page", PER_PAGE).page(page)
}

/// Tells whether GitHub refuses for a limit. The reason stands in the message, or, where what it sent is refused, among the errors.
fn speaks_of_limit(answer: &Answer) -> bool {
    let Ok(tree) = answer.tree(FIELDS) else {
        return false;
    };
    let is_limit = |part: Part| {
        let said = part.text_or_none("message").ok().flatten().unwrap_or_default();
        let said = said.to_ascii_lowercase();
        WORDS_OF_LIMITS.iter().any(|words| contains(&said, words))
    };
    let root = tree.root();
    is_limit(root) || root.list("errors").ok().flatten().into_iter().flatten().any(is_limit)
}

fn limited(answer: &Answer) -> OutboundError {
    OutboundError::TryLater(Some(answer.wait().unwrap_or(SECONDARY_WAIT_S)))
}

/// GitHub's words are the same for all permissions; the field names the one.
fn missing_permission(answer: &Answer) -> String {
    match answer
        .header("x-accepted-github-permissions")
        .filter(|it| !it.is_empty())
    {
        Some(permissions) => ["the App's permissions do not allow it; needed: ", permissions].concat(),
        None => answer.message().unwrap_or_else(|| "GitHub refuses it".into()),
    }
}
