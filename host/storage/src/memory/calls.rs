//! Calls to forges that are not yet in the audit log.

use std::collections::HashSet;

use forgegate_model::audit::AuditEntry;
use forgegate_model::ids::AuditId;
use forgegate_model::lock::Lock;

/// Most audit entries that may wait for the disk. Beyond that the disk does not keep up, or is not there: then
/// the oldest go, and the log says so.
const MOST: usize = 65_536;

/// The calls that are not yet written.
#[derive(Debug, Default)]
pub(crate) struct Calls(Lock<Vec<AuditEntry>>);

impl Calls {
    /// Notes a call.
    pub(crate) fn note(&self, entry: AuditEntry) {
        let mut waiting = self.0.lock();
        if waiting.len() >= MOST {
            tracing::error!(
                "calls to forges cannot be written down; the oldest {} are lost",
                MOST / 2
            );
            waiting.drain(..MOST / 2);
        }
        waiting.push(entry);
    }

    /// Those that wait.
    pub(crate) fn waiting(&self) -> Vec<AuditEntry> {
        self.0.lock().clone()
    }

    /// Drops those that were written.
    pub(crate) fn written(&self, ids: &HashSet<AuditId>) {
        self.0.lock().retain(|entry| !ids.contains(&entry.id));
    }
}
