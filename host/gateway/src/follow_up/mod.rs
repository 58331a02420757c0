//! What is asked of a forge after a delivery was answered, and what follows: durable, retried, on record.
//!
//! `wanted` says what a delivery leaves to be asked. What is due is taken here and asked: `command` (may they do that?), `approval` (does the
//! review count, and for which commit?), `commit` (which one has the tag?), `head` (is it the last, and may those who brought it write?). What
//! follows is decided by the model and done by storage in one transaction; then `reply` tells whoever gave a command. `asking` is what they share.

mod approval;
mod asking;
mod command;
mod commit;
mod head;
mod reply;
mod wanted;

use std::sync::Arc;
use std::time::Duration;

use forgegate_model::follow_up::{FollowUp, Stage, Task};
use forgegate_model::status::{Attempt, Next};
use forgegate_storage::{FollowUpEnding, StoreError, TakenFollowUp};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::task::TaskTracker;
use tracing::Instrument;

use crate::chance::chance;
use crate::gateway::Gateway;
use asking::{AskError, Said};

pub use asking::Accounts;
pub use wanted::{Concerned, wanted};

/// How much is asked at once.
const AT_ONCE: usize = 32;
/// How long nothing is looked at, at most, where nothing says that there is work.
const IDLE: Duration = Duration::from_secs(60);
/// How long after a failure of storage it is asked again.
const AGAIN: Duration = Duration::from_secs(1);
/// The shortest wait, so that nothing that cannot be taken is looked at again and again.
const LEAST: Duration = Duration::from_millis(10);

/// Asks what is due until the gateway drains; what is under way then comes to its end.
pub async fn run(gateway: Arc<Gateway>) {
    let seats = Arc::new(Semaphore::new(AT_ONCE));
    let under_way = TaskTracker::new();
    let mut arrived = gateway.store.follow_up_arrived();
    while !gateway.draining.is_cancelled() {
        arrived.mark_unchanged();
        let pause = take(&gateway, &seats, &under_way).await;
        tokio::select! {
            () = gateway.draining.cancelled() => break,
            _ = arrived.changed() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
    under_way.close();
    under_way.wait().await;
}

/// Takes what is due and has it asked, each in a task of its own. Answers how long there is nothing to look for.
async fn take(gateway: &Arc<Gateway>, seats: &Arc<Semaphore>, under_way: &TaskTracker) -> Duration {
    // One seat is waited for, so that nothing is looked for in vain.
    let Ok(first) = Arc::clone(seats).acquire_owned().await else {
        return IDLE;
    };
    let mut free: Vec<OwnedSemaphorePermit> = vec![first];
    free.extend(std::iter::from_fn(|| Arc::clone(seats).try_acquire_owned().ok()));
    match gateway.store.take_follow_ups(gateway.clock.now(), free.len()).await {
        Ok(taken) => {
            for (taken, seat) in taken.into_iter().zip(free) {
                under_way.spawn(work(Arc::clone(gateway), taken, seat));
            }
        }
        Err(error) => {
            tracing::warn!(%error, "what has to be asked cannot be read: {error}");
            return AGAIN;
        }
    }
    let due = gateway.store.next_follow_up_due();
    let now = gateway.clock.now();
    due.map_or(IDLE, |at| {
        let micros = at.micros().saturating_sub(now.micros());
        Duration::from_micros(u64::try_from(micros).unwrap_or_default()).clamp(LEAST, IDLE)
    })
}

/// Asks or tells, and writes down what came of it.
async fn work(gateway: Arc<Gateway>, taken: TakenFollowUp, _seat: OwnedSemaphorePermit) {
    let follow_up = &taken.follow_up;
    let span = tracing::info_span!("follow-up", delivery.id = %follow_up.delivery, task = follow_up.task.as_str());
    let done = async {
        match &follow_up.stage {
            Stage::Replying(reply) => match reply::send(&gateway, follow_up, reply).await {
                Ok(sentence) => gateway.store.end_reply(follow_up.delivery, sentence).await,
                Err(trouble) => put_off(&gateway, follow_up, trouble).await,
            },
            _ => match ask(&gateway, follow_up).await {
                Ok(said) => settle(&gateway, follow_up, said, FollowUpEnding::Done).await,
                Err(trouble) => put_off(&gateway, follow_up, trouble).await,
            },
        }
    };
    if let Err(error) = done.instrument(span).await {
        tracing::warn!(%error, delivery.id = %follow_up.delivery, "what came of asking cannot be written: {error}");
        // Whoever holds it gives it back: not at once, or a broken disk would be asked without end.
        tokio::time::sleep(AGAIN).await;
    }
}

async fn ask(gateway: &Gateway, follow_up: &FollowUp) -> Result<Said, AskError> {
    match &follow_up.task {
        Task::Command(order) => command::ask(gateway, follow_up, order).await,
        Task::Approval(approval) => approval::ask(gateway, follow_up, approval).await,
        Task::Commit(unresolved) => commit::ask(gateway, follow_up, unresolved).await,
        Task::Head(head) => head::ask(gateway, follow_up, head).await,
    }
}

async fn settle(gateway: &Gateway, follow_up: &FollowUp, said: Said, ending: FollowUpEnding) -> Result<(), StoreError> {
    for sentence in &said.sentences {
        tracing::info!("{sentence}");
    }
    let settlement = said.into_settlement(gateway, follow_up, ending);
    gateway.store.settle_follow_up(settlement).await?;
    let word = match ending {
        FollowUpEnding::Done => "done",
        FollowUpEnding::GaveUp => "gave_up",
    };
    gateway.metrics.followed_up(follow_up.task.as_str(), word);
    Ok(())
}

/// Tries again later, or gives up: then what nobody could ask about is refused, and what waits for approval goes on waiting.
async fn put_off(gateway: &Gateway, follow_up: &FollowUp, trouble: AskError) -> Result<(), StoreError> {
    let (sentence, wait) = match trouble {
        AskError::Later { sentence, wait } => (sentence, wait),
        AskError::Never { sentence } => return give_up(gateway, follow_up, sentence).await,
    };
    let attempt = Attempt {
        attempts: follow_up.attempts.saturating_add(1),
        since: follow_up.since,
        now: gateway.clock.now(),
        retry_after: wait,
        give_up_after: gateway.config.reporting.give_up_after,
    };
    match attempt.next(chance()) {
        Next::At(at) => {
            tracing::info!(next_at = %at, "it is asked again: {sentence}");
            gateway.metrics.followed_up(follow_up.task.as_str(), "again");
            gateway.store.put_off_follow_up(follow_up.delivery, at, sentence).await
        }
        Next::GiveUp => give_up(gateway, follow_up, sentence).await,
    }
}

async fn give_up(gateway: &Gateway, follow_up: &FollowUp, sentence: String) -> Result<(), StoreError> {
    // The operator has to see to it: a token that may not ask is nothing that whoever commands can mend.
    tracing::warn!(delivery.id = %follow_up.delivery, "follow-up work was given up: {sentence}");
    if matches!(follow_up.stage, Stage::Replying(_)) {
        return gateway.store.end_reply(follow_up.delivery, Some(sentence)).await;
    }
    let said = Said::given_up(gateway, follow_up, sentence);
    settle(gateway, follow_up, said, FollowUpEnding::GaveUp).await
}
