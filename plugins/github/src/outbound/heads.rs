//! All branches and open pull requests, a page at a time: first the ones, then the others.

use forgegate_sdk::json::Part;
use forgegate_sdk::outbound::{Call, Head, HeadsPage, OutboundError, RepositoryRef, no_such_page};
use forgegate_sdk::{Method, ParseError};

use super::api::{in_repository, page_of};
use crate::parse::{branch_ref, commit, fetch_ref};

/// The beginning of the name of a page, before its number.
const BRANCHES: &str = "branches:";
const PULLS: &str = "pulls:";

/// The branches come by their own list: refs that match `heads/` would be matched by prefix.
pub fn heads(repository: &RepositoryRef, page: Option<&str>) -> Result<HeadsPage, OutboundError> {
    let page = page.unwrap_or("branches:1");
    if let Some(number) = page.strip_prefix(BRANCHES) {
        let call = in_repository(Method::Get, repository, &["branches"])?;
        let (heads, next) = listed(&call, number, branch)?;
        let next = Some(next.map_or_else(|| [PULLS, "1"].concat(), |next| [BRANCHES, &next].concat()));
        Ok(HeadsPage { heads, next })
    } else {
        // The oldest first: what is opened meanwhile comes last and moves none to another page.
        let call = in_repository(Method::Get, repository, &["pulls"])?
            .query("state", "open")
            .query("sort", "created")
            .query("direction", "asc");
        let (heads, next) = listed(&call, page.strip_prefix(PULLS).unwrap_or_default(), pull)?;
        let next = next.map(|next| [PULLS, &next].concat());
        Ok(HeadsPage { heads, next })
    }
}

/// The heads of one page, and the number of the next.
fn listed(
    call: &Call,
    page: &str,
    head: fn(Part) -> Result<Head, ParseError>,
) -> Result<(Vec<Head>, Option<String>), OutboundError> {
    let mut heads = Vec::new();
    let next = page_of(call, page.parse().map_err(|_| no_such_page())?, &mut |part| {
        heads.push(head(part)?);
        Ok(())
    })?;
    Ok((heads, next.map(|next| next.to_string())))
}

fn branch(part: Part) -> Result<Head, ParseError> {
    Ok(Head {
        ref_: branch_ref(part.text("name")?),
        sha: commit(part, "commit.sha")?,
        pull_request: None,
    })
}

fn pull(part: Part) -> Result<Head, ParseError> {
    let number = part.number("number")?;
    Ok(Head {
        ref_: fetch_ref(number),
        sha: commit(part, "head.sha")?,
        pull_request: Some(number),
    })
}
