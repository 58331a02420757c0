//! A write that waits for its turn, with whoever awaits the answer.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use tokio::sync::oneshot;

use crate::error::StoreError;
use crate::shared::{State, Tx, Write};

/// The outcome of applying one member of a batch.
pub(super) enum Applied {
    /// It wrote, or refused before it wrote anything: the batch goes on.
    Fine,
    /// It failed with something written: the batch has to begin again without it.
    Failed,
}

/// A waiting write, whatever its type.
pub(super) trait Member<S: State>: Send {
    /// True once its time has passed.
    fn is_expired(&self, now: Instant) -> bool;

    /// Applies it and keeps the result.
    fn apply(&mut self, tx: &mut Tx<'_, S>) -> Applied;

    /// Answers with the result that `apply` kept.
    fn answer(self: Box<Self>);

    /// Answers with this error, whatever `apply` kept.
    fn refuse(self: Box<Self>, error: StoreError);
}

pub(super) struct Job<S: State, W: Write<S>> {
    write: W,
    result: Option<Result<W::Output, StoreError>>,
    reply: oneshot::Sender<Result<W::Output, StoreError>>,
}

impl<S: State, W: Write<S>> Job<S, W> {
    pub(super) fn new(write: W) -> (Self, oneshot::Receiver<Result<W::Output, StoreError>>) {
        let (reply, answer) = oneshot::channel();
        let job = Self {
            write,
            result: None,
            reply,
        };
        (job, answer)
    }
}

impl<S: State, W: Write<S>> Member<S> for Job<S, W> {
    fn is_expired(&self, now: Instant) -> bool {
        self.write.deadline().is_some_and(|deadline| deadline <= now)
    }

    fn apply(&mut self, tx: &mut Tx<'_, S>) -> Applied {
        let result = catch_unwind(AssertUnwindSafe(|| self.write.apply(tx)));
        let panicked = result.is_err();
        let result = result.unwrap_or_else(|_| Err(StoreError::Unavailable("the write panicked".to_owned())));
        let touched = tx.take_touched();
        let failed = result.is_err() && (touched || panicked);
        self.result = Some(result);
        if failed { Applied::Failed } else { Applied::Fine }
    }

    fn answer(self: Box<Self>) {
        let result = self
            .result
            .unwrap_or_else(|| Err(StoreError::Unavailable("it was not applied".to_owned())));
        // Whoever asked may have gone; what was written stays written.
        let _gone = self.reply.send(result);
    }

    fn refuse(self: Box<Self>, error: StoreError) {
        let _gone = self.reply.send(Err(error));
    }
}
