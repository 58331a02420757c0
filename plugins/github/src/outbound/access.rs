//! The access that a user has to a repository.

use forgegate_sdk::Method;
use forgegate_sdk::events::User;
use forgegate_sdk::outbound::{AccessLevel, OutboundError, RepositoryRef};
use forgegate_sdk::text::contains;

use super::api::{in_repository, problem};
use super::fields::FIELDS;

/// The access that GitHub grants by any way, a team's or an enterprise's included; `maintain` counts as write, `triage` as read. A login can be
/// registered anew by somebody else: who has another number than was asked about has no access.
pub fn access(repository: &RepositoryRef, who: &User) -> Result<AccessLevel, OutboundError> {
    let call = in_repository(Method::Get, repository, &["collaborators", &who.login, "permission"])?;
    let answer = call.send()?;
    match answer.status() {
        200 => {}
        404 if is_no_user(answer.message()) => return Ok(AccessLevel::None),
        _ => return Err(problem(&answer)),
    }
    let tree = answer.tree(FIELDS)?;
    let root = tree.root();
    if who.id.is_none() || root.id_or_none("user.id")? != who.id {
        return Ok(AccessLevel::None);
    }
    Ok(match root.text("permission")? {
        "admin" => AccessLevel::Admin,
        "write" => AccessLevel::Write,
        "read" => AccessLevel::Read,
        _ => AccessLevel::None,
    })
}

/// Assumed: a login that nobody has, or that is an organization's or an App's, is answered by 404 and these words; a repository that
/// is not seen, by "Not Found".
pub fn is_no_user(message: Option<String>) -> bool {
    message.is_some_and(|said| contains(&said, "is not a user"))
}
