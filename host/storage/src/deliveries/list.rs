//! Lists of deliveries, the newest first.

use std::time::Duration;

use forgegate_engine::{ListQuery, Listed, Page, RowMatch, Source, StoreError};
use forgegate_model::delivery::{Delivery, Outcome};
use forgegate_model::event::Kind;
use forgegate_model::ids::{DeliveryId, IntegrationId, OrganizationId, ProjectId};
use forgegate_model::timestamp::Timestamp;
use uuid::Uuid;

use super::row::{DELIVERIES, DeliveryRow};

use crate::indexes;
use crate::rows::decode;
use crate::store::{Shared, Store};

/// The number of rows that one page reads in vain at most.
const MOST_MISSES: usize = 2_000;
/// By how much the order of ids may differ from that of arrival.
const SKEW: Duration = Duration::from_mins(1);

/// A filter for deliveries. A field that is absent narrows nothing.
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

    /// The narrowest list that has all of them.
    fn source(&self) -> Source {
        let organization = match self.organizations.as_deref() {
            Some([one]) => Some(one),
            _ => None,
        };
        let project = self.project.map(|id| (indexes::DELIVERIES_OF_PROJECT, *id.as_bytes()));
        let integration = self
            .integration
            .map(|id| (indexes::DELIVERIES_OF_INTEGRATION, *id.as_bytes()));
        let organization = organization.map(|id| (indexes::DELIVERIES_OF_ORGANIZATION, *id.as_bytes()));
        let index = project.or(integration).or(organization);
        index.map_or(Source::All, |(index, by)| Source::Index(index, by))
    }

    fn look(&self, shared: &Shared, id: [u8; 16], row: &[u8]) -> Result<RowMatch<Delivery>, StoreError> {
        let row: DeliveryRow = decode(DELIVERIES, row)?;
        if self.is_past(&row) {
            return Ok(RowMatch::Past);
        }
        if !self.admits(&row) {
            return Ok(RowMatch::Unwanted);
        }
        match row.open(&shared.vault, &shared.state.repeats, DeliveryId::from_bytes(id)) {
            Ok(delivery) => Ok(RowMatch::Wanted(delivery)),
            // Its organization is gone, and with it the key; the row follows in the next sweep.
            Err(StoreError::Sealed(_)) => Ok(RowMatch::Unwanted),
            Err(error) => Err(error),
        }
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
            let query = ListQuery {
                table: DELIVERIES,
                source: filter.source(),
                before: window.before.map(Uuid::into_bytes),
                limit: window.limit,
                most_misses: MOST_MISSES,
            };
            query.run(&shared.engine, rows, |id, row| filter.look(shared, id, row))
        })
        .await
    }
}
