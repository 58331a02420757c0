//! Refs, heads and projects.

use forgegate_sdk::json::Part;
use forgegate_sdk::outbound::{Answer, Head, HeadsPage, OutboundError, RepositoriesPage, RepositoryNow, RepositoryRef};

use super::asking::{Reader, get, tree};
use super::merge_request::fetch_ref;
use super::{PER_PAGE, project};

/// Merge requests carry their whole text, so fewer of them go on a page.
const REQUESTS_PER_PAGE: &str = "50";

/// What stands before the number in the name of a page.
const BRANCHES: &str = "branches ";
const REQUESTS: &str = "requests ";

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
        return Err(OutboundError::Rejected("there is no such page".into()));
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

/// By number, each page from where the one before ended: GitLab ends a list of projects by pages at 50,000.
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

/// By its path, though its number be known: what lies there is what is asked for.
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
