//! `release`: one act of publishing, however often GitHub announces it.

use forgegate_sdk::events::{Asset, Detail, Event, Release, ReleaseAction};
use forgegate_sdk::{ParseError, json};
use serde::Deserialize;

use super::common::{Account, Envelope, Numbered, Repo, Text, owned};

#[derive(Deserialize)]
struct Payload<'a> {
    #[serde(borrow)]
    action: Text<'a>,
    #[serde(borrow)]
    release: Described<'a>,
    #[serde(borrow)]
    repository: Repo<'a>,
    #[serde(borrow)]
    sender: Option<Account<'a>>,
    installation: Option<Numbered>,
}

#[derive(Deserialize)]
struct Described<'a> {
    #[serde(borrow)]
    tag_name: Text<'a>,
    #[serde(borrow)]
    name: Option<Text<'a>>,
    #[serde(borrow)]
    html_url: Option<Text<'a>>,
    draft: Option<bool>,
    prerelease: Option<bool>,
    #[serde(borrow)]
    target_commitish: Option<Text<'a>>,
    /// `created_at` is the commit's time; only this one is the release's.
    #[serde(borrow)]
    published_at: Option<Text<'a>>,
    #[serde(borrow)]
    assets: Option<Vec<File<'a>>>,
}

#[derive(Deserialize)]
struct File<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    browser_download_url: Text<'a>,
}

pub fn parse(payload: &[u8]) -> Result<Event, ParseError> {
    let payload: Payload = json::parse(payload)?;
    let detail = match action(&payload.action) {
        Some(action) => Detail::Release(release(&payload.release, action)),
        None => Detail::Unknown("release".into()),
    };
    let published = &*payload.action == "published";
    let time = published.then(|| owned(&payload.release.published_at));
    let envelope = Envelope::of(payload.repository, payload.sender, payload.installation);
    Ok(envelope.event_at(time.flatten(), detail))
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

/// `target_commitish` is no commit: GitHub ignores it where the tag exists.
fn release(release: &Described, action: ReleaseAction) -> Release {
    let assets = release.assets.iter().flatten();
    Release {
        action,
        tag: release.tag_name.to_string(),
        name: owned(&release.name),
        url: owned(&release.html_url),
        draft: release.draft.unwrap_or(false),
        prerelease: release.prerelease.unwrap_or(false),
        target: owned(&release.target_commitish),
        commit: None,
        assets: assets
            .map(|file| Asset {
                name: file.name.to_string(),
                url: file.browser_download_url.to_string(),
            })
            .collect(),
    }
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
