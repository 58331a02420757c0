//! Evaluations one by one and in lists.

use forgegate_model::evaluation::{Evaluation, State};
use forgegate_model::ids::{EvaluationId, OrganizationId, ProjectId};
use forgegate_model::timestamp::Timestamp;

use super::rows::{EVALUATIONS, EvaluationRow};
use crate::error::StoreError;
use crate::page::newest;
use crate::rows::Rows;
use crate::store::{Listed, Page, Store};

/// Which evaluations are wanted. What is not named does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EvaluationFilter {
    /// Of these organizations.
    pub organizations: Option<Vec<OrganizationId>>,
    /// Of this project.
    pub project: Option<ProjectId>,
    /// In this state.
    pub state: Option<State>,
    /// Of this ref, in full or as people write it: without `refs/heads/` or `refs/tags/`.
    pub ref_name: Option<String>,
    /// Of this commit.
    pub sha: Option<String>,
    /// Made then or later.
    pub since: Option<Timestamp>,
    /// Made before then.
    pub until: Option<Timestamp>,
}

impl EvaluationFilter {
    fn wants(&self, it: &Evaluation) -> bool {
        let organizations = self.organizations.as_ref();
        organizations.is_none_or(|all| all.contains(&it.organization))
            && self.project.is_none_or(|project| it.project == project)
            && self.state.is_none_or(|state| it.state == state)
            && self.sha.as_ref().is_none_or(|sha| it.work.sha == *sha)
            && self.since.is_none_or(|since| it.created_at >= since)
            && self.until.is_none_or(|until| it.created_at < until)
            && self
                .ref_name
                .as_ref()
                .is_none_or(|name| is_ref(&it.work.ref_name, name))
    }
}

impl Store {
    /// The evaluation, if there is one.
    ///
    /// # Errors
    /// When storage is unavailable.
    pub async fn evaluation(&self, id: EvaluationId) -> Result<Option<Evaluation>, StoreError> {
        self.read(move |_, rows| {
            let row = rows.row::<EvaluationRow>(EVALUATIONS, id.as_bytes())?;
            Ok(row.map(|row| row.evaluation))
        })
        .await
    }

    /// A page of the evaluations that the filter wants.
    ///
    /// # Errors
    /// `Invalid` when the cursor is not one of this list.
    pub async fn evaluations(
        &self,
        filter: EvaluationFilter,
        page: Page,
    ) -> Result<Listed<Evaluation>, StoreError> {
        let window = page.window()?;
        self.read(move |_, rows| {
            let keep = |row: EvaluationRow| filter.wants(&row.evaluation).then_some(row.evaluation);
            newest(rows, EVALUATIONS, window, keep)
        })
        .await
    }
}

fn is_ref(full: &str, wanted: &str) -> bool {
    let short = |prefix| full.strip_prefix(prefix) == Some(wanted);
    full == wanted || short("refs/heads/") || short("refs/tags/")
}
