//! Issues, and the work items that GitLab makes of them.

use forgegate_sdk::events::{Detail, Event, Issue, IssueAction};
use forgegate_sdk::json;
use serde::Deserialize;

use super::Context;
use super::common::{Always, Label, Project, Trouble, User, label_names, user_by_id, users};
use super::limits::{self, cut};
use super::time::rfc3339;

#[derive(Deserialize)]
struct Body {
    user: Option<User>,
    project: Option<Project>,
    object_attributes: Option<Attributes>,
    labels: Option<Vec<Label>>,
    assignees: Option<Vec<User>>,
    /// `assignees` before GitLab 13.
    assignee: Option<User>,
}

#[derive(Deserialize)]
struct Attributes {
    iid: Option<u64>,
    action: Option<String>,
    state: Option<String>,
    title: Option<String>,
    url: Option<String>,
    author_id: Option<u64>,
    project_id: Option<u64>,
    confidential: Option<bool>,
    updated_at: Option<String>,
    labels: Option<Vec<Label>>,
}

pub fn parse(context: &Context, payload: &[u8]) -> Result<Event, Trouble> {
    let body: Body = json::parse(payload)?;
    let attributes = body.object_attributes.always("object_attributes")?;
    let assignees = body
        .assignees
        .unwrap_or_else(|| Vec::from_iter(body.assignee));
    let author_id = attributes.author_id.always("object_attributes.author_id")?;
    let author = user_by_id(author_id, body.user.iter().chain(&assignees));
    // The work items of a group belong to no project.
    let repository = body
        .project
        .map(|project| project.into_repository(attributes.project_id))
        .transpose()?;
    Ok(Event {
        repository,
        actor: body.user.map(User::into_actor),
        time: attributes.updated_at.as_deref().and_then(rfc3339),
        installation: None,
        detail: Detail::Issue(Issue {
            action: action(attributes.action.as_deref()),
            number: attributes.iid.always("object_attributes.iid")?,
            title: attributes
                .title
                .map(|title| cut(title, limits::TITLE))
                .always("object_attributes.title")?,
            url: attributes.url,
            open: is_open(attributes.state.as_deref(), attributes.action.as_deref()),
            labels: label_names(attributes.labels.or(body.labels).unwrap_or_default()),
            author,
            assignees: users(assignees),
            confidential: context.confidential || attributes.confidential == Some(true),
        }),
    })
}

/// A body without action, or with one that events have no word for, is some change.
fn action(word: Option<&str>) -> IssueAction {
    match word {
        Some("open") => IssueAction::Opened,
        Some("close") => IssueAction::Closed,
        Some("reopen") => IssueAction::Reopened,
        _ => IssueAction::Updated,
    }
}

fn is_open(state: Option<&str>, action: Option<&str>) -> bool {
    match state {
        Some(state) => state == "opened",
        None => action != Some("close"),
    }
}
