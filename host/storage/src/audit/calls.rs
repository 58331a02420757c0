//! Calls to forges: written down in memory, and into the log about once a second, so that none costs a sync of the disk.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use forgegate_model::audit::AuditEntry;
use forgegate_model::ids::AuditId;

use super::append;
use crate::error::StoreError;
use crate::store::Store;
use crate::tx::Tx;
use crate::writer::Write;

/// How many may wait for the disk. Beyond that the disk does not keep up, or is not there: then the oldest go, and the log says so.
const MOST: usize = 65_536;

/// What is not yet written.
#[derive(Debug, Default)]
pub(crate) struct Calls(Mutex<Vec<AuditEntry>>);

impl Calls {
    fn note(&self, entry: AuditEntry) {
        let mut waiting = self.lock();
        if waiting.len() >= MOST {
            tracing::error!(
                "calls to forges cannot be written down; the oldest {} are lost",
                MOST / 2
            );
            waiting.drain(..MOST / 2);
        }
        waiting.push(entry);
    }

    /// The write that brings the log up, if there is something to write.
    pub(crate) fn due(&self) -> Option<Flush> {
        let waiting = self.lock();
        (!waiting.is_empty()).then(|| Flush(waiting.clone()))
    }

    fn written(&self, ids: &HashSet<AuditId>) {
        self.lock().retain(|entry| !ids.contains(&entry.id));
    }

    fn lock(&self) -> MutexGuard<'_, Vec<AuditEntry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store {
    /// Writes down a call to a forge: it is listed at once, and on disk within a second or two, with what else is counted.
    pub fn note_call(&self, entry: AuditEntry) {
        self.shared().calls.note(entry);
    }
}

/// Appends entries to the log. Doing so twice changes nothing: their ids are their keys.
pub(crate) struct Flush(Vec<AuditEntry>);

impl Write for Flush {
    type Output = ();

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        for entry in &self.0 {
            append(tx, Some(entry))?;
        }
        let ids: HashSet<_> = self.0.iter().map(|entry| entry.id).collect();
        tx.after_commit(move |shared| shared.calls.written(&ids));
        Ok(())
    }
}
