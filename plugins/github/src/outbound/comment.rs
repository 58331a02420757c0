//! Comments under pull requests, kept up to date in place, and reactions to them.

use forgegate_sdk::Method;
use forgegate_sdk::json::Object;
use forgegate_sdk::outbound::{CommentText, OutboundError, Reaction, RepositoryRef, truncate};
use forgegate_sdk::text::contains;

use super::api::{each, in_repository, ok, read};

/// Assumed: a comment takes so many characters.
const BODY_CHARS: usize = 65_536;

/// The most pages of comments that are searched.
const PAGES: u32 = 50;

/// Writes a comment, or changes the one that is there. One that somebody removed is written again.
pub fn comment(text: &CommentText) -> Result<String, OutboundError> {
    let body = body(text);
    let earlier = match &text.previous {
        Some(id) => vec![id.clone()],
        None if text.attempted => earlier_attempts(text)?,
        None => Vec::new(),
    };
    for id in earlier {
        let call = in_repository(Method::Patch, &text.repository, &["issues", "comments", &id])?;
        match ok(&call.json(Object::new().text("body", &body))) {
            Ok(_) => return Ok(id),
            // Another App's, that repeats our mark; or gone.
            Err(OutboundError::NotFound | OutboundError::Forbidden(_)) => {}
            Err(error) => return Err(error),
        }
    }
    let number = text.number.to_string();
    let call = in_repository(Method::Post, &text.repository, &["issues", &number, "comments"])?;
    read(&call.json(Object::new().text("body", &body)), |root| root.id("id"))
}

/// Adds a reaction to a comment. A second time is answered like the first.
pub fn react(repository: &RepositoryRef, comment_id: &str, reaction: Reaction) -> Result<(), OutboundError> {
    let path = ["issues", "comments", comment_id, "reactions"];
    let call = in_repository(Method::Post, repository, &path)?;
    ok(&call.json(Object::new().text("content", reaction.content()))).map(drop)
}

/// The text with its mark, which must survive when the text is cut.
fn body(text: &CommentText) -> String {
    let cut = truncate(&text.body, BODY_CHARS);
    if contains(&cut, &text.mark) {
        return cut.into_owned();
    }
    let room = BODY_CHARS.saturating_sub(text.mark.chars().count() + 2);
    [&truncate(&text.body, room), "\n\n", &text.mark].concat()
}

/// The comments of Apps that bear the mark. No answer tells which App we are; GitHub lets nobody but the App itself change its own.
fn earlier_attempts(text: &CommentText) -> Result<Vec<String>, OutboundError> {
    let number = text.number.to_string();
    let call = in_repository(Method::Get, &text.repository, &["issues", &number, "comments"])?;
    let mut found = Vec::new();
    each(&call, PAGES, &mut |comment| {
        let by_app = comment.text_or_none("user.type")? == Some("Bot");
        let marked = comment
            .text_or_none("body")?
            .is_some_and(|body| contains(body, &text.mark));
        if by_app && marked {
            found.push(comment.id("id")?);
        }
        Ok(())
    })?;
    Ok(found)
}
