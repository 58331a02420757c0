//! The audit log: entries are appended, listed, and removed by age alone.

mod calls;
mod list;

use std::ops::ControlFlow;

use forgegate_model::audit::AuditEntry;
use forgegate_model::evaluation::Evaluation;
use forgegate_model::timestamp::Timestamp;

use crate::error::StoreError;
use crate::rows::{Direction, Row, Rows, Span, Table, decode};
use crate::store::Store;
use crate::tx::Tx;
use crate::views::{Entry, Noun, View};
use crate::writer::Write;

pub(crate) use calls::{Calls, Flush};

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
            tx.changed(Noun::AuditEntry, id, entries(id, entry));
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

/// Removes entries from before a time, the oldest first, at most so many. Tells how many went.
pub(crate) fn sweep(tx: &mut Tx<'_>, before: Timestamp, most: usize) -> Result<usize, StoreError> {
    let mut old: Vec<([u8; 16], AuditEntry)> = Vec::new();
    tx.walk(AUDIT, &Span::all(Direction::Up), &mut |key, bytes| {
        let entry: AuditEntry = decode(AUDIT, bytes)?;
        if entry.at >= before || old.len() >= most {
            return Ok(ControlFlow::Break(()));
        }
        if let Ok(id) = key.try_into() {
            old.push((id, entry));
        }
        Ok(ControlFlow::Continue(()))
    })?;
    for (id, entry) in &old {
        tx.remove(AUDIT, id)?;
        let gone = entries(*id, entry).into_iter().map(Entry::gone);
        tx.changed(Noun::AuditEntry, *id, gone.collect());
    }
    Ok(old.len())
}

/// What views have of a row.
pub(crate) fn entries_of_row(id: [u8; 16], row: &[u8]) -> Result<Vec<Entry>, StoreError> {
    Ok(entries(id, &decode(AUDIT, row)?))
}

fn entries(id: [u8; 16], entry: &AuditEntry) -> Vec<Entry> {
    let organization = entry.organization.iter();
    organization
        .map(|it| Entry::listed(View::AuditOfOrganization, it.as_bytes(), &id))
        .collect()
}

struct Record(AuditEntry);

impl Write for Record {
    type Output = ();

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        append(tx, Some(&self.0))
    }
}
