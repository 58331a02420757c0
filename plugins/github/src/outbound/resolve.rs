//! The commit that a ref leads to.

use forgegate_sdk::outbound::{OutboundError, RepositoryRef, owner_and_name};
use forgegate_sdk::{Method, commit_id};

use super::api::{call_for, problem};
use super::pull_request;

/// A short name is a branch's before it is a tag's, and then whatever else git takes for a commit.
pub fn resolve(repository: &RepositoryRef, name: &str) -> Result<String, OutboundError> {
    if let Some(number) = pull_request_of(name) {
        return Ok(pull_request::find_pull_request(repository, number)?.head);
    }
    let (name, prefixes): (_, &[&str]) = match name.strip_prefix("refs/") {
        Some(rest) => (rest, &[""]),
        None if commit_id(name).is_some() => (name, &[""]),
        None => (name, &["heads/", "tags/", ""]),
    };
    for prefix in prefixes {
        if let Some(sha) = commit_at(repository, &[prefix, name].concat())? {
            return Ok(sha);
        }
    }
    Err(OutboundError::NotFound)
}

/// The pull request that has this ref.
fn pull_request_of(name: &str) -> Option<u64> {
    name.strip_prefix("refs/pull/")?.strip_suffix("/head")?.parse().ok()
}

/// The commit behind a name, tags peeled. The slashes of a name are percent-encoded, as GitHub's own clients do. The type of the answer
/// is the bare id: as JSON a commit may bring its whole change along.
fn commit_at(repository: &RepositoryRef, name: &str) -> Result<Option<String>, OutboundError> {
    let (owner, repository) = owner_and_name(repository)?;
    let path = ["repos", owner, repository, "commits", name];
    let answer = call_for(Method::Get, &path, "application/vnd.github.sha").send()?;
    if answer.status() == 200 {
        let text = str::from_utf8(answer.body()).unwrap_or_default();
        let malformed = || OutboundError::Malformed("the answer is no commit id".into());
        return commit_id(text.trim()).map(Some).ok_or_else(malformed);
    }
    match (answer.status(), problem(&answer)) {
        // An empty repository is 409, a name without a commit 422.
        (409, _) | (422, OutboundError::Rejected(_)) | (_, OutboundError::NotFound) => Ok(None),
        (_, error) => Err(error),
    }
}
