//! The access that a user has to a repository.

use forgegate_sdk::Method;
use forgegate_sdk::events::User;
use forgegate_sdk::outbound::{AccessLevel, OutboundError, RepositoryRef};

use super::api::{in_repository, needs};
use super::fields::FIELDS;

/// Asks by name, as the forge wants it, and believes the answer only where its number is that of the account asked about: a name
/// can be registered anew. Whoever has no number may do nothing.
pub fn access(repository: &RepositoryRef, who: &User) -> Result<AccessLevel, OutboundError> {
    let call = in_repository(Method::Get, repository, &["collaborators", &who.login, "permission"])?;
    if who.id.is_none() || who.login.is_empty() {
        return Ok(AccessLevel::None);
    }
    let missing = "the token's account must administer the repository to read what others may do";
    // Not found is the account, or the repository for this credential: nobody may do anything either way.
    let Some(answer) = call.found().map_err(needs(missing))? else {
        return Ok(AccessLevel::None);
    };
    let tree = answer.tree(FIELDS)?;
    let root = tree.root();
    if root.id_or_none("user.id")? != who.id {
        return Ok(AccessLevel::None);
    }
    Ok(match root.text("permission")? {
        "owner" | "admin" => AccessLevel::Admin,
        "write" => AccessLevel::Write,
        "read" => AccessLevel::Read,
        _ => AccessLevel::None,
    })
}
