//! Pages of a project's wiki.

use forgegate_sdk::events::{Detail, Event, Wiki, WikiAction};
use forgegate_sdk::json::Part;

use super::common::{Always, FieldError, attributes, event, owned};
use super::limits::{self, cut};

pub fn parse(root: Part) -> Result<Event, FieldError> {
    event(root, None, None, Detail::Wiki(page(attributes(root)?)?))
}

fn page(part: Part) -> Result<Wiki, FieldError> {
    let (word, title) = (part.text_or_none("action")?, part.text_or_none("title")?);
    let (slug, url) = (part.text_or_none("slug")?, part.text_or_none("url")?);
    let message = part.text_or_none("message")?.filter(|text| !text.is_empty());
    let action = action(word.always("object_attributes.action")?)?;
    let title = title.always("object_attributes.title")?;
    Ok(Wiki {
        action,
        page: cut(title, limits::TITLE),
        slug: owned(slug),
        url: owned(url),
        message: message.map(|text| cut(text, limits::MESSAGE)),
    })
}

fn action(word: &str) -> Result<WikiAction, FieldError> {
    match word {
        "create" => Ok(WikiAction::Created),
        "update" => Ok(WikiAction::Updated),
        "delete" => Ok(WikiAction::Deleted),
        _ => Err(FieldError::NoEvent),
    }
}
