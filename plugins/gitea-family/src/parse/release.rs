//! Releases.

use forgegate_sdk::ParseError;
use forgegate_sdk::events::{Asset, Detail, Release, ReleaseAction};
use forgegate_sdk::json::Part;

use super::Told;
use super::common::time;
use super::limits::ASSETS;

/// A `release`. Its commit is not told.
pub fn parse(event: &str, root: Part) -> Told {
    let release = root.at("release");
    let Some(action) = action(root.text("action")?) else {
        return Ok((None, Detail::Unknown(event.to_owned())));
    };
    // Only then is the time of publishing that of the event.
    let published = action == ReleaseAction::Published;
    let happened = time(release, "published_at")?.filter(|_| published);
    Ok((happened, Detail::Release(self::release(action, release)?)))
}

fn action(word: &str) -> Option<ReleaseAction> {
    Some(match word {
        "created" => ReleaseAction::Created,
        "updated" | "edited" => ReleaseAction::Updated,
        "published" => ReleaseAction::Published,
        "deleted" => ReleaseAction::Deleted,
        _ => return None,
    })
}

/// The release, to which this happened.
pub fn release(action: ReleaseAction, release: Part) -> Result<Release, ParseError> {
    let assets = release.list("assets")?.into_iter().flatten();
    Ok(Release {
        action,
        tag: release.text("tag_name")?.to_owned(),
        name: release.owned("name")?,
        url: release.owned("html_url")?,
        draft: release.flag("draft")? == Some(true),
        prerelease: release.flag("prerelease")? == Some(true),
        target: release.owned("target_commitish")?,
        commit: None,
        assets: assets.take(ASSETS).map(asset).collect::<Result<_, _>>()?,
    })
}

fn asset(part: Part) -> Result<Asset, ParseError> {
    Ok(Asset {
        name: part.text("name")?.to_owned(),
        url: part.text("browser_download_url")?.to_owned(),
    })
}
