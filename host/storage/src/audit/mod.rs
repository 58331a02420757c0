//! The audit log: entries are appended, listed, and removed by age alone.

mod calls;
mod list;

use forgegate_engine::{IndexEntry, RowKind, StoreError, Table, Write};
use forgegate_model::audit::AuditEntry;
use forgegate_model::evaluation::Evaluation;

use crate::indexes;
use crate::memory::MemoryState;
use crate::rows::{PutRow, Row, decode};
use crate::store::{Store, Tx};

pub(crate) use calls::{Flush, due};

pub use list::AuditFilter;

pub(crate) const AUDIT: Table = Table("audit");

impl Row for AuditEntry {
    const VERSION: u8 = 1;
}

impl Store {
    /// Writes down an entry that goes with no change: a refused call, a payload that was shown.
    ///
    /// # Errors
    /// When the writer is busy or storage unavailable.
    pub async fn record_audit(&self, entry: AuditEntry) -> Result<(), StoreError> {
        self.write(Record(entry)).await
    }
}

/// Writes down the entry that goes with a change, in its transaction.
pub(crate) fn append(tx: &mut Tx<'_>, entry: Option<&AuditEntry>) -> Result<(), StoreError> {
    match entry {
        Some(entry) => {
            let id = *entry.id.as_bytes();
            tx.put_row(AUDIT, &id, entry)?;
            tx.changed(&AUDIT_ENTRY, id, entries(id, entry));
            Ok(())
        }
        None => Ok(()),
    }
}

/// The same of an evaluation that only the transaction finds: the entry gets its organization, and it as the target.
pub(crate) fn append_about(
    tx: &mut Tx<'_>,
    entry: Option<&AuditEntry>,
    evaluation: &Evaluation,
) -> Result<(), StoreError> {
    let entry = entry.map(|entry| AuditEntry {
        organization: Some(evaluation.organization),
        target: format!("evaluation {}", evaluation.id),
        ..entry.clone()
    });
    append(tx, entry.as_ref())
}

/// The kind of these rows. Its number is on disk.
pub(crate) const AUDIT_ENTRY: RowKind = RowKind {
    number: 2,
    table: AUDIT,
    entries: entries_of_row,
};

/// The index entries of a row.
fn entries_of_row(id: [u8; 16], row: &[u8]) -> Result<Vec<IndexEntry>, StoreError> {
    Ok(entries(id, &decode(AUDIT, row)?))
}

pub(crate) fn entries(id: [u8; 16], entry: &AuditEntry) -> Vec<IndexEntry> {
    let organization = entry.organization.iter();
    organization
        .map(|it| IndexEntry::listed(indexes::AUDIT_OF_ORGANIZATION, it.as_bytes(), &id))
        .collect()
}

struct Record(AuditEntry);

impl Write<MemoryState> for Record {
    type Output = ();

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        append(tx, Some(&self.0))
    }
}
