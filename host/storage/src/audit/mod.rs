//! The audit log: entries are appended, listed, and removed by age alone.

mod calls;

use std::ops::ControlFlow;

use forgegate_model::audit::AuditEntry;
use forgegate_model::ids::OrganizationId;
use forgegate_model::timestamp::Timestamp;

use crate::error::StoreError;
use crate::page::newest;
use crate::rows::{Direction, Row, Rows, Span, Table, decode};
use crate::store::{Listed, Page, Store};
use crate::tx::Tx;
use crate::writer::Write;

pub(crate) use calls::{Calls, Flush};

const AUDIT: Table = Table("audit");

impl Row for AuditEntry {
    const VERSION: u8 = 1;
}

/// Which entries are wanted. What is not named does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Of these organizations; what belongs to none is left out then.
    pub organizations: Option<Vec<OrganizationId>>,
    /// At that time or later.
    pub since: Option<Timestamp>,
    /// Before that time.
    pub until: Option<Timestamp>,
}

impl AuditFilter {
    fn wants(&self, entry: &AuditEntry) -> bool {
        let of = |all: &Vec<OrganizationId>| entry.organization.is_some_and(|it| all.contains(&it));
        self.organizations.as_ref().is_none_or(of)
            && self.since.is_none_or(|since| entry.at >= since)
            && self.until.is_none_or(|until| entry.at < until)
    }
}

impl Store {
    /// Writes down an entry that goes with no change: a refused call, a payload that was shown.
    ///
    /// # Errors
    /// When the writer is busy or storage unavailable.
    pub async fn record_audit(&self, entry: AuditEntry) -> Result<(), StoreError> {
        self.write(Record(entry)).await
    }

    /// A page of the entries that the filter wants.
    ///
    /// # Errors
    /// `Invalid` when the cursor is not one of this list.
    pub async fn audit(&self, filter: AuditFilter, page: Page) -> Result<Listed<AuditEntry>, StoreError> {
        if let Some(calls) = self.shared().calls.due() {
            self.write(calls).await?;
        }
        let window = page.window()?;
        self.read(move |_, rows| {
            let keep = |entry: AuditEntry| filter.wants(&entry).then_some(entry);
            newest(rows, AUDIT, window, keep)
        })
        .await
    }
}

/// Writes down the entry that goes with a change, in its transaction.
pub(crate) fn append(tx: &mut Tx<'_>, entry: Option<&AuditEntry>) -> Result<(), StoreError> {
    match entry {
        Some(entry) => tx.put_row(AUDIT, entry.id.as_bytes(), entry),
        None => Ok(()),
    }
}

/// Removes entries from before a time, the oldest first, at most so many. Tells how many went.
pub(crate) fn sweep(tx: &mut Tx<'_>, before: Timestamp, most: usize) -> Result<usize, StoreError> {
    let mut old = Vec::new();
    tx.walk(AUDIT, &Span::all(Direction::Up), &mut |key, bytes| {
        let entry: AuditEntry = decode(AUDIT, bytes)?;
        if entry.at >= before || old.len() >= most {
            return Ok(ControlFlow::Break(()));
        }
        old.push(key.to_vec());
        Ok(ControlFlow::Continue(()))
    })?;
    for key in &old {
        tx.remove(AUDIT, key)?;
    }
    Ok(old.len())
}

struct Record(AuditEntry);

impl Write for Record {
    type Output = ();

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        append(tx, Some(&self.0))
    }
}
