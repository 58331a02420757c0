//! All repositories that the credential reaches, and each as it stands.

use forgegate_sdk::json::Part;
use forgegate_sdk::outbound::{Call, OutboundError, RepositoriesPage, RepositoryNow, RepositoryRef, owner_and_name};

use super::fields::FIELDS;
use super::{PAGE, after, number_of};

/// A page of those of the token's account: its own, and where it has been let in.
pub fn repositories(page: Option<&str>) -> Result<RepositoriesPage, OutboundError> {
    let page = number_of(page)?;
    let call = Call::get(&["user", "repos"]).query("page", &page.to_string());
    let answer = call.query("limit", PAGE).ok()?;
    let tree = answer.tree(FIELDS)?;
    let repositories: Result<Vec<_>, _> = tree.root().items()?.map(repository).collect();
    Ok(RepositoriesPage {
        repositories: repositories?,
        next: after(page, &answer).map(|next| next.to_string()),
    })
}

/// A server that moved it answers with where it went, which is no answer here: the path has to be the repository's own.
pub fn find_repository(repository: &RepositoryRef) -> Result<RepositoryNow, OutboundError> {
    let (owner, name) = owner_and_name(repository)?;
    let answer = Call::get(&["repos", owner, name]).ok()?;
    let tree = answer.tree(FIELDS)?;
    let root = tree.root();
    let branch = root.text_or_none("default_branch")?.filter(|branch| !branch.is_empty());
    Ok(RepositoryNow {
        id: root.id("id")?,
        full_name: root.text("full_name")?.to_owned(),
        default_branch: branch.map(str::to_owned),
    })
}

fn repository(part: Part<'_>) -> Result<RepositoryRef, OutboundError> {
    Ok(RepositoryRef {
        id: part.id_or_none("id")?,
        full_name: part.text("full_name")?.to_owned(),
    })
}
