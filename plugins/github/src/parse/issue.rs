//! `issues`: never about pull requests, which have events of their own.

use forgegate_sdk::ParseError;
use forgegate_sdk::events::{Detail, Event, Issue, IssueAction};
use forgegate_sdk::json::Part;

use super::common::{author, event, labels, users};

pub fn parse(root: Part) -> Result<Event, ParseError> {
    let Some(action) = action(root.text("action")?) else {
        return event(root, None, Detail::Unknown("issues".into()));
    };
    let part = root.at("issue");
    let issue = issue(action, part)?;
    event(root, happened(action, part)?, Detail::Issue(issue))
}

/// The issue, to which this happened.
pub fn issue(action: IssueAction, part: Part) -> Result<Issue, ParseError> {
    Ok(Issue {
        action,
        number: part.number("number")?,
        title: part.text("title")?.to_owned(),
        url: part.owned("html_url")?,
        open: part.text_or_none("state")? != Some("closed"),
        labels: labels(part)?,
        author: author(part, "user")?,
        assignees: users(part, "assignees")?,
        confidential: false,
    })
}

/// The time at which it happened: where the issue has a time for that, it is the one that lists of issues show too.
fn happened(action: IssueAction, part: Part) -> Result<Option<String>, ParseError> {
    let own = match action {
        IssueAction::Opened => part.owned("created_at")?,
        IssueAction::Closed => part.owned("closed_at")?,
        _ => None,
    };
    Ok(own.or(part.owned("updated_at")?))
}

/// The vocabulary has no word for an issue that is gone: `deleted`, and `transferred` to another repository.
fn action(word: &str) -> Option<IssueAction> {
    match word {
        "opened" => Some(IssueAction::Opened),
        "closed" => Some(IssueAction::Closed),
        "reopened" => Some(IssueAction::Reopened),
        "deleted" | "transferred" => None,
        _ => Some(IssueAction::Updated),
    }
}
