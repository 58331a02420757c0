//! The commit that a ref leads to.

use forgegate_sdk::outbound::{OutboundError, RepositoryRef};

use super::api::{Reader, get, project, tree};

/// A full ref of a branch or tag is looked up as such: a short name may be both. All else is git's to understand `[K]`, refs of
/// merge requests among it.
pub fn resolve(repository: &RepositoryRef, name: &str) -> Result<String, OutboundError> {
    let (kind, short, path) = match (name.strip_prefix("refs/heads/"), name.strip_prefix("refs/tags/")) {
        (Some(branch), _) => ("branches", branch, "commit.id"),
        (_, Some(tag)) => ("tags", tag, "commit.id"),
        _ => ("commits", name, "id"),
    };
    let answer = get("projects/{}/repository/{}/{}", &[project(repository), kind, short], &[])?;
    let (tree, read) = (tree(&answer)?, Reader::default());
    read.done(read.commit(tree.root(), path))
}
