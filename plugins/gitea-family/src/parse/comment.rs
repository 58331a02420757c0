//! Comments on issues and pull requests.

use forgegate_sdk::ParseError;
use forgegate_sdk::events::{Comment, CommentAction, Detail};
use forgegate_sdk::json::Part;
use forgegate_sdk::text::cut;

use super::Told;
use super::common::{sha, time, user};
use super::limits::COMMENT_BYTES;

/// An `issue_comment`. The author wrote the comment; the actor did what was done to it, and may be somebody else. Old servers
/// leave the pull request out: then its head has to be asked for.
pub fn parse(event: &str, root: Part) -> Told {
    let comment = root.at("comment");
    let Some(action) = action(root.text("action")?) else {
        return Ok((time(comment, "updated_at")?, Detail::Unknown(event.to_owned())));
    };
    let is_pull = root.flag("is_pull")? == Some(true)
        || root.at_or_none("issue.pull_request").is_some()
        || root.at_or_none("pull_request").is_some();
    let detail = Comment {
        action,
        on_pull_request: is_pull,
        head: sha(root, "pull_request.head.sha")?,
        ..written(root.number("issue.number")?, comment)?
    };
    let created = time(comment, "created_at")?.filter(|_| action == CommentAction::Created);
    Ok((created.or(time(comment, "updated_at")?), Detail::Comment(detail)))
}

/// A comment that was written, under this number; whether that is a pull request's is not told.
pub fn written(number: u64, comment: Part) -> Result<Comment, ParseError> {
    Ok(Comment {
        action: CommentAction::Created,
        id: comment.id("id")?,
        body: cut(comment.text("body")?, COMMENT_BYTES).to_owned(),
        url: comment.owned("html_url")?,
        author: user(comment.at("user"))?,
        number: Some(number),
        on_pull_request: false,
        confidential: false,
        head: None,
    })
}

fn action(word: &str) -> Option<CommentAction> {
    Some(match word {
        "created" => CommentAction::Created,
        "edited" => CommentAction::Edited,
        "deleted" => CommentAction::Deleted,
        _ => return None,
    })
}
