//! `issue_comment`: a comment on an issue or on the conversation of a pull request.

use forgegate_sdk::ParseError;
use forgegate_sdk::events::{Comment, CommentAction, Detail, Event};
use forgegate_sdk::json::Part;

use super::common::{author, event};

pub fn parse(root: Part) -> Result<Event, ParseError> {
    let part = root.at("comment");
    let (action, time) = match root.text("action")? {
        "created" => (CommentAction::Created, part.owned("created_at")?),
        "edited" => (CommentAction::Edited, part.owned("updated_at")?),
        "deleted" => (CommentAction::Deleted, None),
        _ => return event(root, None, Detail::Unknown("issue_comment".into())),
    };
    // Whoever may write to the repository may edit another's comment: the author is the comment's, the actor the sender.
    let comment = Comment {
        action,
        // There, and not null, where the issue is a pull request. It holds URLs only, no head.
        on_pull_request: root.at_or_none("issue.pull_request").is_some(),
        ..written(root.number("issue.number")?, part)?
    };
    event(root, time, Detail::Comment(comment))
}

/// A comment that was written, under this number; whether that is a pull request's is not told.
pub fn written(number: u64, part: Part) -> Result<Comment, ParseError> {
    Ok(Comment {
        action: CommentAction::Created,
        id: part.id("id")?,
        body: part.owned("body")?.unwrap_or_default(),
        url: part.owned("html_url")?,
        author: author(part, "user")?,
        number: Some(number),
        on_pull_request: false,
        confidential: false,
        head: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::read_with;
    use serde_json::json;

    #[test]
    fn an_issue_is_a_pull_request_only_where_the_object_is_there() {
        for (issue, on_pull_request) in [
            (json!({"number": 1}), false),
            (json!({"number": 1, "pull_request": null}), false),
            (json!({"number": 1, "pull_request": {"url": "…"}}), true),
        ] {
            let payload = json!({
                "action": "created", "issue": issue, "comment": {"id": 9, "body": null, "user": null},
                "repository": {"id": 1, "full_name": "acme/widgets"},
            });
            let event = read_with(parse, &payload).unwrap();
            let Detail::Comment(comment) = event.detail else {
                panic!("no comment");
            };
            assert_eq!(comment.on_pull_request, on_pull_request, "{issue}");
            assert_eq!(comment.author.id, None);
        }
    }
}
