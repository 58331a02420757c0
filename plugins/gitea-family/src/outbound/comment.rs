//! Comments under pull requests, and reactions to them.

use forgegate_sdk::Method;
use forgegate_sdk::json::Object;
use forgegate_sdk::outbound::{Call, CommentText, OutboundError, Reaction, RepositoryRef};

use super::api::{in_repository, needs};
use super::fields::FIELDS;

/// The most pages of comments that are searched.
const PAGES: u32 = 40;
const MISSING: &str = "the token must have the scope write:issue, and its account read access to the repository";

/// Writes a comment, or changes the one that is there. One that somebody removed is written again.
pub fn comment(text: &CommentText) -> Result<String, OutboundError> {
    if let Some(id) = &text.previous
        && change(text, id)?
    {
        return Ok(id.clone());
    }
    if text.attempted
        && let Some(id) = find(text)?
        && change(text, &id)?
    {
        return Ok(id);
    }
    let call = comments(Method::Post, text)?.json(Object::new().text("body", &text.body));
    let answer = call.ok().map_err(needs(MISSING))?;
    Ok(answer.tree(FIELDS)?.root().id("id")?)
}

/// Adds a reaction to a comment; a second time is no error.
pub fn react(repository: &RepositoryRef, comment_id: &str, reaction: Reaction) -> Result<(), OutboundError> {
    let path = ["issues", "comments", comment_id, "reactions"];
    let call = in_repository(Method::Post, repository, &path)?;
    let call = call.json(Object::new().text("content", reaction.content()));
    call.ok().map(drop).map_err(needs(MISSING))
}

/// Changes a comment. Answers false where it is gone.
fn change(text: &CommentText, id: &str) -> Result<bool, OutboundError> {
    let call = in_repository(Method::Patch, &text.repository, &["issues", "comments", id])?;
    let found = call.json(Object::new().text("body", &text.body)).found();
    Ok(found.map_err(needs(MISSING))?.is_some())
}

/// Finds the comment that an earlier attempt made: of our own account, for a mark can be copied by anybody.
fn find(text: &CommentText) -> Result<Option<String>, OutboundError> {
    let own = Call::get(&["user"])
        .ok()
        .map_err(needs("the token must have the scope read:user"))?;
    let own = own.tree(FIELDS)?.root().number("id")?;
    let mut pages = comments(Method::Get, text)?.pages(PAGES);
    while let Some(answer) = pages.next_page()? {
        for comment in answer.tree(FIELDS)?.root().items()? {
            // An account of the forge itself has a number below zero.
            let author = comment.signed_or_none("user.id")?;
            let is_ours = author.is_some_and(|id| u64::try_from(id) == Ok(own));
            let body = comment.text_or_none("body")?;
            if is_ours && body.is_some_and(|body| body.contains(&text.mark)) {
                return Ok(Some(comment.id("id")?));
            }
        }
    }
    Ok(None)
}

/// A call about the comments under the pull request.
fn comments(method: Method, text: &CommentText) -> Result<Call, OutboundError> {
    let path = ["issues", &text.number.to_string(), "comments"];
    in_repository(method, &text.repository, &path)
}
