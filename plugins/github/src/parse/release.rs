//! `release`: one act of publishing, however often GitHub announces it.

use forgegate_sdk::ParseError;
use forgegate_sdk::events::{Asset, Detail, Event, Release, ReleaseAction};
use forgegate_sdk::json::Part;

use super::common::event;

pub fn parse(root: Part) -> Result<Event, ParseError> {
    let Some(action) = action(root.text("action")?) else {
        return event(root, None, Detail::Unknown("release".into()));
    };
    let detail = Detail::Release(release(action, root.at("release"))?);
    // `created_at` is the commit's time; only this one is the release's.
    let time = match action {
        ReleaseAction::Published => root.owned("release.published_at")?,
        _ => None,
    };
    event(root, time, detail)
}

/// One release published brings `created`, `published`, and `released` or `prereleased`: the last pair repeats the second,
/// or, when a pre-release is promoted, the `edited` that comes with it.
fn action(word: &str) -> Option<ReleaseAction> {
    match word {
        "created" => Some(ReleaseAction::Created),
        "published" => Some(ReleaseAction::Published),
        "edited" | "unpublished" => Some(ReleaseAction::Updated),
        "deleted" => Some(ReleaseAction::Deleted),
        _ => None,
    }
}

/// The release, to which this happened. `target_commitish` is no commit: GitHub ignores it where the tag exists.
pub fn release(action: ReleaseAction, part: Part) -> Result<Release, ParseError> {
    let assets = part.list("assets")?.into_iter().flatten();
    Ok(Release {
        action,
        tag: part.text("tag_name")?.to_owned(),
        name: part.owned("name")?,
        url: part.owned("html_url")?,
        draft: part.flag("draft")?.unwrap_or(false),
        prerelease: part.flag("prerelease")?.unwrap_or(false),
        target: part.owned("target_commitish")?,
        commit: None,
        assets: assets.map(asset).collect::<Result<_, _>>()?,
    })
}

fn asset(part: Part) -> Result<Asset, ParseError> {
    Ok(Asset {
        name: part.text("name")?.to_owned(),
        url: part.text("browser_download_url")?.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn publishing_comes_once() {
        let published = ["created", "published", "released", "prereleased"]
            .into_iter()
            .filter(|word| action(word) == Some(ReleaseAction::Published))
            .count();
        assert_eq!(published, 1);
        assert_eq!(action("unpublished"), Some(ReleaseAction::Updated));
    }
}
