//! The way of a status out, from the outbox to whoever is told: the conductor outward. Read this file top to bottom.
//!
//! What is due is taken, with a durable mark that it may have been sent; told, through the plugin of its integration's forge or by a
//! POST; and what came of it is written down. What to tell, in which order and when again is decided in `model::status`; the outbox
//! keeps it, `forge_client` calls. `desk` bounds how much is told at once.

mod forge;
mod limiter;
mod web;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use forgegate_model::installation::InstallationStatus;
use forgegate_model::integration::IntegrationKind;
use forgegate_model::status::{Attempt, Message, Next, Status};
use forgegate_model::timestamp::Timestamp;
use forgegate_storage::{DeliveryCertainty, Destination, StoreError, Taken};
use tokio_util::task::TaskTracker;
use tracing::Instrument;

use crate::chance::chance;
use crate::forge_client::{Availability, NO_FORGE, Whom};
use crate::gateway::Gateway;
use limiter::{ConcurrencyLimiter, SendPermit};

/// How many statuses are taken by one write.
const MOST_TAKEN: usize = 64;
/// How long after a failure of storage the outbox is asked again.
const AGAIN: Duration = Duration::from_secs(1);
/// How long nothing is looked at, at most, where nothing says that there is work.
const IDLE: Duration = Duration::from_secs(60);

/// The shortest wait, so that nothing that cannot be taken is looked at again and again.
const LEAST: Duration = Duration::from_millis(10);

/// What came of telling.
enum SendOutcome {
    /// It arrived; a later one of its lane carries what was answered.
    Arrived(Option<String>),
    /// It did not do this time. The sentence is ours, never an answer's text.
    Again {
        arrival: DeliveryCertainty,
        wait: Option<Duration>,
        sentence: String,
    },
    /// It will never do.
    Never {
        arrival: DeliveryCertainty,
        sentence: String,
    },
}

impl SendOutcome {
    fn again(arrival: DeliveryCertainty, sentence: impl Into<String>) -> Self {
        Self::Again {
            arrival,
            wait: None,
            sentence: sentence.into(),
        }
    }

    /// Refused for good: surely nothing was made.
    fn never(sentence: impl Into<String>) -> Self {
        Self::Never {
            arrival: DeliveryCertainty::Impossible,
            sentence: sentence.into(),
        }
    }
}

/// Tells what is due until the gateway drains; what is under way then comes to its end.
pub async fn run(gateway: Arc<Gateway>) {
    let desk = Arc::new(ConcurrencyLimiter::default());
    let under_way = TaskTracker::new();
    let mut arrived = gateway.store.status_arrived();
    while !gateway.draining.is_cancelled() {
        arrived.mark_unchanged();
        let pause = take(&gateway, &desk, &under_way).await;
        tokio::select! {
            () = gateway.draining.cancelled() => break,
            _ = arrived.changed() => {}
            () = desk.freed() => {}
            origins = gateway.forge_client.came_back() => wake(&gateway, &origins),
            () = tokio::time::sleep(pause) => {}
        }
    }
    under_way.close();
    under_way.wait().await;
}

/// Takes what is due and has it told, each in a task of its own. Answers how long there is nothing to look for.
async fn take(gateway: &Arc<Gateway>, desk: &Arc<ConcurrencyLimiter>, under_way: &TaskTracker) -> Duration {
    let rested = AtomicU64::new(micros(IDLE));
    let round = desk.round();
    let room = |destination: &Destination| match outlook(gateway, destination) {
        Availability { rest: Some(rest), .. } => {
            rested.fetch_min(micros(rest.max(LEAST)), Ordering::Relaxed);
            0
        }
        there => round.give(destination, &there.origin, there.at_once()),
    };
    let now = gateway.clock.now();
    match gateway
        .store
        .take_statuses(now, MOST_TAKEN.min(desk.left()), room)
        .await
    {
        Ok(taken) => {
            for taken in taken {
                let seat = desk.take(&taken.destination, outlook(gateway, &taken.destination).origin);
                under_way.spawn(deliver(Arc::clone(gateway), taken, seat));
            }
        }
        Err(error) => {
            tracing::warn!(%error, "the outbox cannot be read: {error}");
            return AGAIN;
        }
    }
    let free = |destination: &Destination| {
        let there = outlook(gateway, destination);
        let may_call = there.rest.is_none() && desk.room(destination, &there.origin, there.at_once()) > 0;
        usize::from(may_call)
    };
    let next = (desk.left() > 0).then(|| gateway.store.next_status_due(free)).flatten();
    let due = next.map_or(IDLE, |at| until(gateway.clock.now(), at));
    due.min(Duration::from_micros(rested.into_inner()))
}

/// What waits for forges that answer again is due at once, and need not wait out what it was put off for.
fn wake(gateway: &Gateway, origins: &BTreeSet<String>) {
    let directory = gateway.store.directory();
    for row in directory.every(IntegrationKind::Outbound) {
        let plugin = gateway.plugins.get(&row.forge);
        let outlook = plugin.and_then(|plugin| gateway.forge_client.availability(plugin, Whom::Integration(&row)));
        if outlook.is_some_and(|there| origins.contains(&there.origin)) {
            gateway.store.wake_statuses(row.id, gateway.clock.now());
        }
    }
}

fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}

/// What is past is due at once; a moment passes in any case, since somebody else may hold what is due.
fn until(now: Timestamp, at: Timestamp) -> Duration {
    let micros = at.micros().saturating_sub(now.micros());
    Duration::from_micros(u64::try_from(micros).unwrap_or_default()).max(LEAST)
}

/// Whether it is of use to call a destination: not while its forge rests, its credential is held, or its installation is suspended.
fn outlook(gateway: &Gateway, destination: &Destination) -> Availability {
    let id = match destination {
        Destination::Integration(id) => *id,
        Destination::Host(host) => return gateway.forge_client.outlook_of_host(host),
    };
    let nowhere = |rest| Availability {
        origin: id.to_string(),
        rest,
        one_at_a_time: false,
    };
    let Some(row) = gateway.store.directory().integration(id) else {
        return nowhere(None);
    };
    let installation = gateway.store.installation_of(&row);
    if installation.is_some_and(|it| it.standing != InstallationStatus::Active) {
        return nowhere(Some(IDLE));
    }
    let plugin = gateway.plugins.get(&row.forge);
    let outlook = plugin.and_then(|plugin| gateway.forge_client.availability(plugin, Whom::Integration(&row)));
    outlook.unwrap_or_else(|| nowhere(None))
}

/// Tells one status and writes down what came of it.
async fn deliver(gateway: Arc<Gateway>, taken: Taken, _seat: SendPermit) {
    let status = &taken.status;
    let span = tracing::info_span!("status", status.id = %status.id, evaluation.id = %status.evaluation);
    let told = async {
        match &status.message {
            Message::ForgeStatus { .. } | Message::Comment { .. } => forge::tell(&gateway, &taken).await,
            Message::WebRequest { url, body } => web::tell(&gateway, status, url, body).await,
        }
    };
    let told = told.instrument(span).await;
    count(&gateway, status, &told);
    // The seat is given back after the answer, and the answer frees the lane.
    if let Err(error) = write_down(&gateway, status, told).await {
        tracing::warn!(%error, status.id = %status.id, "what came of a status cannot be written: {error}");
    }
}

fn count(gateway: &Gateway, status: &Status, told: &SendOutcome) {
    let integration = status
        .integration
        .and_then(|id| gateway.store.directory().integration(id));
    let forge = integration.as_ref().map_or(NO_FORGE, |row| row.forge.as_str());
    let outcome = match told {
        SendOutcome::Arrived(_) => "sent",
        SendOutcome::Again { .. } => "again",
        SendOutcome::Never { .. } => "refused",
    };
    gateway.metrics.told(forge, outcome);
    if matches!(told, SendOutcome::Arrived(_)) {
        let since = gateway.clock.now().micros().saturating_sub(status.created_at.micros());
        let since = Duration::from_micros(u64::try_from(since).unwrap_or_default());
        gateway.metrics.told_after(since);
    }
}

async fn write_down(gateway: &Gateway, status: &Status, told: SendOutcome) -> Result<(), StoreError> {
    let (store, id) = (&gateway.store, status.id);
    match told {
        SendOutcome::Arrived(previous) => {
            store.status_sent(id, previous, gateway.clock.now()).await?;
        }
        SendOutcome::Again {
            arrival,
            wait,
            sentence,
        } => {
            let attempt = Attempt {
                attempts: status.attempts,
                since: status.waiting_since,
                now: gateway.clock.now(),
                retry_after: wait,
                give_up_after: gateway.config.reporting.give_up_after,
            };
            match attempt.next(chance()) {
                Next::At(at) => {
                    tracing::info!(status.id = %id, status.next_at = %at, "a status is tried again: {sentence}");
                    store.status_again(id, arrival, at, sentence).await?;
                }
                Next::GiveUp => fail(gateway, status, arrival, sentence).await?,
            }
        }
        SendOutcome::Never { arrival, sentence } => fail(gateway, status, arrival, sentence).await?,
    }
    Ok(())
}

async fn fail(
    gateway: &Gateway,
    status: &Status,
    arrival: DeliveryCertainty,
    sentence: String,
) -> Result<(), StoreError> {
    tracing::warn!(status.id = %status.id, "a status was given up: {sentence}");
    gateway.store.status_failed(status.id, arrival, sentence).await?;
    Ok(())
}
