//! Issues.

use forgegate_sdk::ParseError;
use forgegate_sdk::events::{Detail, Issue, IssueAction};
use forgegate_sdk::json::Part;

use super::Told;
use super::common::{labels, time, user, users};

/// An `issues`. A removed one is unknown: the vocabulary has no word for it.
pub fn parse(event: &str, root: Part) -> Told {
    let issue = root.at("issue");
    let Some(action) = action(root.text("action")?) else {
        return Ok((time(issue, "updated_at")?, Detail::Unknown(event.to_owned())));
    };
    Ok((happened(action, issue)?, Detail::Issue(self::issue(action, issue)?)))
}

/// The issue, to which this happened.
pub fn issue(action: IssueAction, issue: Part) -> Result<Issue, ParseError> {
    Ok(Issue {
        action,
        number: issue.number("number")?,
        title: issue.text("title")?.to_owned(),
        url: issue.owned("html_url")?,
        open: issue.text("state")? == "open",
        labels: labels(issue)?,
        author: user(issue.at("user"))?,
        assignees: users(issue, "assignees")?,
        confidential: false,
    })
}

/// The time at which it happened: where the issue has a time for that, it is the one that lists of issues show too.
fn happened(action: IssueAction, issue: Part) -> Result<Option<String>, ParseError> {
    let own = match action {
        IssueAction::Opened => time(issue, "created_at")?,
        IssueAction::Closed => time(issue, "closed_at")?,
        _ => None,
    };
    Ok(own.or(time(issue, "updated_at")?))
}

fn action(word: &str) -> Option<IssueAction> {
    Some(match word {
        "opened" => IssueAction::Opened,
        "closed" => IssueAction::Closed,
        "reopened" => IssueAction::Reopened,
        "deleted" => return None,
        _ => IssueAction::Updated,
    })
}
