//! Calls as the forge takes them, and what it answers when it says no.

use forgegate_sdk::Method;
use forgegate_sdk::outbound::{Call, OutboundError, RepositoryRef, owner_and_name};

/// The length of a page: as long as a server gives, unless its administrator chose less.
pub const PER_PAGE: &str = "50";

/// A call within a repository.
pub fn in_repository(method: Method, repository: &RepositoryRef, rest: &[&str]) -> Result<Call, OutboundError> {
    let (owner, name) = owner_and_name(repository)?;
    Ok(Call::new(method, &[&["repos", owner, name], rest].concat()))
}

/// Asks for a page, of this length, of a list of the repository.
pub fn listing(repository: &RepositoryRef, rest: &[&str], page: u32, length: &str) -> Result<Call, OutboundError> {
    let call = in_repository(Method::Get, repository, rest)?;
    Ok(call.page(page).query("limit", length))
}

/// Says what the token lacks where the forge only says no.
pub fn needs(missing: &str) -> impl Fn(OutboundError) -> OutboundError {
    move |error| match error {
        OutboundError::Forbidden(said) => OutboundError::Forbidden([missing, " (the forge: ", &said, ")"].concat()),
        other => other,
    }
}
