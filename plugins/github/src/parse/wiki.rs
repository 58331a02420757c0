//! `gollum`: pages of the wiki were changed.
//!
//! One push to the wiki may change several pages. The event is about the first of them; the others stay in the payload.

use forgegate_sdk::ParseError;
use forgegate_sdk::events::{Detail, Event, Wiki, WikiAction};
use forgegate_sdk::json::Part;

use super::common::event;

pub fn parse(root: Part) -> Result<Event, ParseError> {
    let pages = root.list("pages")?;
    let pages = pages.ok_or_else(|| root.malformed("pages", "is missing"))?;
    let page = pages.take(1).map(wiki).next().transpose()?.flatten();
    let unknown = || Detail::Unknown("gollum".into());
    event(root, None, page.map_or_else(unknown, Detail::Wiki))
}

fn wiki(page: Part) -> Result<Option<Wiki>, ParseError> {
    let action = match page.text("action")? {
        "created" => WikiAction::Created,
        "edited" => WikiAction::Updated,
        _ => return Ok(None),
    };
    Ok(Some(Wiki {
        action,
        page: page.text("title")?.to_owned(),
        slug: page.owned("page_name")?,
        url: page.owned("html_url")?,
        message: page.owned("summary")?,
    }))
}
