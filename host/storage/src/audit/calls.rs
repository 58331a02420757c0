//! Calls to forges: written down in memory, and into the log about once a second, so that none costs a sync of the disk.

use std::collections::HashSet;

use forgegate_engine::{StoreError, Write};
use forgegate_model::audit::AuditEntry;

use super::append;
use crate::memory::{Calls, MemoryState};
use crate::store::{Store, Tx};

/// The write that brings the log up, if there is something to write.
pub(crate) fn due(calls: &Calls) -> Option<Flush> {
    let waiting = calls.waiting();
    (!waiting.is_empty()).then_some(Flush(waiting))
}

impl Store {
    /// Writes down a call to a forge: it is listed at once, and on disk within a second or two, with what else is counted.
    pub fn note_call(&self, entry: AuditEntry) {
        self.shared().state.calls.note(entry);
    }
}

/// Appends entries to the log. Doing so twice changes nothing: their ids are their keys.
pub(crate) struct Flush(Vec<AuditEntry>);

impl Write<MemoryState> for Flush {
    type Output = ();

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        for entry in &self.0 {
            append(tx, Some(entry))?;
        }
        let ids: HashSet<_> = self.0.iter().map(|entry| entry.id).collect();
        tx.after_commit(move |shared| shared.state.calls.written(&ids));
        Ok(())
    }
}
