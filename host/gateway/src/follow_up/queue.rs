//! The queue of follow-up work: what is due is taken, carried through, and written down.

use std::sync::Arc;
use std::time::Duration;

use forgegate_model::follow_up::{FollowUp, Stage, Task};
use forgegate_model::status::{Attempt, Next};
use forgegate_storage::{FollowUpEnding, StoreError, TakenFollowUp};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::task::TaskTracker;
use tracing::Instrument;

use super::outcome::Outcome;
use super::question::AskError;
use super::service::FollowUps;
use super::{approval, command, commit, head, reply};
use crate::chance::chance;

/// The number of follow-ups that are worked on at once.
const AT_ONCE: usize = 32;
/// The longest time for which the queue is not read, where nothing says that there is work.
const IDLE: Duration = Duration::from_secs(60);
/// The time after a failure of storage until the queue is read again.
const STORAGE_RETRY: Duration = Duration::from_secs(1);
/// The shortest wait, so that what cannot be taken is not read again and again.
const SHORTEST_WAIT: Duration = Duration::from_millis(10);

/// Works on what is due until the gateway drains; what is under way then comes to its end.
pub async fn run(service: Arc<FollowUps>) {
    let permits = Arc::new(Semaphore::new(AT_ONCE));
    let under_way = TaskTracker::new();
    let mut arrived = service.store.follow_up_arrived();
    while !service.draining.is_cancelled() {
        arrived.mark_unchanged();
        let pause = take(&service, &permits, &under_way).await;
        tokio::select! {
            () = service.draining.cancelled() => break,
            _ = arrived.changed() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
    under_way.close();
    under_way.wait().await;
}

/// Takes what is due and starts a task for each. Answers the time until something is due.
async fn take(service: &Arc<FollowUps>, permits: &Arc<Semaphore>, under_way: &TaskTracker) -> Duration {
    // One permit is waited for, so that nothing is taken in vain.
    let Ok(first) = Arc::clone(permits).acquire_owned().await else {
        return IDLE;
    };
    let mut free: Vec<OwnedSemaphorePermit> = vec![first];
    free.extend(std::iter::from_fn(|| Arc::clone(permits).try_acquire_owned().ok()));
    match service.store.take_follow_ups(service.clock.now(), free.len()).await {
        Ok(taken) => {
            for (taken, permit) in taken.into_iter().zip(free) {
                under_way.spawn(work(Arc::clone(service), taken, permit));
            }
        }
        Err(error) => {
            tracing::warn!(%error, "what has to be asked cannot be read: {error}");
            return STORAGE_RETRY;
        }
    }
    let due = service.store.next_follow_up_due();
    let now = service.clock.now();
    due.map_or(IDLE, |at| {
        let micros = at.micros().saturating_sub(now.micros());
        Duration::from_micros(u64::try_from(micros).unwrap_or_default()).clamp(SHORTEST_WAIT, IDLE)
    })
}

/// Asks or replies, and writes down what came of it.
async fn work(service: Arc<FollowUps>, taken: TakenFollowUp, _permit: OwnedSemaphorePermit) {
    let follow_up = &taken.follow_up;
    let span = tracing::info_span!("follow-up", delivery.id = %follow_up.delivery, task = follow_up.task.as_str());
    let done = async {
        match &follow_up.stage {
            Stage::Replying(reply) => match reply::send(&service, follow_up, reply).await {
                Ok(sentence) => service.store.end_reply(follow_up.delivery, sentence).await,
                Err(error) => put_off(&service, follow_up, error).await,
            },
            _ => match ask(&service, follow_up).await {
                Ok(outcome) => settle(&service, follow_up, outcome, FollowUpEnding::Done).await,
                Err(error) => put_off(&service, follow_up, error).await,
            },
        }
    };
    if let Err(error) = done.instrument(span).await {
        tracing::warn!(%error, delivery.id = %follow_up.delivery, "what came of asking cannot be written: {error}");
        // The follow-up is given back when this ends: not at once, or a broken disk would be asked without end.
        tokio::time::sleep(STORAGE_RETRY).await;
    }
}

async fn ask(service: &FollowUps, follow_up: &FollowUp) -> Result<Outcome, AskError> {
    match &follow_up.task {
        Task::Command(order) => command::run(service, follow_up, order).await,
        Task::Approval(approval) => approval::run(service, follow_up, approval).await,
        Task::Commit(unresolved) => commit::run(service, follow_up, unresolved).await,
        Task::Head(head) => head::run(service, follow_up, head).await,
    }
}

async fn settle(
    service: &FollowUps,
    follow_up: &FollowUp,
    outcome: Outcome,
    ending: FollowUpEnding,
) -> Result<(), StoreError> {
    for sentence in &outcome.sentences {
        tracing::info!("{sentence}");
    }
    let settlement = outcome.into_settlement(service, follow_up, ending);
    service.store.settle_follow_up(settlement).await?;
    let label = match ending {
        FollowUpEnding::Done => "done",
        FollowUpEnding::GaveUp => "gave_up",
    };
    service.metrics.followed_up(follow_up.task.as_str(), label);
    Ok(())
}

/// Tries again later, or gives up: then what nobody could ask about is refused, and what waits for approval goes on waiting.
async fn put_off(service: &FollowUps, follow_up: &FollowUp, error: AskError) -> Result<(), StoreError> {
    let (sentence, wait) = match error {
        AskError::Retryable { sentence, wait } => (sentence, wait),
        AskError::Permanent { sentence } => return give_up(service, follow_up, sentence).await,
    };
    let attempt = Attempt {
        attempts: follow_up.attempts.saturating_add(1),
        since: follow_up.since,
        now: service.clock.now(),
        retry_after: wait,
        give_up_after: service.give_up_after,
    };
    match attempt.next(chance()) {
        Next::At(at) => {
            tracing::info!(next_at = %at, "it is asked again: {sentence}");
            service.metrics.followed_up(follow_up.task.as_str(), "again");
            service.store.put_off_follow_up(follow_up.delivery, at, sentence).await
        }
        Next::GiveUp => give_up(service, follow_up, sentence).await,
    }
}

async fn give_up(service: &FollowUps, follow_up: &FollowUp, sentence: String) -> Result<(), StoreError> {
    // The operator has to see to it: a token that may not ask is nothing that whoever commands can mend.
    tracing::warn!(delivery.id = %follow_up.delivery, "follow-up work was given up: {sentence}");
    if matches!(follow_up.stage, Stage::Replying(_)) {
        return service.store.end_reply(follow_up.delivery, Some(sentence)).await;
    }
    let outcome = Outcome::given_up(service, follow_up, sentence);
    settle(service, follow_up, outcome, FollowUpEnding::GaveUp).await
}
