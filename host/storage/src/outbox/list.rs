//! Statuses in lists.

use std::ops::ControlFlow;

use forgegate_model::ids::{IntegrationId, OrganizationId, ProjectId, StatusId};
use forgegate_model::status::{Status, StatusOutcome, StatusState};
use forgegate_model::timestamp::Timestamp;

use super::row::{FAILED, STATUSES, StatusRow, WAITING};
use crate::error::StoreError;
use crate::page::Effort;
use crate::rows::{Direction, Rows, Span, Table, decode};
use crate::store::{Listed, Page, Store};
use crate::views::View;

/// Which statuses are wanted. What is not named does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatusFilter {
    /// Of these organizations.
    pub organizations: Option<Vec<OrganizationId>>,
    /// Of this project.
    pub project: Option<ProjectId>,
    /// Through this integration.
    pub integration: Option<IntegrationId>,
    /// That say this.
    pub state: Option<StatusState>,
    /// That came to this.
    pub outcome: Option<StatusOutcome>,
    /// Of this commit.
    pub sha: Option<String>,
    /// Written then or later.
    pub since: Option<Timestamp>,
    /// Written before then.
    pub until: Option<Timestamp>,
}

/// How many rows one page looks at in vain.
const LOOKED_AT: usize = 5_000;

/// Where the ids of a list come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    View(View, [u8; 16]),
    /// A small table of ids.
    Few(Table),
    All,
}

impl StatusFilter {
    fn wants(&self, it: &Status) -> bool {
        let organizations = self.organizations.as_ref();
        organizations.is_none_or(|all| all.contains(&it.organization))
            && self.project.is_none_or(|project| it.project == project)
            && self.integration.is_none_or(|id| it.integration == Some(id))
            && self.state.is_none_or(|state| it.state == state)
            && self.outcome.is_none_or(|outcome| it.outcome == outcome)
            && self.sha.as_ref().is_none_or(|sha| it.sha == *sha)
            && self.since.is_none_or(|since| it.created_at >= since)
            && self.until.is_none_or(|until| it.created_at < until)
    }

    /// The narrowest list that has all of them.
    fn source(&self) -> Source {
        let few = match self.outcome {
            Some(StatusOutcome::Waiting) => Some(Source::Few(WAITING)),
            Some(StatusOutcome::Failed) => Some(Source::Few(FAILED)),
            _ => None,
        };
        let project = self.project.map(|id| (View::StatusesOfProject, *id.as_bytes()));
        let integration = self.integration.map(|id| (View::StatusesOfIntegration, *id.as_bytes()));
        let organization = match self.organizations.as_deref() {
            Some([one]) => Some((View::StatusesOfOrganization, *one.as_bytes())),
            _ => None,
        };
        let view = project.or(integration).or(organization);
        few.or_else(|| view.map(|(view, by)| Source::View(view, by)))
            .unwrap_or(Source::All)
    }
}

impl Store {
    /// A page of the statuses that the filter wants. It may hold fewer than asked for and still have a next one.
    ///
    /// # Errors
    /// `Invalid` when the cursor is not one of this list.
    pub async fn statuses(&self, filter: StatusFilter, page: Page) -> Result<Listed<Status>, StoreError> {
        let window = page.window()?;
        self.read(move |shared, rows| {
            let before = window.before.map(|id| *id.as_bytes());
            let mut span = Span::all(Direction::Down);
            if let Some(before) = &before {
                span = span.beyond(before);
            }
            let mut walk = Walk::new(&filter, window.limit);
            let mut by_id = |id: [u8; 16]| match rows.get(STATUSES, &id)? {
                Some(row) => walk.visit(&row),
                // It was made since this reading began.
                None => Ok(ControlFlow::Continue(())),
            };
            match filter.source() {
                Source::View(view, by) => shared.views.list(view, &by, before.as_ref(), &mut by_id)?,
                Source::Few(table) => rows.walk(table, &span, &mut |id, _| {
                    id.try_into().map_or(Ok(ControlFlow::Continue(())), &mut by_id)
                })?,
                Source::All => rows.walk(STATUSES, &span, &mut |_, row| walk.visit(row))?,
            }
            Ok(walk.listed())
        })
        .await
    }
}

/// A page while it is gathered.
struct Walk<'w> {
    filter: &'w StatusFilter,
    limit: usize,
    effort: Effort,
    items: Vec<Status>,
    last: Option<StatusId>,
    /// Whether there is a row behind the last that was looked at.
    has_more: bool,
}

impl<'w> Walk<'w> {
    fn new(filter: &'w StatusFilter, limit: usize) -> Self {
        Self {
            filter,
            limit,
            effort: Effort::of(LOOKED_AT),
            items: Vec::new(),
            last: None,
            has_more: false,
        }
    }

    fn visit(&mut self, row: &[u8]) -> Result<ControlFlow<()>, StoreError> {
        if self.items.len() >= self.limit || self.effort.is_spent() {
            self.has_more = true;
            return Ok(ControlFlow::Break(()));
        }
        let StatusRow { status, .. } = decode(STATUSES, row)?;
        self.last = Some(status.id);
        if self.filter.wants(&status) {
            self.items.push(status);
        } else {
            self.effort.miss();
        }
        Ok(ControlFlow::Continue(()))
    }

    fn listed(self) -> Listed<Status> {
        let next = self.last.filter(|_| self.has_more);
        Listed {
            items: self.items,
            next: next.map(|id| id.to_string()),
        }
    }
}
