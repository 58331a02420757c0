//! One batch: applied, committed, answered; and what follows when the engine fails.

use std::time::Instant;

use super::member::{Applied, Member};
use crate::engine::{Batch, CommitError, Engine, Transaction};
use crate::error::StoreError;
use crate::shared::{Hook, Shared, State, Tx};

/// The batches, one after the other.
pub(super) struct Batches<'s, S: State> {
    shared: &'s Shared<S>,
    /// The hooks of the batch whose commit is in doubt.
    in_doubt: Vec<Hook<S>>,
}

enum Outcome<S: State> {
    Done,
    /// Nothing of this batch is on disk.
    Lost(StoreError),
    /// Nobody knows yet.
    InDoubt(StoreError, Vec<Hook<S>>),
}

impl<'s, S: State> Batches<'s, S> {
    pub(super) const fn new(shared: &'s Shared<S>) -> Self {
        Self {
            shared,
            in_doubt: Vec::new(),
        }
    }

    /// Writes a batch and answers its members.
    pub(super) fn write(&mut self, mut members: Vec<Box<dyn Member<S>>>) {
        if members.is_empty() {
            return;
        }
        if let Err(error) = self.recover() {
            return refuse_all(members, &error);
        }
        self.shared.engine.wait_for_room();
        let (error, hooks) = match attempt(self.shared, &mut members) {
            Outcome::Done => return members.into_iter().for_each(Member::answer),
            Outcome::Lost(error) => (error, Vec::new()),
            Outcome::InDoubt(error, hooks) => (error, hooks),
        };
        tracing::error!(%error, "storage failed: nothing is written until the database was opened anew");
        self.shared.set_ready(false);
        self.in_doubt = hooks;
        refuse_all(members, &error);
    }

    /// Tries to recover where that has to be done and nobody asks for a write.
    pub(super) fn recover_in_passing(&mut self) {
        if let Err(error) = self.recover() {
            tracing::warn!(%error, "the database cannot be opened yet");
        }
    }

    /// Brings the engine back, if it has to be. What is found committed counts.
    fn recover(&mut self) -> Result<(), StoreError> {
        if self.shared.can_write() {
            return Ok(());
        }
        let was_committed = self.shared.engine.recover()?;
        let hooks = std::mem::take(&mut self.in_doubt);
        if was_committed {
            run_all(hooks, self.shared);
        }
        self.shared.set_ready(true);
        tracing::info!("storage is ready again");
        Ok(())
    }
}

/// Applies until no member fails, then commits.
fn attempt<S: State>(shared: &Shared<S>, members: &mut Vec<Box<dyn Member<S>>>) -> Outcome<S> {
    loop {
        let batch = match shared.engine.begin() {
            Ok(batch) => batch,
            Err(error) => return Outcome::Lost(error),
        };
        let mut tx = Tx::new(batch.transaction(), shared);
        let failed = members
            .iter_mut()
            .position(|member| matches!(member.apply(&mut tx), Applied::Failed));
        if let Some(error) = tx.failure() {
            return Outcome::Lost(error);
        }
        if let Some(position) = failed {
            drop(tx);
            members.remove(position).answer();
            continue;
        }
        if !tx.has_written() {
            return Outcome::Done;
        }
        let (transaction, hooks) = tx.into_parts();
        let closed = match transaction.close() {
            Ok(closed) => closed,
            Err(error) => return Outcome::Lost(error),
        };
        let began = Instant::now();
        match batch.commit(closed) {
            Ok(()) => {
                shared.counters.committed(members.len(), began.elapsed());
                run_all(hooks, shared);
                return Outcome::Done;
            }
            Err(CommitError::Conflict) => {}
            Err(CommitError::Lost(error)) => return Outcome::Lost(error),
            Err(CommitError::InDoubt(error)) => return Outcome::InDoubt(error, hooks),
        }
    }
}

fn run_all<S: State>(hooks: Vec<Hook<S>>, shared: &Shared<S>) {
    for hook in hooks {
        hook(shared);
    }
}

fn refuse_all<S: State>(members: Vec<Box<dyn Member<S>>>, error: &StoreError) {
    for member in members {
        member.refuse(error.clone());
    }
}
