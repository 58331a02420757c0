//! All repositories that the credential reaches.

use forgegate_sdk::json::Part;
use forgegate_sdk::outbound::{Call, OutboundError, RepositoriesPage, RepositoryRef};

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

fn repository(part: Part<'_>) -> Result<RepositoryRef, OutboundError> {
    Ok(RepositoryRef {
        id: part.id_or_none("id")?,
        full_name: part.text("full_name")?.to_owned(),
    })
}
