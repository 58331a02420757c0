//! Calls as GitHub wants them, lists, and the ways in which GitHub says no.

use forgegate_sdk::json::Part;
use forgegate_sdk::outbound::{Answer, Call, OutboundError, RepositoryRef, owner_and_name};
use forgegate_sdk::text::contains;
use forgegate_sdk::{Method, ParseError};

use super::fields::FIELDS;

/// The most that a page of a list holds.
pub const PER_PAGE: &str = "100";

/// The least to wait after a secondary limit that names no time.
const SECONDARY_WAIT_S: u64 = 60;

/// What GitHub says of a limit. The last is what content that comes too fast is told, with the status 422.
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

/// What stands behind an answer outside of 200 to 299. Limits come as 403, 429 and 422, with fields, with words, or with both.
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
    let mut page = 1;
    for _ in 0..most_pages {
        match page_of(call, page, visit)?.filter(|next| *next > page) {
            Some(next) => page = next,
            None => return Ok(()),
        }
    }
    Err(OutboundError::Other(
        "the list is too long to be read to its end".into(),
    ))
}

/// Shows each entry of one page, and answers the number of the next.
pub fn page_of(
    call: &Call,
    page: u32,
    visit: &mut dyn FnMut(Part<'_>) -> Result<(), ParseError>,
) -> Result<Option<u32>, OutboundError> {
    let call = call
        .clone()
        .query("per_page", PER_PAGE)
        .query("page", &page.to_string());
    let answer = ok(&call)?;
    answer.tree(FIELDS)?.root().items()?.try_for_each(visit)?;
    Ok(answer.next_page())
}

/// What a call is refused for stands in the message, or, where what it sent is refused, among the errors.
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
