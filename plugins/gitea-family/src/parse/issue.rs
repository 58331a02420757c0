//! Issues.

use forgegate_sdk::events::{Detail, Issue, IssueAction};
use forgegate_sdk::json::Part;

use super::Told;
use super::common::{labels, time, user, users};

/// An `issues`. A removed one is unknown: the vocabulary has no word for it.
pub fn read(event: &str, root: Part) -> Told {
    let issue = root.at("issue");
    let detail = match action(root.text("action")?) {
        Some(action) => Detail::Issue(Issue {
            action,
            number: issue.number("number")?,
            title: issue.text("title")?.to_owned(),
            url: issue.owned("html_url")?,
            open: issue.text("state")? == "open",
            labels: labels(issue)?,
            author: user(issue.at("user"))?,
            assignees: users(issue, "assignees")?,
            confidential: false,
        }),
        None => Detail::Unknown(event.to_owned()),
    };
    Ok((time(issue, "updated_at")?, detail))
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
