//! Pages of a project's wiki.

use forgegate_sdk::events::{Detail, Event, Wiki, WikiAction};
use forgegate_sdk::json;
use serde::Deserialize;

use super::common::{Always, Project, Trouble, User, some_text};
use super::limits::{self, cut};

#[derive(Deserialize)]
struct Body {
    user: Option<User>,
    project: Option<Project>,
    object_attributes: Option<Attributes>,
}

#[derive(Deserialize)]
struct Attributes {
    title: Option<String>,
    slug: Option<String>,
    url: Option<String>,
    message: Option<String>,
    action: Option<String>,
}

pub fn parse(payload: &[u8]) -> Result<Event, Trouble> {
    let body: Body = json::parse(payload)?;
    let page = body.object_attributes.always("object_attributes")?;
    Ok(Event {
        repository: Some(body.project.always("project")?.into_repository(None)?),
        actor: body.user.map(User::into_actor),
        time: None,
        installation: None,
        detail: Detail::Wiki(Wiki {
            action: action(&page.action.always("object_attributes.action")?)?,
            page: cut(page.title.always("object_attributes.title")?, limits::TITLE),
            slug: page.slug,
            url: page.url,
            message: page
                .message
                .and_then(some_text)
                .map(|text| cut(text, limits::MESSAGE)),
        }),
    })
}

fn action(word: &str) -> Result<WikiAction, Trouble> {
    match word {
        "create" => Ok(WikiAction::Created),
        "update" => Ok(WikiAction::Updated),
        "delete" => Ok(WikiAction::Deleted),
        _ => Err(Trouble::NoEvent),
    }
}
