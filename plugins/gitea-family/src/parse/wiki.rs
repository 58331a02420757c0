//! Pages of a wiki.

use forgegate_sdk::events::{Detail, Wiki, WikiAction};
use forgegate_sdk::json::Part;

use super::Told;

/// A `wiki`.
pub fn parse(event: &str, root: Part) -> Told {
    let detail = match action(root.text("action")?) {
        Some(action) => Detail::Wiki(Wiki {
            action,
            page: root.text("page")?.to_owned(),
            slug: None,
            url: None,
            message: root.owned("comment")?,
        }),
        None => Detail::Unknown(event.to_owned()),
    };
    Ok((None, detail))
}

fn action(word: &str) -> Option<WikiAction> {
    Some(match word {
        "created" => WikiAction::Created,
        "edited" => WikiAction::Updated,
        "deleted" => WikiAction::Deleted,
        _ => return None,
    })
}
