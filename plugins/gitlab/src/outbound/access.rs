//! The access that a user has to a project.

use forgegate_sdk::Method;
use forgegate_sdk::events::User;
use forgegate_sdk::outbound::{AccessLevel, OutboundError, RepositoryRef};
use forgegate_sdk::text::contains;

use super::api::{DEVELOPER, MAINTAINER, Reader, call, project, tree};

/// The level below which GitLab shows a member nothing of the project.
const GUEST: u64 = 10;

/// The access of an account. Inherited memberships and those of invited groups count. Only the number of an account counts: its name can be registered anew.
pub fn access(repository: &RepositoryRef, who: &User) -> Result<AccessLevel, OutboundError> {
    let Some(id) = who.id.as_deref().filter(|id| !id.is_empty()) else {
        return Err(OutboundError::Rejected(
            "an account without a number cannot be looked up".into(),
        ));
    };
    Ok(match level(project(repository), id)? {
        Some(MAINTAINER..) => AccessLevel::Admin,
        Some(DEVELOPER..) => AccessLevel::Write,
        Some(GUEST..) => AccessLevel::Read,
        _ => AccessLevel::None,
    })
}

/// The number of an active member's level; none where the account is no member.
pub fn level(project: &str, id: &str) -> Result<Option<u64>, OutboundError> {
    let answer = call(Method::Get, "projects/{}/members/all/{}", &[project, id], &[]).send()?;
    if answer.status() == 404 && !is_about_project(answer.message().as_deref()) {
        return Ok(None);
    }
    let answer = answer.ok()?;
    let (tree, read) = (tree(&answer)?, Reader::default());
    let level = read.number(tree.root(), "access_level");
    // Somebody who is blocked, or was only invited, keeps a level.
    let is_active = matches!(read.text_or_none(tree.root(), "state"), None | Some("active"));
    read.done(Some(level).filter(|_| is_active))
}

/// Tells whether it is the project that GitLab does not find, and not the member among its members.
fn is_about_project(message: Option<&str>) -> bool {
    message.is_some_and(|text| contains(text, "Project Not Found"))
}
