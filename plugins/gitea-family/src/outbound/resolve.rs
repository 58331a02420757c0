//! The commit that a ref leads to.

use forgegate_sdk::outbound::{OutboundError, RepositoryRef};
use forgegate_sdk::{Method, commit_id};

use super::api::in_repository;
use super::fields::FIELDS;

/// A full ref is what it says. A short one is a branch, or else a tag, or else the id of a commit that the repository has.
pub fn resolve(repository: &RepositoryRef, name: &str) -> Result<String, OutboundError> {
    if let Some(branch) = name.strip_prefix("refs/heads/") {
        return commit(repository, &["branches", branch], "commit.id");
    }
    if let Some(tag) = name.strip_prefix("refs/tags/") {
        return commit(repository, &["tags", tag], "commit.sha");
    }
    let pull = name
        .strip_prefix("refs/pull/")
        .and_then(|rest| rest.strip_suffix("/head"));
    if let Some(pull) = pull {
        return commit(repository, &["pulls", pull], "head.sha");
    }
    for (kind, field) in [("branches", "commit.id"), ("tags", "commit.sha")] {
        match commit(repository, &[kind, name], field) {
            Err(OutboundError::NotFound) => {}
            found => return found,
        }
    }
    match commit_id(name) {
        Some(id) => commit(repository, &["git", "commits", &id], "sha"),
        None => Err(OutboundError::NotFound),
    }
}

fn commit(repository: &RepositoryRef, path: &[&str], field: &'static str) -> Result<String, OutboundError> {
    let answer = in_repository(Method::Get, repository, path)?.ok()?;
    let id = commit_id(answer.tree(FIELDS)?.root().text(field)?);
    id.ok_or_else(|| OutboundError::Malformed("what the ref leads to is no commit".into()))
}
