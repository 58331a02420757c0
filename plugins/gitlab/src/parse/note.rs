//! Comments, which GitLab calls notes: on merge requests, issues, commits and snippets.

use forgegate_sdk::events::{self, Comment, CommentAction, Detail, Event};
use forgegate_sdk::{commit_id, json};
use serde::Deserialize;

use super::Context;
use super::common::{Always, CommitName, Project, Trouble, User, user_by_id};
use super::limits::{self, cut};
use super::time::rfc3339;

#[derive(Deserialize)]
struct Body {
    user: Option<User>,
    project_id: Option<u64>,
    project: Option<Project>,
    object_attributes: Option<Attributes>,
    merge_request: Option<Thread>,
    issue: Option<Thread>,
    work_item: Option<Thread>,
}

#[derive(Deserialize)]
struct Attributes {
    id: Option<u64>,
    note: Option<String>,
    noteable_type: Option<String>,
    author_id: Option<u64>,
    /// Absent before GitLab 16.11, which sent no edits.
    action: Option<String>,
    system: Option<bool>,
    confidential: Option<bool>,
    /// The newer word for `confidential`.
    internal: Option<bool>,
    created_at: Option<String>,
    updated_at: Option<String>,
    url: Option<String>,
}

/// The merge request or issue that is commented on.
#[derive(Deserialize, Default)]
struct Thread {
    iid: Option<u64>,
    confidential: Option<bool>,
    last_commit: Option<CommitName>,
}

pub fn parse(context: &Context, payload: &[u8]) -> Result<Event, Trouble> {
    let mut body: Body = json::parse(payload)?;
    let attributes = body.object_attributes.take().always("object_attributes")?;
    if attributes.system == Some(true) {
        // GitLab wrote it about somebody's act: nobody's words, and no command.
        return Err(Trouble::NoEvent);
    }
    let action = attributes.action()?;
    let on_pull_request = attributes.noteable_type.as_deref() == Some("MergeRequest");
    let thread = thread(&attributes, &mut body)?;
    let repository = body
        .project
        .take()
        .always("project")?
        .into_repository(body.project_id)?;
    let number = match thread {
        Some(ref thread) => Some(thread.iid.always("iid")?),
        None => None,
    };
    let thread = thread.unwrap_or_default();
    let signs = [
        attributes.confidential,
        attributes.internal,
        thread.confidential,
    ];
    Ok(Event {
        repository: Some(repository),
        actor: body.user.clone().map(User::into_actor),
        time: attributes.time(action),
        installation: None,
        detail: Detail::Comment(Comment {
            action,
            id: attributes.id.always("object_attributes.id")?.to_string(),
            author: attributes.author(action, body.user)?,
            body: cut(
                attributes.note.always("object_attributes.note")?,
                limits::COMMENT,
            ),
            url: attributes.url,
            number,
            on_pull_request,
            confidential: context.confidential || signs.contains(&Some(true)),
            head: thread
                .last_commit
                .and_then(|commit| commit.id)
                .as_deref()
                .and_then(commit_id),
        }),
    })
}

/// The block of what is commented on; none on what has no number. The word decides, not which blocks are there.
fn thread(attributes: &Attributes, body: &mut Body) -> Result<Option<Thread>, Trouble> {
    match attributes
        .noteable_type
        .as_deref()
        .always("object_attributes.noteable_type")?
    {
        "MergeRequest" => body.merge_request.take().always("merge_request").map(Some),
        "Issue" | "WorkItem" => body
            .issue
            .take()
            .or_else(|| body.work_item.take())
            .always("issue")
            .map(Some),
        _ => Ok(None),
    }
}

impl Attributes {
    fn action(&self) -> Result<CommentAction, Trouble> {
        match self.action.as_deref() {
            None | Some("create") => Ok(CommentAction::Created),
            Some("update") => Ok(CommentAction::Edited),
            Some("delete") => Ok(CommentAction::Deleted),
            Some(_) => Err(Trouble::NoEvent),
        }
    }

    fn time(&self, action: CommentAction) -> Option<String> {
        let time = match action {
            CommentAction::Created => &self.created_at,
            CommentAction::Edited | CommentAction::Deleted => &self.updated_at,
        };
        rfc3339(time.as_deref()?)
    }

    /// The author, who on an edit need not be the one who acts. Where the body gives no number for who acts, as in older
    /// versions, a comment just written is theirs.
    fn author(&self, action: CommentAction, actor: Option<User>) -> Result<events::User, Trouble> {
        match (self.author_id, actor) {
            (Some(id), Some(user)) if action == CommentAction::Created => {
                Ok(user_by_id(id, [&user.or_id(id)]))
            }
            (Some(id), user) => Ok(user_by_id(id, &user)),
            (None, user) => Ok(user.always("user")?.into_user()),
        }
    }
}
