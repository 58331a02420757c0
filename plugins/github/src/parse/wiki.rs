//! `gollum`: pages of the wiki were changed.
//!
//! One push to the wiki may change several pages. The event is about the first of them; the others stay in the payload.

use forgegate_sdk::events::{Detail, Event, Wiki, WikiAction};
use forgegate_sdk::{ParseError, json};
use serde::Deserialize;

use super::common::{Account, Envelope, Numbered, Repo, Text, owned};

#[derive(Deserialize)]
struct Payload<'a> {
    #[serde(borrow)]
    pages: Vec<Page<'a>>,
    #[serde(borrow)]
    repository: Repo<'a>,
    #[serde(borrow)]
    sender: Option<Account<'a>>,
    installation: Option<Numbered>,
}

#[derive(Deserialize)]
struct Page<'a> {
    #[serde(borrow)]
    action: Text<'a>,
    #[serde(borrow)]
    title: Text<'a>,
    #[serde(borrow)]
    page_name: Option<Text<'a>>,
    #[serde(borrow)]
    html_url: Option<Text<'a>>,
    #[serde(borrow)]
    summary: Option<Text<'a>>,
}

pub fn parse(payload: &[u8]) -> Result<Event, ParseError> {
    let payload: Payload = json::parse(payload)?;
    let page = payload.pages.first().and_then(wiki).map(Detail::Wiki);
    let detail = page.unwrap_or_else(|| Detail::Unknown("gollum".into()));
    let envelope = Envelope::of(payload.repository, payload.sender, payload.installation);
    Ok(envelope.event(detail))
}

fn wiki(page: &Page) -> Option<Wiki> {
    let action = match &*page.action {
        "created" => WikiAction::Created,
        "edited" => WikiAction::Updated,
        _ => return None,
    };
    Some(Wiki {
        action,
        page: page.title.to_string(),
        slug: owned(&page.page_name),
        url: owned(&page.html_url),
        message: owned(&page.summary),
    })
}
