//! Writes as values, and the state that they keep up.

use std::time::Instant;

use super::tx::Tx;
use crate::engine::Engine;
use crate::error::StoreError;

/// The state that the nouns keep in memory beside the tables: loaded when the store is opened, changed only after a commit.
pub trait State: Sized + Send + Sync + 'static {
    /// The engine that keeps the rows.
    type Engine: Engine;
    /// The write that brings the rows up to what was counted in memory.
    type Flush: Write<Self, Output = ()>;

    /// The flush that is due, if anything was counted. The writer asks about once a second; nobody awaits its answer.
    fn flush(&self) -> Option<Self::Flush>;
}

/// An operation that changes something: one type each.
pub trait Write<S: State>: Send + 'static {
    /// The answer to the caller.
    type Output: Send + 'static;

    /// Reads and writes rows. It may be called several times, each time on a fresh transaction, and must not keep anything between.
    ///
    /// # Errors
    /// An error before anything was written is the answer of this member alone. An error after that undoes the batch, which is applied
    /// again without this member.
    fn apply(&self, tx: &mut Tx<'_, S>) -> Result<Self::Output, StoreError>;

    /// The time from which on it is too late to begin: then it is dropped with `Expired`, unwritten.
    fn deadline(&self) -> Option<Instant> {
        None
    }
}
