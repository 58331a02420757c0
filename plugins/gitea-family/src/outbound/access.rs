//! What somebody may do with a repository.

use forgegate_sdk::events::User;
use forgegate_sdk::outbound::{AccessLevel, Call, OutboundError, RepositoryRef, owner_and_name};

use super::fields::FIELDS;
use super::needs;

/// Asks by name, as the forge wants it, and believes the answer only where its number is that of the account asked about: a name
/// can be registered anew. Whoever has no number may do nothing.
pub fn access(repository: &RepositoryRef, who: &User) -> Result<AccessLevel, OutboundError> {
    let (owner, name) = owner_and_name(repository)?;
    if who.id.is_none() || who.login.is_empty() {
        return Ok(AccessLevel::None);
    }
    let path = ["repos", owner, name, "collaborators", &who.login, "permission"];
    let missing = "the token's account must administer the repository to read what others may do";
    // Not found is the account, or the repository for this credential: nobody may do anything either way.
    let Some(answer) = Call::get(&path).found().map_err(needs(missing))? else {
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
