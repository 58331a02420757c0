//! All branches and open merge requests, a page at a time: first the ones, then the others.

use forgegate_sdk::json::Part;
use forgegate_sdk::outbound::{Answer, Head, HeadsPage, OutboundError, RepositoryRef, no_such_page};

use super::api::{PER_PAGE, Reader, get, project, tree};
use super::pull_request::fetch_ref;

/// The length of a page of merge requests, which carry their whole text.
const REQUESTS_PER_PAGE: &str = "50";

/// The beginning of the name of a page, before its number.
const BRANCHES: &str = "branches ";
const REQUESTS: &str = "requests ";

/// The branches first, then the open merge requests.
pub fn heads(repository: &RepositoryRef, page: Option<&str>) -> Result<HeadsPage, OutboundError> {
    let page = page.unwrap_or("branches 1");
    let project = &[project(repository)];
    if let Some(number) = page.strip_prefix(BRANCHES) {
        let query = [("per_page", PER_PAGE), ("page", number)];
        let answer = get("projects/{}/repository/branches", project, &query)?;
        let next = next(&answer, BRANCHES).unwrap_or_else(|| "requests 1".to_owned());
        return listed(&answer, branch, Some(next));
    }
    let Some(number) = page.strip_prefix(REQUESTS) else {
        return Err(no_such_page());
    };
    let query = [
        ("state", "opened"),
        // In the order of making, so that none slips from page to page while they are read.
        ("order_by", "created_at"),
        ("sort", "asc"),
        ("per_page", REQUESTS_PER_PAGE),
        ("page", number),
    ];
    let answer = get("projects/{}/merge_requests", project, &query)?;
    listed(&answer, request, next(&answer, REQUESTS))
}

fn branch(read: &Reader, part: Part) -> Head {
    Head {
        ref_: ["refs/heads/", read.text(part, "name")].concat(),
        sha: read.commit(part, "commit.id"),
        pull_request: None,
    }
}

fn request(read: &Reader, part: Part) -> Head {
    let number = read.number(part, "iid");
    Head {
        ref_: fetch_ref(number),
        sha: read.commit(part, "sha"),
        pull_request: Some(number),
    }
}

/// Without the merge requests that have no commit.
fn listed(answer: &Answer, head: fn(&Reader, Part) -> Head, next: Option<String>) -> Result<HeadsPage, OutboundError> {
    let (tree, read) = (tree(answer)?, Reader::default());
    let has_none = |part: &Part| part.at_or_none("iid").is_some() && part.at_or_none("sha").is_none();
    let parts = read.items(tree.root()).into_iter().filter(|part| !has_none(part));
    let heads = parts.map(|part| head(&read, part)).collect();
    read.done(HeadsPage { heads, next })
}

fn next(answer: &Answer, kind: &str) -> Option<String> {
    Some([kind, &answer.next_page()?.to_string()].concat())
}
