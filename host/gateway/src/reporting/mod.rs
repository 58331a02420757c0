//! The way of a status out, from the outbox to its receiver: the outbound conductor. Read this file top to bottom.
//!
//! What is due is taken, with a durable mark that it may have been sent; sent, through the plugin of its integration's forge (`forge`) or
//! by a POST (`web`); and what came of it is written down. What is sent, in which order and when again is decided in `model::status`; the
//! outbox keeps it, the forge client calls. `limiter` bounds how much is sent at once.

mod forge;
mod limiter;
mod outcome;
mod service;
mod web;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use forgegate_model::integration::{Integration, IntegrationKind};
use forgegate_model::status::{Attempt, Message, Next, Status};
use forgegate_model::timestamp::Timestamp;
use forgegate_storage::{DeliveryCertainty, Destination, StoreError, Taken};
use tokio_util::task::TaskTracker;
use tracing::Instrument;

use crate::chance::chance;
use crate::forge_access::ForgePrincipal;
use crate::forge_client::{Availability, NO_FORGE};
use limiter::{ConcurrencyLimiter, SendPermit};
use outcome::SendOutcome;

pub use service::Reporting;

/// The number of statuses that are taken by one write.
const MOST_TAKEN: usize = 64;
/// The time after a failure of storage until the outbox is read again.
const STORAGE_RETRY: Duration = Duration::from_secs(1);
/// The longest time for which the outbox is not read, where nothing says that there is work.
const IDLE: Duration = Duration::from_secs(60);

/// The shortest wait, so that what cannot be taken is not read again and again.
const SHORTEST_WAIT: Duration = Duration::from_millis(10);

/// Sends what is due until the gateway drains; what is under way then comes to its end.
pub async fn run(service: Arc<Reporting>) {
    let limiter = Arc::new(ConcurrencyLimiter::default());
    let under_way = TaskTracker::new();
    let mut arrived = service.store.status_arrived();
    while !service.draining.is_cancelled() {
        arrived.mark_unchanged();
        let pause = take(&service, &limiter, &under_way).await;
        tokio::select! {
            () = service.draining.cancelled() => break,
            _ = arrived.changed() => {}
            () = limiter.freed() => {}
            origins = service.forges.client.came_back() => wake(&service, &origins),
            () = tokio::time::sleep(pause) => {}
        }
    }
    under_way.close();
    under_way.wait().await;
}

/// Takes what is due and starts a task for each. Answers the time until something is due.
async fn take(service: &Arc<Reporting>, limiter: &Arc<ConcurrencyLimiter>, under_way: &TaskTracker) -> Duration {
    let rested = AtomicU64::new(micros(IDLE));
    let round = limiter.round();
    let room = |destination: &Destination| match availability(service, destination) {
        Availability { rest: Some(rest), .. } => {
            rested.fetch_min(micros(rest.max(SHORTEST_WAIT)), Ordering::Relaxed);
            0
        }
        there => round.reserve(destination, &there.origin, there.at_once()),
    };
    let now = service.clock.now();
    match service
        .store
        .take_statuses(now, MOST_TAKEN.min(limiter.left()), room)
        .await
    {
        Ok(taken) => {
            for taken in taken {
                let origin = availability(service, &taken.destination).origin;
                let permit = limiter.take(&taken.destination, origin);
                under_way.spawn(deliver(Arc::clone(service), taken, permit));
            }
        }
        Err(error) => {
            tracing::warn!(%error, "the outbox cannot be read: {error}");
            return STORAGE_RETRY;
        }
    }
    let free = |destination: &Destination| {
        let there = availability(service, destination);
        let may_call = there.rest.is_none() && limiter.room(destination, &there.origin, there.at_once()) > 0;
        usize::from(may_call)
    };
    let next = (limiter.left() > 0)
        .then(|| service.store.next_status_due(free))
        .flatten();
    let due = next.map_or(IDLE, |at| until(service.clock.now(), at));
    due.min(Duration::from_micros(rested.into_inner()))
}

/// Makes what waits for forges that answer again due at once: it need not wait out what it was put off for.
fn wake(service: &Reporting, origins: &BTreeSet<String>) {
    for integration in service.store.directory().every(IntegrationKind::Outbound) {
        let id = integration.id;
        let there = principal(service, integration).and_then(|it| service.forges.availability(&it));
        if there.is_some_and(|there| origins.contains(&there.origin)) {
            service.store.wake_statuses(id, service.clock.now());
        }
    }
}

/// The principal in whose name an integration's statuses are sent; none without a plugin for its forge.
fn principal(service: &Reporting, integration: Arc<Integration>) -> Option<ForgePrincipal> {
    let plugin = service.plugins.get(&integration.forge)?;
    Some(ForgePrincipal::integration(plugin, integration))
}

fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}

/// The time from now until a time. A moment passes in any case, since somebody else may hold what is due.
fn until(now: Timestamp, at: Timestamp) -> Duration {
    let micros = at.micros().saturating_sub(now.micros());
    Duration::from_micros(u64::try_from(micros).unwrap_or_default()).max(SHORTEST_WAIT)
}

/// Says whether a call to a destination is of use: not while its forge rests, its credential is held, or its installation is not active.
fn availability(service: &Reporting, destination: &Destination) -> Availability {
    let id = match destination {
        Destination::Integration(id) => *id,
        Destination::Host(host) => return service.forges.client.outlook_of_host(host),
    };
    let unknown = |rest| Availability {
        origin: id.to_string(),
        rest,
        one_at_a_time: false,
    };
    let Some(integration) = service.store.directory().integration(id) else {
        return unknown(None);
    };
    if !service.forges.principals.is_active(&integration) {
        return unknown(Some(IDLE));
    }
    let there = principal(service, integration).and_then(|it| service.forges.availability(&it));
    there.unwrap_or_else(|| unknown(None))
}

/// Sends one status and writes down what came of it.
async fn deliver(service: Arc<Reporting>, taken: Taken, _permit: SendPermit) {
    let status = &taken.status;
    let span = tracing::info_span!("status", status.id = %status.id, evaluation.id = %status.evaluation);
    let sent = async {
        match &status.message {
            Message::ForgeStatus { .. } | Message::Comment { .. } => forge::send(&service, &taken).await,
            Message::WebRequest { url, body } => web::send(&service, status, url, body).await,
        }
    };
    let outcome = sent.instrument(span).await;
    count(&service, status, &outcome);
    // The permit is given back after the answer, and the answer frees the lane.
    if let Err(error) = write_down(&service, status, outcome).await {
        tracing::warn!(%error, status.id = %status.id, "what came of a status cannot be written: {error}");
    }
}

fn count(service: &Reporting, status: &Status, outcome: &SendOutcome) {
    let integration = status
        .integration
        .and_then(|id| service.store.directory().integration(id));
    let forge = integration.as_ref().map_or(NO_FORGE, |it| it.forge.as_str());
    let label = match outcome {
        SendOutcome::Sent(_) => "sent",
        SendOutcome::Retryable { .. } => "again",
        SendOutcome::Permanent { .. } => "refused",
    };
    service.metrics.status_attempted(forge, label);
    if matches!(outcome, SendOutcome::Sent(_)) {
        let delay = service.clock.now().micros().saturating_sub(status.created_at.micros());
        let delay = Duration::from_micros(u64::try_from(delay).unwrap_or_default());
        service.metrics.status_sent_after(delay);
    }
}

async fn write_down(service: &Reporting, status: &Status, outcome: SendOutcome) -> Result<(), StoreError> {
    let (store, id) = (&service.store, status.id);
    match outcome {
        SendOutcome::Sent(previous) => {
            store.status_sent(id, previous, service.clock.now()).await?;
        }
        SendOutcome::Retryable {
            certainty,
            wait,
            sentence,
        } => {
            let attempt = Attempt {
                attempts: status.attempts,
                since: status.waiting_since,
                now: service.clock.now(),
                retry_after: wait,
                give_up_after: service.give_up_after,
            };
            match attempt.next(chance()) {
                Next::At(at) => {
                    tracing::info!(status.id = %id, status.next_at = %at, "a status is tried again: {sentence}");
                    store.status_again(id, certainty, at, sentence).await?;
                }
                Next::GiveUp => fail(service, status, certainty, sentence).await?,
            }
        }
        SendOutcome::Permanent { certainty, sentence } => fail(service, status, certainty, sentence).await?,
    }
    Ok(())
}

async fn fail(
    service: &Reporting,
    status: &Status,
    certainty: DeliveryCertainty,
    sentence: String,
) -> Result<(), StoreError> {
    tracing::warn!(status.id = %status.id, "a status was given up: {sentence}");
    service.store.status_failed(status.id, certainty, sentence).await?;
    Ok(())
}
