//! Questions about a repository: who may do what, what a ref leads to, and which ones there are.

use forgegate_sdk::events::User;
use forgegate_sdk::outbound::{
    AccessLevel, OutboundError, RepositoriesPage, RepositoryNow, RepositoryRef, owner_and_name,
};
use forgegate_sdk::text::contains;
use forgegate_sdk::{Method, commit_id};

use super::api::{PER_PAGE, call, call_for, in_repository, ok, problem, read};
use super::fields::FIELDS;
use super::pull_request;

/// What GitHub grants by any way, a team's or an enterprise's included; `maintain` counts as write, `triage` as read. A login can be
/// registered anew by somebody else: who has another number than was asked about has no access.
pub fn access(repository: &RepositoryRef, who: &User) -> Result<AccessLevel, OutboundError> {
    let call = in_repository(Method::Get, repository, &["collaborators", &who.login, "permission"])?;
    let answer = call.send()?;
    match answer.status() {
        200 => {}
        404 if is_no_user(answer.message()) => return Ok(AccessLevel::None),
        _ => return Err(problem(&answer)),
    }
    let tree = answer.tree(FIELDS)?;
    let root = tree.root();
    if who.id.is_none() || root.id_or_none("user.id")? != who.id {
        return Ok(AccessLevel::None);
    }
    Ok(match root.text("permission")? {
        "admin" => AccessLevel::Admin,
        "write" => AccessLevel::Write,
        "read" => AccessLevel::Read,
        _ => AccessLevel::None,
    })
}

/// Assumed: a login that nobody has, or that is an organization's or an App's, is answered by 404 and these words; a repository that
/// is not seen, by "Not Found".
pub fn is_no_user(message: Option<String>) -> bool {
    message.is_some_and(|said| contains(&said, "is not a user"))
}

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

/// A repository that was renamed is answered by a redirect, which is no answer here: the path has to be its own.
pub fn find_repository(repository: &RepositoryRef) -> Result<RepositoryNow, OutboundError> {
    read(&in_repository(Method::Get, repository, &[])?, |root| {
        Ok(RepositoryNow {
            id: root.id("id")?,
            full_name: root.text("full_name")?.to_owned(),
            default_branch: root.text_or_none("default_branch")?.map(str::to_owned),
        })
    })
}

/// All repositories that the installation covers.
pub fn repositories(page: Option<&str>) -> Result<RepositoriesPage, OutboundError> {
    let page: u32 = page.unwrap_or("1").parse().map_err(|_| no_page())?;
    let call = call(Method::Get, &["installation", "repositories"])
        .query("per_page", PER_PAGE)
        .query("page", &page.to_string());
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

/// A cursor that is none of ours.
pub fn no_page() -> OutboundError {
    OutboundError::Rejected("this is no page of the list".into())
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
