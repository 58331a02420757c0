//! Issues, and the work items that GitLab makes of them.

use forgegate_sdk::events::{Detail, Event, Issue, IssueAction};
use forgegate_sdk::json::Part;

use super::Context;
use super::common::{
    self, Always, FieldError, User, attributes, block, labels, owned, people, repository, user_by_id, users,
};
use super::limits::{self, cut};

pub fn parse(context: &Context, root: Part) -> Result<Event, FieldError> {
    let part = attributes(root)?;
    let time = part.text_or_none("updated_at")?;
    let issue = issue(context, root, part)?;
    // The work items of a group belong to no project.
    let repository = match block(root, "project")? {
        Some(project) => Some(repository(project, part.number_or_none("project_id")?)?),
        None => None,
    };
    Ok(common::event_at(
        repository,
        common::actor(root)?,
        time,
        Detail::Issue(issue),
    ))
}

fn issue(context: &Context, root: Part, part: Part) -> Result<Issue, FieldError> {
    // `assignee` before GitLab 13.
    let (user, assignee) = (User::at(root, "user")?, User::at(root, "assignee")?);
    let (number, title) = (part.number_or_none("iid")?, part.text_or_none("title")?);
    let (word, state) = (part.text_or_none("action")?, part.text_or_none("state")?);
    let (author_id, url) = (part.number_or_none("author_id")?, part.text_or_none("url")?);
    let confidential = part.flag("confidential")? == Some(true);
    let number = number.always("object_attributes.iid")?;
    let title = title.always("object_attributes.title")?;
    let author_id = author_id.always("object_attributes.author_id")?;
    let assignees = people(root, "assignees")?.unwrap_or_else(|| Vec::from_iter(assignee));
    Ok(Issue {
        action: action(word),
        labels: labels(root, part)?,
        number,
        title: cut(title, limits::TITLE),
        url: owned(url),
        open: is_open(state, word),
        author: user_by_id(author_id, user.as_ref().into_iter().chain(&assignees)),
        assignees: users(&assignees),
        confidential: context.confidential || confidential,
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
