//! One walk: page after page, until the lists end, it is given up, or another takes its place.

use std::time::Duration;

use forgegate_model::activity::{Act, Origin, acts};
use forgegate_model::ids::ProjectId;
use forgegate_model::sync::{Sync, SyncPage, SyncState};
use forgegate_sandbox::CallError;
use forgegate_sandbox::outbound::{HistoryPage, OutboundError};
use forgegate_storage::StoreError;
use tokio::time::sleep;

use super::source::{SyncSource, reachable};
use super::{AGAIN, Syncs};
use crate::clock::fresh_id;
use crate::connection::words;
use crate::gateway::Gateway;

/// How often in a row a forge may be out of reach before the walk is given up: with the pauses between, about a day.
const MOST_ABSENCES: u32 = 300;

/// How often in a row something may go wrong that hardly passes by itself.
const MOST_FAULTS: u32 = 5;

/// The longest pause after something went wrong.
const LONGEST_PAUSE: Duration = Duration::from_mins(5);

/// What came of a page.
enum Turn {
    /// It is read.
    Read(HistoryPage),
    /// It can be read later: after so long, if that is known; so often in a row it is tried.
    Later {
        pause: Option<Duration>,
        most: u32,
        sentence: String,
    },
    /// It cannot be read.
    Never(String),
}

/// Walks until the sync is over.
pub async fn walk(gateway: &Gateway, project: ProjectId) {
    let mut misses = 0;
    loop {
        let sync = match gateway.store.sync(project).await {
            Ok(Some(sync)) if sync.state == SyncState::Running => sync,
            Ok(_) => return,
            Err(error) => {
                tracing::warn!(%error, project.id = %project, "a sync cannot be read: {error}");
                sleep(AGAIN).await;
                continue;
            }
        };
        let written = match turn(gateway, &sync).await {
            Turn::Read(page) => {
                misses = 0;
                keep(gateway, &sync, page).await
            }
            Turn::Later { pause, most, sentence } if misses < most => {
                misses += 1;
                let noted = note(gateway, &sync, sentence).await;
                sleep(pause.unwrap_or_else(|| backoff(misses))).await;
                noted
            }
            Turn::Later { sentence, .. } | Turn::Never(sentence) => fail(gateway, &sync, sentence).await,
        };
        match written {
            Ok(()) => {}
            // Another one was begun, or the project is gone: the row tells.
            Err(StoreError::Conflict(_) | StoreError::NotFound(_)) => {}
            Err(error) => {
                tracing::warn!(%error, project.id = %project, "a page of a sync was not kept: {error}");
                sleep(AGAIN).await;
            }
        }
    }
}

/// Reads a page, when it is this walk's turn.
async fn turn(gateway: &Gateway, sync: &Sync) -> Turn {
    let Some(entry) = gateway.store.directory().project_by_id(sync.project) else {
        return Turn::Never("The project is gone.".to_owned());
    };
    let line = match reachable(gateway, &entry) {
        Ok(line) => line,
        Err(sentence) => return Turn::Never(sentence),
    };
    if let Some(rest) = line.rest(gateway) {
        return later(Some(rest), "The forge, or the credential's budget, asks to wait.");
    }
    let Syncs { places, .. } = &gateway.syncs;
    let Ok(_place) = places.acquire().await else {
        return later(None, "The gateway is going down.");
    };
    let outward = match line.call(gateway).await {
        Ok(outward) => outward,
        Err(error) => return refused(gateway, &line, OutboundError::Call(error)),
    };
    match outward
        .history(&line.repository, sync.since, sync.page.as_deref())
        .await
    {
        Ok(Ok(page)) => Turn::Read(page),
        Ok(Err(error)) => refused(gateway, &line, error),
        Err(error) => fault(words::failed(&error)),
    }
}

/// What the forge, or the plugin, says instead of a page.
fn refused(gateway: &Gateway, line: &SyncSource, error: OutboundError) -> Turn {
    tracing::debug!(%error, "a plugin could not tell what happened: {error}");
    match error {
        OutboundError::TryLater(seconds) => {
            let pause = seconds.map(Duration::from_secs);
            if let Some(pause) = pause {
                gateway.forge_client.hold(&line.plugin, line.whom(), pause);
            }
            later(pause, "The forge, or the credential's budget, asks to wait.")
        }
        OutboundError::Call(CallError::RateLimited(seconds)) => later(
            seconds.map(Duration::from_secs),
            "The forge, or the credential's budget, asks to wait.",
        ),
        OutboundError::Call(CallError::Unreachable(_) | CallError::TimedOut) => {
            later(None, "The forge does not answer.")
        }
        OutboundError::Call(CallError::Other(_)) | OutboundError::Malformed(_) | OutboundError::Other(_) => {
            fault(words::refused(&error))
        }
        OutboundError::Unsupported
        | OutboundError::NotFound
        | OutboundError::Forbidden(_)
        | OutboundError::Unauthorized
        | OutboundError::Rejected(_)
        | OutboundError::Call(CallError::Refused(_) | CallError::TooLarge) => Turn::Never(words::refused(&error)),
    }
}

fn later(pause: Option<Duration>, sentence: &str) -> Turn {
    Turn::Later {
        pause,
        most: MOST_ABSENCES,
        sentence: sentence.to_owned(),
    }
}

fn fault(sentence: String) -> Turn {
    Turn::Later {
        pause: None,
        most: MOST_FAULTS,
        sentence,
    }
}

/// Twice as long each time.
fn backoff(misses: u32) -> Duration {
    let doubled = Duration::from_millis(500).saturating_mul(1 << misses.min(20));
    doubled.min(LONGEST_PAUSE)
}

/// Keeps what the page told, with where the next one begins.
async fn keep(gateway: &Gateway, sync: &Sync, page: HistoryPage) -> Result<(), StoreError> {
    let now = gateway.clock.now();
    let told: Vec<Act> = page
        .events
        .iter()
        .flat_map(|event| acts(event, now, Origin::Recovered))
        .collect();
    let mut summary = SyncPage {
        missing: page.missing,
        next: page.next,
        ..SyncPage::default()
    };
    told.iter().for_each(|act| summary.fetched.count(act));
    let sync = gateway.store.sync_page(sync, told, summary, fresh_id(), now).await?;
    if sync.state == SyncState::Done {
        tracing::info!(project.id = %sync.project, pages = sync.pages, kept = sync.kept, "a sync is done");
    }
    Ok(())
}

/// Says for what it waits, once.
async fn note(gateway: &Gateway, sync: &Sync, sentence: String) -> Result<(), StoreError> {
    if sync.message.as_ref() == Some(&sentence) {
        return Ok(());
    }
    tracing::debug!(project.id = %sync.project, "a sync waits: {sentence}");
    gateway.store.note_sync(sync, sentence, gateway.clock.now()).await?;
    Ok(())
}

async fn fail(gateway: &Gateway, sync: &Sync, sentence: String) -> Result<(), StoreError> {
    tracing::info!(project.id = %sync.project, "a sync was given up: {sentence}");
    gateway.store.fail_sync(sync, sentence, gateway.clock.now()).await?;
    Ok(())
}
