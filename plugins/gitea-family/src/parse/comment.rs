//! Comments on issues and pull requests.

use forgegate_sdk::events::{Comment, CommentAction, Detail};
use forgegate_sdk::json::Part;

use super::Told;
use super::common::{sha, time, user};
use super::limits::{COMMENT_BYTES, cut};

/// An `issue_comment`. The author wrote the comment; the actor did what was done to it, and may be somebody else. Old servers
/// leave the pull request out: then its head has to be asked for.
pub fn read(event: &str, root: Part) -> Told {
    let comment = root.at("comment");
    let is_pull = root.flag("is_pull")? == Some(true)
        || root.at_or_none("issue.pull_request").is_some()
        || root.at_or_none("pull_request").is_some();
    let detail = match action(root.text("action")?) {
        Some(action) => Detail::Comment(Comment {
            action,
            id: comment.id("id")?,
            body: cut(comment.text("body")?, COMMENT_BYTES).to_owned(),
            url: comment.owned("html_url")?,
            author: user(comment.at("user"))?,
            number: Some(root.number("issue.number")?),
            on_pull_request: is_pull,
            confidential: false,
            head: sha(root, "pull_request.head.sha")?,
        }),
        None => Detail::Unknown(event.to_owned()),
    };
    Ok((time(comment, "updated_at")?, detail))
}

fn action(word: &str) -> Option<CommentAction> {
    Some(match word {
        "created" => CommentAction::Created,
        "edited" => CommentAction::Edited,
        "deleted" => CommentAction::Deleted,
        _ => return None,
    })
}
