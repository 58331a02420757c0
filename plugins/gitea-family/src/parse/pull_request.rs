//! Pull requests.

use forgegate_sdk::ParseError;
use forgegate_sdk::events::{Detail, PullRequest, PullRequestAction as Action, PullRequestState, Side};
use forgegate_sdk::json::Part;

use super::common::{full_branch, labels, sha, stable_id, time, user, users};
use super::{Told, review};

/// A `pull_request`, but for the reviews that arrive under that name.
pub fn parse(event: &str, root: Part) -> Told {
    let word = root.text("action")?;
    if word == "reviewed" {
        return review::parse(event, root);
    }
    let pull = root.at("pull_request");
    let action = action(word, root, pull)?;
    let detail = Detail::PullRequest(pull_request(action, pull)?);
    Ok((happened(action, pull)?, detail))
}

/// The time at which it happened: where the pull request has a time for that, it is the one that lists of pull requests show too.
fn happened(action: Action, pull: Part) -> Result<Option<String>, ParseError> {
    let own = match action {
        Action::Opened => time(pull, "created_at")?,
        Action::Closed => time(pull, "closed_at")?,
        Action::Merged => time(pull, "merged_at")?,
        _ => None,
    };
    Ok(own.or(time(pull, "updated_at")?))
}

fn action(word: &str, root: Part, pull: Part) -> Result<Action, ParseError> {
    Ok(match word {
        "opened" => Action::Opened,
        "synchronized" | "synchronize" => Action::Updated,
        "reopened" => Action::Reopened,
        "closed" if is_merged(pull)? => Action::Merged,
        "closed" => Action::Closed,
        "edited" => edited(root, pull)?,
        "label_updated" => labeled(root, pull)?,
        "label_cleared" => Action::Unlabeled,
        "assigned" => Action::Assigned,
        "unassigned" => Action::Unassigned,
        "review_requested" => Action::ReviewRequested,
        _ => Action::Other,
    })
}

/// A draft is a title that begins in a certain way: there is no action of its own for it.
fn edited(root: Part, pull: Part) -> Result<Action, ParseError> {
    let was_draft = root.text_or_none("changes.title.from")?.map(is_draft);
    Ok(match (was_draft, is_draft(pull.text("title")?)) {
        (Some(true), false) => Action::ReadyForReview,
        (Some(false), true) => Action::ConvertedToDraft,
        _ => Action::Edited,
    })
}

/// The beginnings that a server has unless its administrator chose others.
fn is_draft(title: &str) -> bool {
    let begins = |prefix: &str| {
        let start = title.trim_start().get(..prefix.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    begins("WIP:") || begins("[WIP]")
}

/// The same action for both ways; a label that the pull request does not have was taken off. Old servers do not say which it is.
fn labeled(root: Part, pull: Part) -> Result<Action, ParseError> {
    let name = root.text_or_none("label.name")?;
    let present = labels(pull)?;
    Ok(match name {
        Some(name) if present.iter().all(|label| label != name) => Action::Unlabeled,
        _ => Action::Labeled,
    })
}

/// The pull request, to which this happened.
pub fn pull_request(action: Action, pull: Part) -> Result<PullRequest, ParseError> {
    let number = pull.number("number")?;
    let title = pull.text("title")?;
    Ok(PullRequest {
        action,
        number,
        title: title.to_owned(),
        url: pull.owned("html_url")?,
        state: state(pull)?,
        // Old servers leave it out.
        draft: pull.flag("draft")?.unwrap_or_else(|| is_draft(title)),
        fork: is_fork(pull)?,
        labels: labels(pull)?,
        assignees: users(pull, "assignees")?,
        reviewers: users(pull, "requested_reviewers")?,
        author: user(pull.at("user"))?,
        head: side(pull.at("head"))?,
        base: side(pull.at("base"))?,
        fetch_ref: ["refs/pull/", &number.to_string(), "/head"].concat(),
        new_code: matches!(action, Action::Opened | Action::Updated | Action::Reopened),
        // The forge does not say.
        before: None,
        message: None,
    })
}

fn state(pull: Part) -> Result<PullRequestState, ParseError> {
    Ok(match pull.text("state")? {
        _ if is_merged(pull)? => PullRequestState::Merged,
        "open" => PullRequestState::Open,
        _ => PullRequestState::Closed,
    })
}

fn is_merged(pull: Part) -> Result<bool, ParseError> {
    Ok(pull.flag("merged")? == Some(true))
}

/// Tells whether the head is, or may be, somebody else's. A fork that is gone has the number −1. A pull request that was pushed to the
/// base repository's `refs/for/` names that repository as its own, has a ref under `refs/pull/` and an empty label; its author
/// may have no right to write.
fn is_fork(pull: Part) -> Result<bool, ParseError> {
    let head = pull.at("head");
    let repository = stable_id(head, "repo_id")?;
    let is_elsewhere = repository.is_none() || repository != stable_id(pull, "base.repo_id")?;
    let has_no_branch = head.text("ref")?.starts_with("refs/pull/");
    let has_no_label = head.text_or_none("label")? == Some("");
    Ok(is_elsewhere || has_no_branch || has_no_label)
}

fn side(part: Part) -> Result<Side, ParseError> {
    Ok(Side {
        sha: sha(part, "sha")?,
        ref_: full_branch(part.text("ref")?),
        repository_id: stable_id(part, "repo_id")?,
    })
}
