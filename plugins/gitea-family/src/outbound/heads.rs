//! All branches and open pull requests, a page at a time: first those, then these.

use forgegate_sdk::commit_id;
use forgegate_sdk::json::Part;
use forgegate_sdk::outbound::{Head, HeadsPage, OutboundError, RepositoryRef, owner_and_name};

use super::fields::FIELDS;
use super::{PAGE, after, listing, number_of};

/// What stands before the number in the name of a page of pull requests.
const PULLS: &str = "pulls-";

/// A page, by the name that the one before it gave.
pub fn heads(repository: &RepositoryRef, page: Option<&str>) -> Result<HeadsPage, OutboundError> {
    let place = owner_and_name(repository)?;
    match page.and_then(|page| page.strip_prefix(PULLS)) {
        Some(number) => pulls(place, number_of(Some(number))?),
        None => branches(place, number_of(page)?),
    }
}

fn branches((owner, name): (&str, &str), page: u32) -> Result<HeadsPage, OutboundError> {
    let answer = listing(&["repos", owner, name, "branches"], page, PAGE).ok()?;
    let next = after(page, &answer).map(|next| next.to_string());
    let tree = answer.tree(FIELDS)?;
    let heads: Result<Vec<_>, _> = tree.root().items()?.map(branch).collect();
    Ok(HeadsPage {
        heads: heads?,
        next: next.or_else(|| Some([PULLS, "1"].concat())),
    })
}

fn pulls((owner, name): (&str, &str), page: u32) -> Result<HeadsPage, OutboundError> {
    let call = listing(&["repos", owner, name, "pulls"], page, PAGE).query("state", "open");
    // Not found: the repository has pull requests switched off.
    let Some(answer) = call.found()? else {
        return Ok(HeadsPage {
            heads: Vec::new(),
            next: None,
        });
    };
    let tree = answer.tree(FIELDS)?;
    let heads: Result<Vec<_>, _> = tree.root().items()?.map(pull).collect();
    Ok(HeadsPage {
        heads: heads?,
        next: after(page, &answer).map(|next| [PULLS, &next.to_string()].concat()),
    })
}

fn branch(part: Part<'_>) -> Result<Head, OutboundError> {
    Ok(Head {
        ref_: ["refs/heads/", part.text("name")?].concat(),
        sha: sha(part, "commit.id")?,
        pull_request: None,
    })
}

fn pull(part: Part<'_>) -> Result<Head, OutboundError> {
    let number = part.number("number")?;
    Ok(Head {
        ref_: ["refs/pull/", &number.to_string(), "/head"].concat(),
        sha: sha(part, "head.sha")?,
        pull_request: Some(number),
    })
}

fn sha(part: Part<'_>, path: &'static str) -> Result<String, OutboundError> {
    let sha = commit_id(part.text(path)?);
    Ok(sha.ok_or_else(|| part.malformed(path, "is no commit"))?)
}
