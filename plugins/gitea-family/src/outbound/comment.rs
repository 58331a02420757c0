//! Comments under pull requests, and signs under comments.

use forgegate_sdk::json::Object;
use forgegate_sdk::outbound::{Call, CommentText, OutboundError, Reaction, RepositoryRef, owner_and_name};

use super::fields::FIELDS;
use super::needs;

/// The most pages of comments that are searched.
const PAGES: u32 = 40;
const MISSING: &str = "the token must have the scope write:issue, and its account read access to the repository";

/// Writes a comment, or changes the one that is there. One that somebody removed is written again.
pub fn comment(text: &CommentText) -> Result<String, OutboundError> {
    let place = owner_and_name(&text.repository)?;
    if let Some(id) = &text.previous
        && change(place, id, &text.body)?
    {
        return Ok(id.clone());
    }
    if text.attempted
        && let Some(id) = find(place, text)?
        && change(place, &id, &text.body)?
    {
        return Ok(id);
    }
    let (owner, name) = place;
    let path = ["repos", owner, name, "issues", &text.number.to_string(), "comments"];
    let call = Call::post(&path).json(Object::new().text("body", &text.body));
    let answer = call.ok().map_err(needs(MISSING))?;
    Ok(answer.tree(FIELDS)?.root().id("id")?)
}

/// Puts a sign under a comment; a second time is no error.
pub fn react(repository: &RepositoryRef, comment_id: &str, sign: Reaction) -> Result<(), OutboundError> {
    let (owner, name) = owner_and_name(repository)?;
    let word = match sign {
        Reaction::Eyes => "eyes",
        Reaction::Confused => "confused",
        Reaction::ThumbsUp => "+1",
        Reaction::ThumbsDown => "-1",
    };
    let path = ["repos", owner, name, "issues", "comments", comment_id, "reactions"];
    let call = Call::post(&path).json(Object::new().text("content", word));
    call.ok().map(|_| ()).map_err(needs(MISSING))
}

/// Whether the comment was there to be changed.
fn change((owner, name): (&str, &str), id: &str, body: &str) -> Result<bool, OutboundError> {
    let call = Call::patch(&["repos", owner, name, "issues", "comments", id]);
    let found = call.json(Object::new().text("body", body)).found();
    Ok(found.map_err(needs(MISSING))?.is_some())
}

/// The comment that an earlier attempt made: of our own account, for a mark can be copied by anybody.
fn find((owner, name): (&str, &str), text: &CommentText) -> Result<Option<String>, OutboundError> {
    let own = Call::get(&["user"])
        .ok()
        .map_err(needs("the token must have the scope read:user"))?;
    let own = own.tree(FIELDS)?.root().number("id")?;
    let path = ["repos", owner, name, "issues", &text.number.to_string(), "comments"];
    let mut pages = Call::get(&path).pages(PAGES);
    while let Some(answer) = pages.next_page()? {
        for comment in answer.tree(FIELDS)?.root().items()? {
            // An account of the forge itself has a number below zero.
            let is_ours = comment
                .signed_or_none("user.id")?
                .is_some_and(|id| u64::try_from(id) == Ok(own));
            if is_ours
                && comment
                    .text_or_none("body")?
                    .is_some_and(|body| body.contains(&text.mark))
            {
                return Ok(Some(comment.id("id")?));
            }
        }
    }
    Ok(None)
}
