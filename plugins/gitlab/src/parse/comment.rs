//! Comments, which GitLab calls notes: on merge requests, issues, commits and snippets.

use forgegate_sdk::events::{self, Comment, CommentAction, Detail, Event};
use forgegate_sdk::json::Part;
use forgegate_sdk::{ParseError, commit_id};

use super::Context;
use super::common::{Always, FieldError, User, attributes, block, commit_named, event, owned, user_by_id};
use super::limits::{self, cut};

pub fn parse(context: &Context, root: Part) -> Result<Event, FieldError> {
    let part = attributes(root)?;
    if part.flag("system")? == Some(true) {
        // GitLab wrote it about somebody's act: nobody's words, and no command.
        return Err(FieldError::NoEvent);
    }
    let action = action(part)?;
    let time = match action {
        CommentAction::Created => part.text_or_none("created_at")?,
        CommentAction::Edited | CommentAction::Deleted => part.text_or_none("updated_at")?,
    };
    let project_id = root.number_or_none("project_id")?;
    let comment = comment(context, action, root, part)?;
    event(root, project_id, time, Detail::Comment(comment))
}

fn comment(context: &Context, action: CommentAction, root: Part, part: Part) -> Result<Comment, FieldError> {
    let (id, note) = (part.number_or_none("id")?, part.text_or_none("note")?);
    let (kind, url) = (part.text_or_none("noteable_type")?, part.text_or_none("url")?);
    let (author_id, user) = (part.number_or_none("author_id")?, User::at(root, "user")?);
    let confidential = context.confidential || is_confidential(part)?;
    let kind = kind.always("object_attributes.noteable_type")?;
    let thread = thread(kind, root)?;
    let id = id.always("object_attributes.id")?;
    let note = note.always("object_attributes.note")?;
    Ok(Comment {
        action,
        author: author(author_id, action, user)?,
        id: id.to_string(),
        body: cut(note, limits::COMMENT),
        url: owned(url),
        number: thread.as_ref().map(|thread| thread.number),
        on_pull_request: kind == "MergeRequest",
        confidential: confidential || thread.as_ref().is_some_and(|thread| thread.confidential),
        head: thread.and_then(|thread| commit_id(thread.head?)),
    })
}

/// The thing that is commented on.
struct Thread<'t> {
    number: u64,
    confidential: bool,
    /// Only a merge request has one.
    head: Option<&'t str>,
}

/// The merge request or issue that is commented on; none on what has no number. The word decides, not which blocks are there.
fn thread<'t>(kind: &str, root: Part<'t>) -> Result<Option<Thread<'t>>, FieldError> {
    let part = match kind {
        "MergeRequest" => block(root, "merge_request")?.always("merge_request")?,
        "Issue" | "WorkItem" => match block(root, "issue")? {
            Some(issue) => issue,
            None => block(root, "work_item")?.always("issue")?,
        },
        _ => return Ok(None),
    };
    Ok(Some(Thread {
        number: part.number_or_none("iid")?.always("iid")?,
        confidential: is_confidential(part)?,
        head: commit_named(part, "last_commit")?,
    }))
}

/// `internal` is the newer word.
fn is_confidential(part: Part) -> Result<bool, ParseError> {
    let signs = [part.flag("confidential")?, part.flag("internal")?];
    Ok(signs.contains(&Some(true)))
}

/// Absent before GitLab 16.11, which sent no edits.
fn action(part: Part) -> Result<CommentAction, FieldError> {
    match part.text_or_none("action")? {
        None | Some("create") => Ok(CommentAction::Created),
        Some("update") => Ok(CommentAction::Edited),
        Some("delete") => Ok(CommentAction::Deleted),
        Some(_) => Err(FieldError::NoEvent),
    }
}

/// The author, who on an edit need not be the one who acts. Where the body gives no number for who acts, as in older versions,
/// a comment just written is theirs.
fn author(id: Option<u64>, action: CommentAction, actor: Option<User>) -> Result<events::User, FieldError> {
    match (id, actor) {
        (Some(id), Some(user)) if action == CommentAction::Created => Ok(user_by_id(id, [&user.or_id(id)])),
        (Some(id), user) => Ok(user_by_id(id, user.as_ref())),
        (None, user) => Ok(user.always("user")?.into_user()),
    }
}
