//! Releases.

use forgegate_sdk::events::{Asset, Detail, Event, Release, ReleaseAction};
use forgegate_sdk::{commit_id, json};
use serde::Deserialize;

use super::common::{Always, CommitName, Project, Trouble};
use super::limits::{self, cut, few};
use super::time::rfc3339;

#[derive(Deserialize)]
struct Body {
    project: Option<Project>,
    action: Option<String>,
    tag: Option<String>,
    name: Option<String>,
    url: Option<String>,
    created_at: Option<String>,
    commit: Option<CommitName>,
    assets: Option<Assets>,
}

/// `sources`, the archives that GitLab makes of every tag, are no files of the release.
#[derive(Deserialize)]
struct Assets {
    links: Option<Vec<Link>>,
}

#[derive(Deserialize)]
struct Link {
    name: Option<String>,
    url: Option<String>,
}

pub fn parse(payload: &[u8]) -> Result<Event, Trouble> {
    let body: Body = json::parse(payload)?;
    let action = action(&body.action.always("action")?)?;
    // An update and a removal carry no time of their own.
    let time = body
        .created_at
        .filter(|_| action == ReleaseAction::Published);
    let links = body
        .assets
        .and_then(|assets| assets.links)
        .unwrap_or_default();
    Ok(Event {
        repository: Some(body.project.always("project")?.into_repository(None)?),
        actor: None,
        time: time.as_deref().and_then(rfc3339),
        installation: None,
        detail: Detail::Release(Release {
            action,
            tag: body.tag.always("tag")?,
            name: body.name.map(|name| cut(name, limits::TITLE)),
            url: body.url,
            // GitLab has neither drafts nor a mark for what is not for production.
            draft: false,
            prerelease: false,
            target: None,
            commit: body
                .commit
                .and_then(|commit| commit.id)
                .as_deref()
                .and_then(commit_id),
            assets: few(links, limits::ASSETS)
                .into_iter()
                .filter_map(Link::into_asset)
                .collect(),
        }),
    })
}

/// A release is visible from the moment in which it is made.
fn action(word: &str) -> Result<ReleaseAction, Trouble> {
    match word {
        "create" => Ok(ReleaseAction::Published),
        "update" => Ok(ReleaseAction::Updated),
        "delete" => Ok(ReleaseAction::Deleted),
        _ => Err(Trouble::NoEvent),
    }
}

impl Link {
    fn into_asset(self) -> Option<Asset> {
        Some(Asset {
            name: self.name?,
            url: self.url?,
        })
    }
}
