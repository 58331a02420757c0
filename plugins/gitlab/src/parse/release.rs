//! Releases.

use forgegate_sdk::events::{Asset, Detail, Event, Release, ReleaseAction};
use forgegate_sdk::json::Part;
use forgegate_sdk::{ParseError, commit_id};

use super::common::{Always, FieldError, block, commit_named, event, owned};
use super::limits::{self, cut};

pub fn parse(root: Part) -> Result<Event, FieldError> {
    let created = root.text_or_none("created_at")?;
    let release = release(root)?;
    // An update and a removal carry no time of their own.
    let time = created.filter(|_| release.action == ReleaseAction::Published);
    let event = event(root, None, time, Detail::Release(release))?;
    Ok(Event { actor: None, ..event })
}

fn release(root: Part) -> Result<Release, FieldError> {
    let action = action(root.text_or_none("action")?.always("action")?)?;
    let (name, url) = (root.text_or_none("name")?, root.text_or_none("url")?);
    let commit = commit_named(root, "commit")?;
    let tag = root.text_or_none("tag")?.always("tag")?;
    Ok(Release {
        action,
        assets: assets(root)?,
        tag: tag.to_owned(),
        name: name.map(|name| cut(name, limits::TITLE)),
        url: owned(url),
        // GitLab has neither drafts nor a mark for what is not for production.
        draft: false,
        prerelease: false,
        target: None,
        commit: commit.and_then(commit_id),
    })
}

/// A release is visible from the moment in which it is made.
fn action(word: &str) -> Result<ReleaseAction, FieldError> {
    match word {
        "create" => Ok(ReleaseAction::Published),
        "update" => Ok(ReleaseAction::Updated),
        "delete" => Ok(ReleaseAction::Deleted),
        _ => Err(FieldError::NoEvent),
    }
}

/// `sources`, the archives that GitLab makes of every tag, are no files of the release. A link that lacks its name or its address is
/// passed over.
fn assets(root: Part) -> Result<Vec<Asset>, ParseError> {
    let mut files = Vec::new();
    let Some(assets) = block(root, "assets")? else {
        return Ok(files);
    };
    for link in assets.list("links")?.into_iter().flatten().take(limits::ASSETS) {
        let (name, url) = (link.text_or_none("name")?, link.text_or_none("url")?);
        if let (Some(name), Some(url)) = (name, url) {
            files.push(Asset {
                name: name.to_owned(),
                url: url.to_owned(),
            });
        }
    }
    Ok(files)
}
