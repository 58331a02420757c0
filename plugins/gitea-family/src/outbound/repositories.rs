//! All repositories that the credential reaches, and each as it is now.

use forgegate_sdk::json::Part;
use forgegate_sdk::outbound::{Call, OutboundError, RepositoriesPage, RepositoryNow, RepositoryRef, page_number};
use forgegate_sdk::{Method, ParseError};

use super::api::{PER_PAGE, in_repository};
use super::fields::FIELDS;

/// A page of those of the token's account: its own, and where it has been let in.
pub fn repositories(page: Option<&str>) -> Result<RepositoriesPage, OutboundError> {
    let page = page_number(page)?;
    let call = Call::get(&["user", "repos"]).page(page);
    let answer = call.query("limit", PER_PAGE).ok()?;
    let repositories: Result<Vec<_>, _> = answer.tree(FIELDS)?.root().items()?.map(repository).collect();
    Ok(RepositoriesPage {
        repositories: repositories?,
        next: answer.page_after(page).map(|next| next.to_string()),
    })
}

/// The repository at the path. A server that moved it answers with where it went, which is no answer here: the path has to be the
/// repository's own.
pub fn find_repository(repository: &RepositoryRef) -> Result<RepositoryNow, OutboundError> {
    let answer = in_repository(Method::Get, repository, &[])?.ok()?;
    let tree = answer.tree(FIELDS)?;
    let root = tree.root();
    Ok(RepositoryNow {
        id: root.id("id")?,
        full_name: root.text("full_name")?.to_owned(),
        default_branch: root.owned("default_branch")?,
    })
}

fn repository(part: Part) -> Result<RepositoryRef, ParseError> {
    Ok(RepositoryRef {
        id: part.id_or_none("id")?,
        full_name: part.text("full_name")?.to_owned(),
    })
}
