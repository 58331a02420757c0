//! One walk: page after page, until the lists end, it is given up, or another one replaces it.

use std::time::Duration;

use forgegate_model::activity::{self, Act, Origin};
use forgegate_model::ids::ProjectId;
use forgegate_model::sync::{Sync, SyncPage, SyncState};
use forgegate_sandbox::outbound::HistoryPage;
use forgegate_storage::StoreError;
use tokio::time::sleep;

use super::STORAGE_RETRY;
use super::service::Syncs;
use crate::clock::fresh_id;
use crate::forge_access::sentences;
use crate::forge_client::{ForgeError, RatePolicy, SessionOptions};

/// The time that one page may take, with all the calls that its plugin makes for it, at their pace.
const WITHIN: Duration = Duration::from_mins(4);

/// The pause while nothing may be asked in the name of an installation.
const SUSPENDED: Duration = Duration::from_mins(5);

/// The failures in a row to reach a forge before the walk is given up: with the pauses between, about a day.
const MOST_ABSENCES: u32 = 300;

/// The failures in a row of a kind that hardly passes by itself.
const MOST_FAULTS: u32 = 5;

/// The longest pause after something went wrong.
const LONGEST_PAUSE: Duration = Duration::from_mins(5);

/// What came of a page.
enum PageResult {
    /// It is read.
    Read(HistoryPage),
    /// It can be read later.
    Retryable {
        /// The time until then, if it is known.
        pause: Option<Duration>,
        /// The number of attempts in a row.
        most: u32,
        sentence: String,
    },
    /// It cannot be read.
    Permanent(String),
}

/// Walks until the sync is over.
pub async fn walk(service: &Syncs, project: ProjectId) {
    let mut misses = 0;
    loop {
        let sync = match service.store.sync(project).await {
            Ok(Some(sync)) if sync.state == SyncState::Running => sync,
            Ok(_) => return,
            Err(error) => {
                tracing::warn!(%error, project.id = %project, "a sync cannot be read: {error}");
                sleep(STORAGE_RETRY).await;
                continue;
            }
        };
        let written = match read_page(service, &sync).await {
            PageResult::Read(page) => {
                misses = 0;
                store_page(service, &sync, page).await
            }
            PageResult::Retryable { pause, most, sentence } if misses < most => {
                misses += 1;
                let noted = note(service, &sync, sentence).await;
                sleep(pause.unwrap_or_else(|| backoff(misses))).await;
                noted
            }
            PageResult::Retryable { sentence, .. } | PageResult::Permanent(sentence) => {
                fail(service, &sync, sentence).await
            }
        };
        match written {
            Ok(()) => {}
            // Another one was begun, or the project is gone: the row tells.
            Err(StoreError::Conflict(_) | StoreError::NotFound(_)) => {}
            Err(error) => {
                tracing::warn!(%error, project.id = %project, "a page of a sync was not kept: {error}");
                sleep(STORAGE_RETRY).await;
            }
        }
    }
}

/// Reads a page, when it is this walk's turn.
async fn read_page(service: &Syncs, sync: &Sync) -> PageResult {
    let Some(entry) = service.store.directory().project_by_id(sync.project) else {
        return PageResult::Permanent("The project is gone.".to_owned());
    };
    let principal = match service.forges.principals.of_reports(&entry) {
        Ok(principal) => principal,
        Err(sentence) => return PageResult::Permanent(sentence),
    };
    let Ok(_permit) = service.permits.acquire().await else {
        return later(None, "The gateway is going down.");
    };
    let repository = principal.repository(&entry);
    let options = SessionOptions {
        repository: repository.id.clone(),
        rate_policy: RatePolicy::Background,
        ..SessionOptions::default()
    };
    let session = match service.forges.open(&principal, options).await {
        Ok(session) => session,
        Err(error) => return unread(&error),
    };
    let (since, page) = (sync.since, sync.page.as_deref());
    let answer = session.ask(WITHIN, async |forge| forge.history(&repository, since, page).await);
    match answer.await {
        Ok(page) => PageResult::Read(page),
        Err(error) => unread(&error),
    }
}

/// The result of a page that could not be read.
fn unread(error: &ForgeError) -> PageResult {
    let asked_to_wait = |pause| later(pause, "The forge, or the credential's budget, asks to wait.");
    match error {
        ForgeError::InstallationInactive => asked_to_wait(Some(SUSPENDED)),
        ForgeError::Resting(rest) => asked_to_wait(Some(*rest)),
        ForgeError::RateLimited(wait) => asked_to_wait(*wait),
        ForgeError::TryLater => asked_to_wait(None),
        ForgeError::Unreachable(_) | ForgeError::TimedOut => later(None, "The forge does not answer."),
        ForgeError::Host(_) | ForgeError::Malformed(_) | ForgeError::Other(_) | ForgeError::Plugin(_) => {
            fault(sentences::failure(error))
        }
        ForgeError::Unsupported
        | ForgeError::NotFound
        | ForgeError::Forbidden(_)
        | ForgeError::Unauthorized
        | ForgeError::Rejected(_)
        | ForgeError::Refused(_)
        | ForgeError::TooLarge => PageResult::Permanent(sentences::failure(error)),
    }
}

fn later(pause: Option<Duration>, sentence: &str) -> PageResult {
    PageResult::Retryable {
        pause,
        most: MOST_ABSENCES,
        sentence: sentence.to_owned(),
    }
}

fn fault(sentence: String) -> PageResult {
    PageResult::Retryable {
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

/// Stores what the page told, with where the next one begins.
async fn store_page(service: &Syncs, sync: &Sync, page: HistoryPage) -> Result<(), StoreError> {
    let now = service.clock.now();
    let acts: Vec<Act> = page
        .events
        .iter()
        .flat_map(|event| activity::acts(event, now, Origin::Recovered))
        .collect();
    let mut summary = SyncPage {
        missing: page.missing,
        next: page.next,
        ..SyncPage::default()
    };
    acts.iter().for_each(|act| summary.fetched.count(act));
    let sync = service.store.sync_page(sync, acts, summary, fresh_id(), now).await?;
    if sync.state == SyncState::Done {
        tracing::info!(project.id = %sync.project, pages = sync.pages, kept = sync.kept, "a sync is done");
    }
    Ok(())
}

/// Writes down what the sync waits for, once.
async fn note(service: &Syncs, sync: &Sync, sentence: String) -> Result<(), StoreError> {
    if sync.message.as_ref() == Some(&sentence) {
        return Ok(());
    }
    tracing::debug!(project.id = %sync.project, "a sync waits: {sentence}");
    service.store.note_sync(sync, sentence, service.clock.now()).await?;
    Ok(())
}

async fn fail(service: &Syncs, sync: &Sync, sentence: String) -> Result<(), StoreError> {
    tracing::info!(project.id = %sync.project, "a sync was given up: {sentence}");
    service.store.fail_sync(sync, sentence, service.clock.now()).await?;
    Ok(())
}
