//! All branches, then all open pull requests.

use forgegate_sdk::Method;
use forgegate_sdk::outbound::{Head, HeadsPage, OutboundError, RepositoryRef};

use super::api::{in_repository, ok, page_of};
use super::fields::FIELDS;
use super::repository::no_page;
use crate::parse::{branch_ref, commit};

/// What a page begins with, before its number.
const BRANCHES: &str = "branches:";
const PULLS: &str = "pulls:";

/// The branches come by their own list: refs that match `heads/` would be matched by prefix.
pub fn heads(repository: &RepositoryRef, page: Option<&str>) -> Result<HeadsPage, OutboundError> {
    let page = page.unwrap_or("branches:1");
    if let Some(number) = page.strip_prefix(BRANCHES) {
        branches(repository, number.parse().map_err(|_| no_page())?)
    } else if let Some(number) = page.strip_prefix(PULLS) {
        pulls(repository, number.parse().map_err(|_| no_page())?)
    } else {
        Err(no_page())
    }
}

fn branches(repository: &RepositoryRef, page: u32) -> Result<HeadsPage, OutboundError> {
    let call = in_repository(Method::Get, repository, &["branches"])?;
    let answer = ok(&page_of(&call, page))?;
    let mut heads = Vec::new();
    for branch in answer.tree(FIELDS)?.root().items()? {
        heads.push(Head {
            ref_: branch_ref(branch.text("name")?),
            sha: commit(branch, "commit.sha")?,
            pull_request: None,
        });
    }
    let next = match answer.next_page() {
        Some(next) => [BRANCHES, &next.to_string()].concat(),
        None => [PULLS, "1"].concat(),
    };
    Ok(HeadsPage {
        heads,
        next: Some(next),
    })
}

/// The oldest first: what is opened meanwhile comes last and moves none to another page.
fn pulls(repository: &RepositoryRef, page: u32) -> Result<HeadsPage, OutboundError> {
    let call = in_repository(Method::Get, repository, &["pulls"])?
        .query("state", "open")
        .query("sort", "created")
        .query("direction", "asc");
    let answer = ok(&page_of(&call, page))?;
    let mut heads = Vec::new();
    for pull in answer.tree(FIELDS)?.root().items()? {
        let number = pull.number("number")?;
        heads.push(Head {
            ref_: format!("refs/pull/{number}/head"),
            sha: commit(pull, "head.sha")?,
            pull_request: Some(number),
        });
    }
    let next = answer.next_page().map(|next| [PULLS, &next.to_string()].concat());
    Ok(HeadsPage { heads, next })
}
