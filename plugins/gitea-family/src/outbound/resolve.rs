//! The commit that a ref leads to.

use forgegate_sdk::commit_id;
use forgegate_sdk::outbound::{Call, OutboundError, RepositoryRef, owner_and_name};

use super::fields::FIELDS;

/// A full ref is what it says. A short one is a branch, or else a tag, or else the id of a commit that the repository has.
pub fn resolve(repository: &RepositoryRef, name: &str) -> Result<String, OutboundError> {
    let place = owner_and_name(repository)?;
    if let Some(branch) = name.strip_prefix("refs/heads/") {
        return commit(place, &["branches", branch], "commit.id");
    }
    if let Some(tag) = name.strip_prefix("refs/tags/") {
        return commit(place, &["tags", tag], "commit.sha");
    }
    if let Some(pull) = name
        .strip_prefix("refs/pull/")
        .and_then(|rest| rest.strip_suffix("/head"))
    {
        return commit(place, &["pulls", pull], "head.sha");
    }
    let ways: [(&str, &'static str); 2] = [("branches", "commit.id"), ("tags", "commit.sha")];
    for (kind, field) in ways {
        match commit(place, &[kind, name], field) {
            Err(OutboundError::NotFound) => {}
            found => return found,
        }
    }
    match commit_id(name) {
        Some(id) => commit(place, &["git/commits", &id], "sha"),
        None => Err(OutboundError::NotFound),
    }
}

fn commit((owner, name): (&str, &str), [kind, what]: &[&str; 2], field: &'static str) -> Result<String, OutboundError> {
    let mut path = vec!["repos", owner, name];
    path.extend(kind.split('/'));
    path.push(what);
    let answer = Call::get(&path).ok()?;
    let tree = answer.tree(FIELDS)?;
    let id = commit_id(tree.root().text(field)?);
    id.ok_or_else(|| OutboundError::Malformed("what the ref leads to is no commit".into()))
}
