//! All repositories that the installation covers, and each as it is now.

use forgegate_sdk::Method;
use forgegate_sdk::outbound::{OutboundError, RepositoriesPage, RepositoryNow, RepositoryRef, page_number};

use super::api::{PER_PAGE, call, in_repository, ok, read};
use super::fields::FIELDS;

/// A page of those that the installation covers.
pub fn repositories(page: Option<&str>) -> Result<RepositoriesPage, OutboundError> {
    let call = call(Method::Get, &["installation", "repositories"])
        .query("per_page", PER_PAGE)
        .page(page_number(page)?);
    let answer = ok(&call)?;
    let mut repositories = Vec::new();
    for part in answer.tree(FIELDS)?.root().list("repositories")?.into_iter().flatten() {
        repositories.push(RepositoryRef {
            id: Some(part.id("id")?),
            full_name: part.text("full_name")?.to_owned(),
        });
    }
    Ok(RepositoriesPage {
        repositories,
        next: answer.next_page().map(|page| page.to_string()),
    })
}

/// The repository at the path. One that was renamed is answered by a redirect, which is no answer here: the path has to be its own.
pub fn find_repository(repository: &RepositoryRef) -> Result<RepositoryNow, OutboundError> {
    read(&in_repository(Method::Get, repository, &[])?, |root| {
        Ok(RepositoryNow {
            id: root.id("id")?,
            full_name: root.text("full_name")?.to_owned(),
            default_branch: root.text_or_none("default_branch")?.map(str::to_owned),
        })
    })
}
