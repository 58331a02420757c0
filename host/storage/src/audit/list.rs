//! The list of the audit log, the newest first: by an organization's view where there is one organization, else by the log itself.

use std::ops::ControlFlow;
use std::time::Duration;

use forgegate_model::audit::AuditEntry;
use forgegate_model::ids::{AuditId, OrganizationId};
use forgegate_model::timestamp::Timestamp;

use super::AUDIT;
use crate::error::StoreError;
use crate::page::Effort;
use crate::rows::{Direction, Rows, Span, decode};
use crate::store::{Listed, Page, Store};
use crate::views::View;

/// How many entries one page looks at in vain.
const LOOKED_AT: usize = 2_000;
/// By how much the order of ids may differ from that of times.
const SKEW: Duration = Duration::from_mins(2);

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
    /// The organization whose list has all of them; none where only the whole log has.
    fn organization(&self) -> Option<OrganizationId> {
        match self.organizations.as_deref() {
            Some([one]) => Some(*one),
            _ => None,
        }
    }

    /// Where the first page begins: ids are in the order of time, or nearly.
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
        if let Some(calls) = self.shared().calls.due() {
            self.write(calls).await?;
        }
        let window = page.window()?;
        self.read(move |shared, rows| {
            let before = window.before.map(|id| *id.as_bytes());
            let before = before.into_iter().chain(filter.before()).min();
            let mut walk = Walk::new(&filter, window.limit);
            match filter.organization() {
                Some(organization) => {
                    let view = View::AuditOfOrganization;
                    shared
                        .views
                        .list(view, organization.as_bytes(), before.as_ref(), &mut |id| {
                            // An entry that the list has and this reading has not was committed since, or is gone.
                            match rows.get(AUDIT, &id)? {
                                Some(row) => walk.visit(id, &row),
                                None => Ok(ControlFlow::Continue(())),
                            }
                        })?;
                }
                None => {
                    let mut span = Span::all(Direction::Down);
                    if let Some(before) = before {
                        span = span.beyond(&before);
                    }
                    rows.walk(AUDIT, &span, &mut |id, row| match id.try_into() {
                        Ok(id) => walk.visit(id, row),
                        Err(_) => Ok(ControlFlow::Continue(())),
                    })?;
                }
            }
            Ok(walk.listed())
        })
        .await
    }
}

/// A page while it is gathered.
struct Walk<'w> {
    filter: &'w AuditFilter,
    limit: usize,
    effort: Effort,
    items: Vec<AuditEntry>,
    last: Option<AuditId>,
    /// Whether there is an entry behind the last that was looked at.
    has_more: bool,
}

impl<'w> Walk<'w> {
    fn new(filter: &'w AuditFilter, limit: usize) -> Self {
        Self {
            filter,
            limit,
            effort: Effort::of(LOOKED_AT),
            items: Vec::new(),
            last: None,
            has_more: false,
        }
    }

    fn visit(&mut self, id: [u8; 16], row: &[u8]) -> Result<ControlFlow<()>, StoreError> {
        if self.items.len() >= self.limit || self.effort.is_spent() {
            self.has_more = true;
            return Ok(ControlFlow::Break(()));
        }
        let entry: AuditEntry = decode(AUDIT, row)?;
        if self.filter.is_past(&entry) {
            return Ok(ControlFlow::Break(()));
        }
        self.last = Some(AuditId::from_bytes(id));
        if self.filter.wants(&entry) {
            self.items.push(entry);
        } else {
            self.effort.miss();
        }
        Ok(ControlFlow::Continue(()))
    }

    fn listed(self) -> Listed<AuditEntry> {
        let next = self.last.filter(|_| self.has_more);
        Listed {
            items: self.items,
            next: next.map(|id| id.to_string()),
        }
    }
}
