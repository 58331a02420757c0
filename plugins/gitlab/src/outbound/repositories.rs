//! All projects that the credential reaches, and each as it is now.

use forgegate_sdk::json::Part;
use forgegate_sdk::outbound::{OutboundError, RepositoriesPage, RepositoryNow, RepositoryRef};

use super::api::{PER_PAGE, Reader, get, tree};

/// A page of those of the token's account. By number, each page from where the one before ended: GitLab ends a list of projects by pages at 50,000.
pub fn repositories(page: Option<&str>) -> Result<RepositoriesPage, OutboundError> {
    let query = [
        ("membership", "true"),
        ("simple", "true"),
        ("order_by", "id"),
        ("sort", "asc"),
        ("per_page", PER_PAGE),
        ("id_after", page.unwrap_or("0")),
    ];
    let answer = get("projects", &[], &query)?;
    let (tree, read) = (tree(&answer)?, Reader::default());
    let repository = |part: Part| RepositoryRef {
        id: Some(read.id(part, "id")),
        full_name: read.text(part, "path_with_namespace").to_owned(),
    };
    let repositories: Vec<_> = read.items(tree.root()).into_iter().map(repository).collect();
    let is_full = repositories.len().to_string() == PER_PAGE;
    let last = repositories.last().and_then(|repository| repository.id.clone());
    read.done(RepositoriesPage {
        next: last.filter(|_| is_full),
        repositories,
    })
}

/// Finds the project. By its path, though its number be known: what lies there is what is asked for.
pub fn find_repository(repository: &RepositoryRef) -> Result<RepositoryNow, OutboundError> {
    let answer = get("projects/{}", &[&repository.full_name], &[])?;
    let (tree, read) = (tree(&answer)?, Reader::default());
    let root = tree.root();
    read.done(RepositoryNow {
        id: read.id(root, "id"),
        full_name: read.text(root, "path_with_namespace").to_owned(),
        // Null, or absent, while the repository is empty.
        default_branch: read.text_or_none(root, "default_branch").map(str::to_owned),
    })
}
