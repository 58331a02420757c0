//! Statuses in lists.

use forgegate_engine::{ListQuery, Listed, Page, RowMatch, Source, StoreError};
use forgegate_model::ids::{IntegrationId, OrganizationId, ProjectId};
use forgegate_model::status::{Status, StatusOutcome, StatusState};
use forgegate_model::timestamp::Timestamp;
use uuid::Uuid;

use super::row::{FAILED, STATUSES, StatusRow, WAITING};

use crate::indexes;
use crate::rows::decode;
use crate::store::Store;

/// A filter for statuses. A field that is absent narrows nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatusFilter {
    /// Of these organizations.
    pub organizations: Option<Vec<OrganizationId>>,
    /// Of this project.
    pub project: Option<ProjectId>,
    /// Through this integration.
    pub integration: Option<IntegrationId>,
    /// The state that the statuses report.
    pub state: Option<StatusState>,
    /// The outcome of sending them.
    pub outcome: Option<StatusOutcome>,
    /// Of this commit.
    pub sha: Option<String>,
    /// Written then or later.
    pub since: Option<Timestamp>,
    /// Written before then.
    pub until: Option<Timestamp>,
}

/// The number of rows that one page reads in vain at most.
const MOST_MISSES: usize = 5_000;

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
        let project = self.project.map(|id| (indexes::STATUSES_OF_PROJECT, *id.as_bytes()));
        let integration = self
            .integration
            .map(|id| (indexes::STATUSES_OF_INTEGRATION, *id.as_bytes()));
        let organization = match self.organizations.as_deref() {
            Some([one]) => Some((indexes::STATUSES_OF_ORGANIZATION, *one.as_bytes())),
            _ => None,
        };
        let index = project.or(integration).or(organization);
        few.or_else(|| index.map(|(index, by)| Source::Index(index, by)))
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
            let query = ListQuery {
                table: STATUSES,
                source: filter.source(),
                before: window.before.map(Uuid::into_bytes),
                limit: window.limit,
                most_misses: MOST_MISSES,
            };
            query.run(&shared.engine, rows, |_, row| {
                let StatusRow { status, .. } = decode(STATUSES, row)?;
                Ok(RowMatch::of(status, |it| filter.wants(it)))
            })
        })
        .await
    }
}
