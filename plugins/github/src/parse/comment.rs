//! `issue_comment`: a comment on an issue or on the conversation of a pull request.

use forgegate_sdk::events::{Comment, CommentAction, Detail, Event};
use forgegate_sdk::{ParseError, json};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::common::{Account, Envelope, Numbered, Repo, Text, author, owned};

#[derive(Deserialize)]
struct Payload<'a> {
    #[serde(borrow)]
    action: Text<'a>,
    issue: Issue,
    #[serde(borrow)]
    comment: Written<'a>,
    #[serde(borrow)]
    repository: Repo<'a>,
    #[serde(borrow)]
    sender: Option<Account<'a>>,
    installation: Option<Numbered>,
}

#[derive(Deserialize)]
struct Issue {
    number: u64,
    /// There, and not null, where the issue is a pull request. It holds URLs only, no head.
    pull_request: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Written<'a> {
    id: u64,
    #[serde(borrow)]
    body: Option<Text<'a>>,
    #[serde(borrow)]
    html_url: Option<Text<'a>>,
    #[serde(borrow)]
    user: Option<Account<'a>>,
    #[serde(borrow)]
    created_at: Option<Text<'a>>,
    #[serde(borrow)]
    updated_at: Option<Text<'a>>,
}

pub fn parse(payload: &[u8]) -> Result<Event, ParseError> {
    let payload: Payload = json::parse(payload)?;
    let written = &payload.comment;
    let (detail, time) = match &*payload.action {
        "created" => (
            comment(&payload, CommentAction::Created),
            owned(&written.created_at),
        ),
        "edited" => (
            comment(&payload, CommentAction::Edited),
            owned(&written.updated_at),
        ),
        "deleted" => (comment(&payload, CommentAction::Deleted), None),
        _ => (Detail::Unknown("issue_comment".into()), None),
    };
    let envelope = Envelope::of(payload.repository, payload.sender, payload.installation);
    Ok(envelope.event_at(time, detail))
}

/// Whoever may write to the repository may edit another's comment: the author is the comment's, the actor the sender.
fn comment(payload: &Payload, action: CommentAction) -> Detail {
    let written = &payload.comment;
    Detail::Comment(Comment {
        action,
        id: written.id.to_string(),
        body: written.body.as_deref().unwrap_or_default().to_owned(),
        url: owned(&written.html_url),
        author: author(written.user.as_ref()),
        number: Some(payload.issue.number),
        on_pull_request: payload.issue.pull_request.is_some(),
        confidential: false,
        head: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
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
            let event = parse(payload.to_string().as_bytes()).unwrap();
            let Detail::Comment(comment) = event.detail else {
                panic!("no comment");
            };
            assert_eq!(comment.on_pull_request, on_pull_request, "{issue}");
            assert_eq!(comment.author.id, None);
        }
    }
}
