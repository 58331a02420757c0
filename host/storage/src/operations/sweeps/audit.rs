//! Entries of the audit log that are too old.

use std::ops::ControlFlow;

use forgegate_engine::{Direction, IndexEntry, Rows, Span, StoreError};
use forgegate_model::audit::AuditEntry;
use forgegate_model::timestamp::Timestamp;

use super::steps::STEP;
use crate::audit::{AUDIT, AUDIT_ENTRY, entries};
use crate::rows::{ReadRow, decode};
use crate::store::{Store, Tx};

impl Store {
    /// Removes entries from before a time. Tells how many went.
    pub(super) async fn sweep_audit(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.remove_in_steps(move |_, rows| find(rows, before), remove).await
    }
}

fn find(rows: &impl Rows, before: Timestamp) -> Result<Vec<[u8; 16]>, StoreError> {
    let mut old = Vec::new();
    rows.walk(AUDIT, &Span::all(Direction::Up), &mut |id, bytes| {
        let entry: AuditEntry = decode(AUDIT, bytes)?;
        if entry.at >= before || old.len() >= STEP {
            return Ok(ControlFlow::Break(()));
        }
        old.extend(<[u8; 16]>::try_from(id));
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(old)
}

fn remove(tx: &mut Tx<'_>, id: &[u8; 16]) -> Result<bool, StoreError> {
    let Some(entry) = tx.row::<AuditEntry>(AUDIT, id)? else {
        return Ok(false);
    };
    tx.remove(AUDIT, id)?;
    let removed = entries(*id, &entry).into_iter().map(IndexEntry::removed);
    tx.changed(&AUDIT_ENTRY, *id, removed.collect());
    Ok(true)
}
