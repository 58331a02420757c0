//! One batch: applied, committed, answered; and what follows when the disk fails.

use std::time::Instant;

use super::member::{Applied, Member};
use crate::database::Snapshot;
use crate::error::StoreError;
use crate::rows::{Rows, Table};
use crate::segments::Appends;
use crate::store::Shared;
use crate::tx::{Effects, Tx};

/// One row: the number of the last batch. It tells after a failure whether the batch under way was committed.
pub(crate) const HEAD: Table = Table("head");
const BATCH_NUMBER: &[u8] = b"batch";

/// A batch whose commit failed: whether it is on disk is known once the file is open again.
struct InDoubt {
    number: u64,
    effects: Effects,
}

/// The batches, one after the other.
pub(super) struct Batches<'s> {
    shared: &'s Shared,
    in_doubt: Option<InDoubt>,
}

enum Outcome {
    Done,
    /// Nothing of this batch is on disk.
    Lost(StoreError),
    /// Nobody knows yet.
    Doubtful(StoreError, InDoubt),
}

impl<'s> Batches<'s> {
    pub(super) const fn new(shared: &'s Shared) -> Self {
        Self { shared, in_doubt: None }
    }

    /// Writes a batch and answers its members.
    pub(super) fn write(&mut self, mut members: Vec<Box<dyn Member>>) {
        if members.is_empty() {
            return;
        }
        if let Err(error) = self.recover() {
            return refuse_all(members, &error);
        }
        self.shared.views.pending.wait_for_room();
        match self.attempt(&mut members) {
            Outcome::Done => members.into_iter().for_each(Member::answer),
            Outcome::Lost(error) => {
                self.fail(&error, None);
                refuse_all(members, &error);
            }
            Outcome::Doubtful(error, in_doubt) => {
                self.fail(&error, Some(in_doubt));
                refuse_all(members, &error);
            }
        }
    }

    /// Tries to open the file anew where that has to be done and nobody asks for a write.
    pub(super) fn recover_in_passing(&mut self) {
        if let Err(error) = self.recover() {
            tracing::warn!(%error, "the database cannot be opened yet");
        }
    }

    fn fail(&mut self, error: &StoreError, in_doubt: Option<InDoubt>) {
        tracing::error!(%error, "storage failed: nothing is written until the database was opened anew");
        self.shared.set_not_ready();
        self.in_doubt = in_doubt;
    }

    /// Opens the file anew, if it has to be. What is found committed counts.
    fn recover(&mut self) -> Result<(), StoreError> {
        if self.shared.is_ready() {
            return Ok(());
        }
        self.shared.database.reopen()?;
        let found = self.shared.database.read(number::<Snapshot>)?;
        if let Some(in_doubt) = self.in_doubt.take()
            && in_doubt.number == found
        {
            in_doubt.effects.apply(self.shared);
        }
        self.shared.set_ready();
        tracing::info!("storage is ready again");
        Ok(())
    }

    fn attempt(&self, members: &mut Vec<Box<dyn Member>>) -> Outcome {
        let outcome = self
            .shared
            .database
            .with(|engine| Ok(attempt(self.shared, engine, members)));
        outcome.unwrap_or_else(Outcome::Lost)
    }
}

/// Applies until no member fails, then commits.
fn attempt(shared: &Shared, engine: &redb::Database, members: &mut Vec<Box<dyn Member>>) -> Outcome {
    loop {
        let mut transaction = match engine.begin_write() {
            Ok(transaction) => transaction,
            Err(error) => return Outcome::Lost(StoreError::engine(error)),
        };
        transaction.set_quick_repair(true);
        if let Err(error) = transaction.set_durability(redb::Durability::Immediate) {
            return Outcome::Lost(StoreError::engine(error));
        }
        let mut tx = Tx::new(&transaction, shared);
        let failed = members
            .iter_mut()
            .position(|member| matches!(member.apply(&mut tx), Applied::Failed));
        if let Some(error) = tx.take_broken() {
            return Outcome::Lost(error);
        }
        if let Some(place) = failed {
            drop(tx);
            members.remove(place).answer();
        } else if !tx.has_written() {
            return Outcome::Done;
        } else {
            return match close(tx) {
                Ok((appends, batch)) => commit(shared, transaction, &appends, batch, members.len()),
                Err(error) => Outcome::Lost(error),
            };
        }
    }
}

/// Numbers the batch and ends the work on its tables.
fn close(mut tx: Tx<'_>) -> Result<(Appends, InDoubt), StoreError> {
    let number = number(&tx)? + 1;
    tx.put(HEAD, BATCH_NUMBER, &number.to_be_bytes())?;
    let (appends, effects) = tx.close()?;
    Ok((appends, InDoubt { number, effects }))
}

/// What rows refer to is on disk before the rows are.
fn commit(
    shared: &Shared,
    transaction: redb::WriteTransaction,
    appends: &Appends,
    batch: InDoubt,
    members: usize,
) -> Outcome {
    let began = Instant::now();
    if let Err(error) = shared.segments.write(appends) {
        return Outcome::Lost(error);
    }
    match transaction.commit() {
        Ok(()) => {
            shared.figures.committed(members, began.elapsed());
            batch.effects.apply(shared);
            Outcome::Done
        }
        Err(error) => Outcome::Doubtful(StoreError::engine(error), batch),
    }
}

/// The number of the last batch that was committed.
fn number<R: Rows>(rows: &R) -> Result<u64, StoreError> {
    let bytes = rows.get(HEAD, BATCH_NUMBER)?.unwrap_or_default();
    Ok(bytes.try_into().map_or(0, u64::from_be_bytes))
}

fn refuse_all(members: Vec<Box<dyn Member>>, error: &StoreError) {
    for member in members {
        member.refuse(error.clone());
    }
}
