//! Evaluations one by one and in lists.

use forgegate_engine::{IndexEntry, ListQuery, Listed, Page, RowKind, RowMatch, Source, StoreError};
use forgegate_model::crypto;
use forgegate_model::evaluation::{Evaluation, State};
use forgegate_model::ids::{EvaluationId, OrganizationId, ProjectId};
use forgegate_model::timestamp::Timestamp;
use uuid::Uuid;

use super::rows::{EVALUATIONS, EvaluationRow, LIVE};
use crate::hash::half_hash;
use crate::indexes;
use crate::rows::{ReadRow, decode};
use crate::store::Store;

/// A filter for evaluations. A field that is absent narrows nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EvaluationFilter {
    /// Of these organizations.
    pub organizations: Option<Vec<OrganizationId>>,
    /// Of this project.
    pub project: Option<ProjectId>,
    /// Of this pull request of that project.
    pub pull_request: Option<u64>,
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

/// The number of rows that one page reads in vain at most.
const MOST_MISSES: usize = 5_000;

impl EvaluationFilter {
    fn wants(&self, it: &Evaluation) -> bool {
        let organizations = self.organizations.as_ref();
        organizations.is_none_or(|all| all.contains(&it.organization))
            && self.project.is_none_or(|project| it.project == project)
            && self
                .pull_request
                .is_none_or(|number| it.work.cause.pull_request == Some(number))
            && self.state.is_none_or(|state| it.state == state)
            && self.sha.as_ref().is_none_or(|sha| it.work.sha == *sha)
            && self.since.is_none_or(|since| it.created_at >= since)
            && self.until.is_none_or(|until| it.created_at < until)
            && self
                .ref_name
                .as_ref()
                .is_none_or(|name| is_ref(&it.work.ref_name, name))
    }

    /// The narrowest list that has all of them.
    fn source(&self) -> Source {
        let organization = match self.organizations.as_deref() {
            Some([one]) => Some(Source::Index(indexes::EVALUATIONS_OF_ORGANIZATION, *one.as_bytes())),
            _ => None,
        };
        let commit = self.sha.as_deref();
        let commit = commit.map(|sha| Source::Index(indexes::EVALUATIONS_OF_COMMIT, hash_of(sha)));
        let project = self.project;
        let project = project.map(|id| Source::Index(indexes::EVALUATIONS_OF_PROJECT, *id.as_bytes()));
        let pull_request = self.project.zip(self.pull_request);
        let pull_request = pull_request
            .map(|(id, number)| Source::Index(indexes::EVALUATIONS_OF_PULL_REQUEST, pull_request_key(id, number)));
        let live = self.state.filter(|state| state.is_live());
        commit
            .or(pull_request)
            .or_else(|| live.map(|_| Source::Few(LIVE)))
            .or(project)
            .or(organization)
            .unwrap_or(Source::All)
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

    /// A page of the evaluations that the filter wants. It may hold fewer than asked for and still have a next one.
    ///
    /// # Errors
    /// `Invalid` when the cursor is not one of this list.
    pub async fn evaluations(&self, filter: EvaluationFilter, page: Page) -> Result<Listed<Evaluation>, StoreError> {
        let window = page.window()?;
        self.read(move |shared, rows| {
            let query = ListQuery {
                table: EVALUATIONS,
                source: filter.source(),
                before: window.before.map(Uuid::into_bytes),
                limit: window.limit,
                most_misses: MOST_MISSES,
            };
            query.run(&shared.engine, rows, |_, row| {
                let EvaluationRow { evaluation, .. } = decode(EVALUATIONS, row)?;
                Ok(RowMatch::of(evaluation, |it| filter.wants(it)))
            })
        })
        .await
    }
}

/// The kind of these rows. Its number is on disk.
pub(crate) const EVALUATION: RowKind = RowKind {
    number: 1,
    table: EVALUATIONS,
    entries: entries_of_row,
};

/// The index entries of a row.
fn entries_of_row(_id: [u8; 16], row: &[u8]) -> Result<Vec<IndexEntry>, StoreError> {
    let row: EvaluationRow = decode(EVALUATIONS, row)?;
    Ok(entries(&row.evaluation))
}

/// The lists that an evaluation is in, from its making to its end.
pub(crate) fn entries(of: &Evaluation) -> Vec<IndexEntry> {
    let lists = [
        (indexes::EVALUATIONS_OF_ORGANIZATION, *of.organization.as_bytes()),
        (indexes::EVALUATIONS_OF_PROJECT, *of.project.as_bytes()),
        (indexes::EVALUATIONS_OF_COMMIT, hash_of(&of.work.sha)),
    ];
    let pull_request = of.work.cause.pull_request;
    let pull_request = pull_request.map(|number| {
        (
            indexes::EVALUATIONS_OF_PULL_REQUEST,
            pull_request_key(of.project, number),
        )
    });
    let listed = |(view, by)| IndexEntry::listed(view, &by, of.id.as_bytes());
    lists.into_iter().chain(pull_request).map(listed).collect()
}

/// A pull request as lists have it.
fn pull_request_key(project: ProjectId, number: u64) -> [u8; 16] {
    half_hash(&[project.as_bytes(), &number.to_be_bytes()])
}

/// A commit as lists have it. Two with one hash are told apart by the rows.
fn hash_of(sha: &str) -> [u8; 16] {
    let digest = crypto::sha256(sha.as_bytes());
    digest.first_chunk().copied().unwrap_or_default()
}

fn is_ref(full: &str, wanted: &str) -> bool {
    let short = |prefix| full.strip_prefix(prefix) == Some(wanted);
    full == wanted || short("refs/heads/") || short("refs/tags/")
}
