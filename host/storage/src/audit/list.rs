//! The list of the audit log, the newest first: by an organization's index where there is one organization, else by the log itself.

use std::time::Duration;

use forgegate_engine::{ListQuery, Listed, Page, RowMatch, Source, StoreError};
use forgegate_model::audit::AuditEntry;
use forgegate_model::ids::OrganizationId;
use forgegate_model::timestamp::Timestamp;
use uuid::Uuid;

use super::AUDIT;

use crate::indexes;
use crate::rows::decode;
use crate::store::Store;

/// The number of entries that one page reads in vain at most.
const MOST_MISSES: usize = 2_000;
/// By how much the order of ids may differ from that of times.
const SKEW: Duration = Duration::from_mins(2);

/// A filter for audit entries. A field that is absent narrows nothing.
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
    /// The narrowest list that has all of them.
    fn source(&self) -> Source {
        match self.organizations.as_deref() {
            Some([one]) => Source::Index(indexes::AUDIT_OF_ORGANIZATION, *one.as_bytes()),
            _ => Source::All,
        }
    }

    /// The key at which the first page begins: ids are in the order of time, or nearly.
    fn before(&self) -> Option<[u8; 16]> {
        let until = self.until?.plus(SKEW);
        let milliseconds = u64::try_from(until.micros() / 1_000).ok()?;
        let mut before = [u8::MAX; 16];
        let (time, _) = before.split_first_chunk_mut::<6>()?;
        let [_, _, bytes @ ..] = milliseconds.to_be_bytes();
        *time = bytes;
        Some(before)
    }

    fn is_past(&self, entry: &AuditEntry) -> bool {
        self.since.is_some_and(|since| entry.at < since.minus(SKEW))
    }

    fn wants(&self, entry: &AuditEntry) -> bool {
        let of = |all: &Vec<OrganizationId>| entry.organization.is_some_and(|it| all.contains(&it));
        self.organizations.as_ref().is_none_or(of)
            && self.since.is_none_or(|since| entry.at >= since)
            && self.until.is_none_or(|until| entry.at < until)
    }
}

impl Store {
    /// A page of the entries that the filter wants. Where few of many fit it may have fewer than asked for, and a cursor to go on.
    ///
    /// # Errors
    /// `Invalid` when the cursor is not one of this list.
    pub async fn audit(&self, filter: AuditFilter, page: Page) -> Result<Listed<AuditEntry>, StoreError> {
        if let Some(calls) = super::due(&self.shared().state.calls) {
            self.write(calls).await?;
        }
        let window = page.window()?;
        self.read(move |shared, rows| {
            let before = window.before.map(Uuid::into_bytes);
            let query = ListQuery {
                table: AUDIT,
                source: filter.source(),
                before: before.into_iter().chain(filter.before()).min(),
                limit: window.limit,
                most_misses: MOST_MISSES,
            };
            query.run(&shared.engine, rows, |_, row| {
                let entry: AuditEntry = decode(AUDIT, row)?;
                if filter.is_past(&entry) {
                    return Ok(RowMatch::Past);
                }
                Ok(RowMatch::of(entry, |it| filter.wants(it)))
            })
        })
        .await
    }
}
