//! Lists of deliveries, the newest first.

use std::ops::ControlFlow;
use std::time::Duration;

use forgegate_model::delivery::{Delivery, Outcome};
use forgegate_model::event::Kind;
use forgegate_model::ids::{DeliveryId, IntegrationId, OrganizationId, ProjectId};
use forgegate_model::timestamp::Timestamp;

use super::row::{DELIVERIES, DeliveryRow};
use crate::database::Snapshot;
use crate::error::StoreError;
use crate::page::Effort;
use crate::rows::{Direction, Rows, Span, decode};
use crate::store::{Listed, Page, Shared, Store};
use crate::views::View;

/// How many rows one page looks at in vain.
const LOOKED_AT: usize = 2_000;
/// By how much the order of ids may differ from that of arrival.
const SKEW: Duration = Duration::from_mins(1);

/// Which deliveries are wanted. What is left out narrows nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeliveryFilter {
    /// Those of one of these organizations.
    pub organizations: Option<Vec<OrganizationId>>,
    /// Those of this integration.
    pub integration: Option<IntegrationId>,
    /// Those that queued something for this project, or that it skipped.
    pub project: Option<ProjectId>,
    /// Those of this forge.
    pub forge: Option<String>,
    /// Those that ended so.
    pub outcome: Option<Outcome>,
    /// Those of this kind of event.
    pub event: Option<Kind>,
    /// Those that came then or later.
    pub since: Option<Timestamp>,
    /// Those that came before.
    pub until: Option<Timestamp>,
}

impl DeliveryFilter {
    fn admits(&self, row: &DeliveryRow) -> bool {
        let of = |organizations: &Vec<_>| row.belongs_to().any(|it| organizations.contains(&it));
        let integration = row.route().integration.as_ref().map(|(id, _)| *id);
        self.organizations.as_ref().is_none_or(of)
            && self.integration.is_none_or(|id| integration == Some(id))
            && self.project.is_none_or(|id| row.projects().contains(&id))
            && self.forge.as_ref().is_none_or(|forge| row.route().forge == *forge)
            && self.outcome.is_none_or(|outcome| row.outcome() == outcome)
            && self.event.is_none_or(|kind| row.kind() == Some(kind))
            && self.since.is_none_or(|since| row.received_at >= since)
            && self.until.is_none_or(|until| row.received_at < until)
    }

    /// The narrowest list that has all of them; none where only the whole table has.
    fn view(&self) -> Option<(View, [u8; 16])> {
        let organization = match self.organizations.as_deref() {
            Some([one]) => Some(one),
            _ => None,
        };
        let project = self.project.map(|id| (View::DeliveriesOfProject, *id.as_bytes()));
        let integration = self
            .integration
            .map(|id| (View::DeliveriesOfIntegration, *id.as_bytes()));
        let organization = organization.map(|id| (View::DeliveriesOfOrganization, *id.as_bytes()));
        project.or(integration).or(organization)
    }

    fn is_past(&self, row: &DeliveryRow) -> bool {
        self.since.is_some_and(|since| row.received_at < since.minus(SKEW))
    }
}

impl Store {
    /// A page of deliveries.
    ///
    /// # Errors
    /// `Invalid` for a cursor that is none of this list's, or when storage is unavailable.
    pub async fn deliveries(&self, filter: DeliveryFilter, page: Page) -> Result<Listed<Delivery>, StoreError> {
        let window = page.window()?;
        self.read(move |shared, rows| {
            let before = window.before.map(|id| *id.as_bytes());
            let mut walk = Walk::new(shared, &filter, window.limit);
            match filter.view() {
                Some((view, by)) => {
                    shared.views.list(view, &by, before.as_ref(), &mut |id| {
                        // A row that the list has and this reading has not was committed since, or is gone.
                        match rows.get(DELIVERIES, &id)? {
                            Some(row) => walk.visit(id, &row),
                            None => Ok(ControlFlow::Continue(())),
                        }
                    })?;
                }
                None => walk_all(rows, before, &mut walk)?,
            }
            Ok(walk.listed())
        })
        .await
    }
}

fn walk_all(rows: &Snapshot, before: Option<[u8; 16]>, walk: &mut Walk<'_>) -> Result<(), StoreError> {
    let mut span = Span::all(Direction::Down);
    if let Some(before) = before {
        span = span.beyond(&before);
    }
    rows.walk(DELIVERIES, &span, &mut |id, row| match id.try_into() {
        Ok(id) => walk.visit(id, row),
        Err(_) => Ok(ControlFlow::Continue(())),
    })
}

/// A page while it is gathered.
struct Walk<'w> {
    shared: &'w Shared,
    filter: &'w DeliveryFilter,
    limit: usize,
    effort: Effort,
    items: Vec<Delivery>,
    last: Option<DeliveryId>,
    /// Whether there is a row behind the last that was looked at.
    has_more: bool,
}

impl<'w> Walk<'w> {
    fn new(shared: &'w Shared, filter: &'w DeliveryFilter, limit: usize) -> Self {
        Self {
            shared,
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
        let id = DeliveryId::from_bytes(id);
        let row: DeliveryRow = decode(DELIVERIES, row)?;
        if self.filter.is_past(&row) {
            return Ok(ControlFlow::Break(()));
        }
        self.last = Some(id);
        if !self.filter.admits(&row) {
            self.effort.miss();
            return Ok(ControlFlow::Continue(()));
        }
        match row.reveal(&self.shared.vault, &self.shared.repeats, id) {
            Ok(delivery) => self.items.push(delivery),
            // Its organization is gone, and with it the key; the row follows in the next sweep.
            Err(StoreError::Sealed(_)) => self.effort.miss(),
            Err(error) => return Err(error),
        }
        Ok(ControlFlow::Continue(()))
    }

    fn listed(self) -> Listed<Delivery> {
        let next = self.last.filter(|_| self.has_more);
        Listed {
            items: self.items,
            next: next.map(|id| id.to_string()),
        }
    }
}
