//! `issues`: never about pull requests, which have events of their own.

use forgegate_sdk::events::{Detail, Event, Issue, IssueAction};
use forgegate_sdk::{ParseError, json};
use serde::Deserialize;

use super::common::{
    Account, Envelope, Member, Named, Numbered, Repo, Text, author, names, owned, users,
};

#[derive(Deserialize)]
struct Payload<'a> {
    #[serde(borrow)]
    action: Text<'a>,
    #[serde(borrow)]
    issue: Described<'a>,
    #[serde(borrow)]
    repository: Repo<'a>,
    #[serde(borrow)]
    sender: Option<Account<'a>>,
    installation: Option<Numbered>,
}

#[derive(Deserialize)]
struct Described<'a> {
    number: u64,
    #[serde(borrow)]
    title: Text<'a>,
    #[serde(borrow)]
    html_url: Option<Text<'a>>,
    #[serde(borrow)]
    state: Option<Text<'a>>,
    #[serde(borrow)]
    labels: Option<Vec<Named<'a>>>,
    #[serde(borrow)]
    user: Option<Account<'a>>,
    #[serde(borrow)]
    assignees: Option<Vec<Option<Member<'a>>>>,
    #[serde(borrow)]
    updated_at: Option<Text<'a>>,
}

pub fn parse(payload: &[u8]) -> Result<Event, ParseError> {
    let payload: Payload = json::parse(payload)?;
    let (detail, time) = match action(&payload.action) {
        Some(action) => (
            Detail::Issue(issue(&payload.issue, action)),
            owned(&payload.issue.updated_at),
        ),
        None => (Detail::Unknown("issues".into()), None),
    };
    let envelope = Envelope::of(payload.repository, payload.sender, payload.installation);
    Ok(envelope.event_at(time, detail))
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

fn issue(issue: &Described, action: IssueAction) -> Issue {
    Issue {
        action,
        number: issue.number,
        title: issue.title.to_string(),
        url: owned(&issue.html_url),
        open: issue.state.as_deref() != Some("closed"),
        labels: names(issue.labels.as_ref()),
        author: author(issue.user.as_ref()),
        assignees: users(issue.assignees.as_ref()),
        confidential: false,
    }
}
