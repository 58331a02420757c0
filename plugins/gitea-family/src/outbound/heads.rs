//! All branches and open pull requests, a page at a time: first the ones, then the others.

use forgegate_sdk::ParseError;
use forgegate_sdk::commit_id;
use forgegate_sdk::json::Part;
use forgegate_sdk::outbound::{Answer, Head, HeadsPage, OutboundError, RepositoryRef, page_number};

use super::api::{PER_PAGE, listing};
use super::fields::FIELDS;

/// The beginning of the name of a page of pull requests, before its number.
const PULLS: &str = "pulls-";

/// Reads a page, by the name that the one before it gave.
pub fn heads(repository: &RepositoryRef, page: Option<&str>) -> Result<HeadsPage, OutboundError> {
    match page.and_then(|page| page.strip_prefix(PULLS)) {
        Some(number) => pulls(repository, page_number(Some(number))?),
        None => branches(repository, page_number(page)?),
    }
}

fn branches(repository: &RepositoryRef, page: u32) -> Result<HeadsPage, OutboundError> {
    let answer = listing(repository, &["branches"], page, PER_PAGE)?.ok()?;
    let next = answer.page_after(page).map(|next| next.to_string());
    Ok(HeadsPage {
        heads: read(&answer, branch)?,
        next: next.or_else(|| Some([PULLS, "1"].concat())),
    })
}

fn pulls(repository: &RepositoryRef, page: u32) -> Result<HeadsPage, OutboundError> {
    let call = listing(repository, &["pulls"], page, PER_PAGE)?.query("state", "open");
    // Not found: the repository has pull requests switched off.
    let Some(answer) = call.found()? else {
        return Ok(HeadsPage {
            heads: Vec::new(),
            next: None,
        });
    };
    Ok(HeadsPage {
        heads: read(&answer, pull)?,
        next: answer.page_after(page).map(|next| [PULLS, &next.to_string()].concat()),
    })
}

fn read(answer: &Answer, head: fn(Part) -> Result<Head, ParseError>) -> Result<Vec<Head>, OutboundError> {
    let heads: Result<Vec<_>, _> = answer.tree(FIELDS)?.root().items()?.map(head).collect();
    Ok(heads?)
}

fn branch(part: Part) -> Result<Head, ParseError> {
    Ok(Head {
        ref_: ["refs/heads/", part.text("name")?].concat(),
        sha: sha(part, "commit.id")?,
        pull_request: None,
    })
}

fn pull(part: Part) -> Result<Head, ParseError> {
    let number = part.number("number")?;
    Ok(Head {
        ref_: ["refs/pull/", &number.to_string(), "/head"].concat(),
        sha: sha(part, "head.sha")?,
        pull_request: Some(number),
    })
}

fn sha(part: Part, path: &'static str) -> Result<String, ParseError> {
    let sha = commit_id(part.text(path)?);
    sha.ok_or_else(|| part.malformed(path, "is no commit"))
}
