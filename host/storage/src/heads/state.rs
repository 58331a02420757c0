//! What a delivery does to heads, in the transaction that records it; and deliveries that state what a look found.

use forgegate_engine::StoreError;
use forgegate_model::delivery::{Delivery, Reason, Skipped};
use forgegate_model::heads::HeadComparison;
use forgegate_model::ids::{DerivedIds, ProjectId};
use forgegate_model::project::Project;

use super::{HeadChange, HeadSource, row};
use crate::projects;
use crate::store::Tx;

/// Tells whether a delivery comes too late: what it tells of was stated by a look, and an evaluation was made of it.
pub(crate) fn was_stated(tx: &Tx<'_>, change: Option<&HeadChange>, project: &Project) -> Result<bool, StoreError> {
    let Some(change) = change.filter(|it| it.by == HeadSource::Delivery) else {
        return Ok(false);
    };
    let Some(sha) = &change.moved.after else {
        return Ok(false);
    };
    let last = row::last(tx, project, &change.moved.head)?;
    Ok(last.is_some_and(|it| it.watermark.was_synthesized(sha)))
}

/// The projects for which a head that a look found is still missed, when the writer comes to it.
pub(crate) fn still_missed(tx: &Tx<'_>, change: &HeadChange) -> Result<Vec<ProjectId>, StoreError> {
    let HeadSource::Poll(asked) = change.by else {
        return Ok(Vec::new());
    };
    let mut missed = Vec::new();
    for id in &change.projects {
        let Some(project) = there(tx, *id)? else { continue };
        let last = row::last(tx, &project, &change.moved.head)?;
        let watermark = last.map(|it| it.watermark).unwrap_or_default();
        if matches!(
            watermark.compare(change.moved.after.as_deref(), asked),
            HeadComparison::Missed(_)
        ) {
            missed.push(*id);
        }
    }
    Ok(missed)
}

/// Writes down what a delivery told of a head, once it is known what became of it.
pub(crate) fn note(tx: &mut Tx<'_>, delivery: &Delivery, change: Option<&HeadChange>) -> Result<(), StoreError> {
    let Some(change) = change.filter(|it| it.by != HeadSource::Replay) else {
        return Ok(());
    };
    let mut ids = DerivedIds::of(delivery.id.0);
    for id in &change.projects {
        let Some(project) = there(tx, *id)? else { continue };
        let last = row::last(tx, &project, &change.moved.head)?;
        let mut watermark = last.as_ref().map(|it| it.watermark.clone()).unwrap_or_default();
        let after = change.moved.after.as_deref();
        match change.by {
            HeadSource::Poll(_) if is_evaluated(delivery, *id) => watermark.note_synthesized(after),
            HeadSource::Poll(_) => watermark.note(after),
            HeadSource::Delivery | HeadSource::Replay => watermark.apply(&change.moved, delivery.received_at),
        }
        row::append(tx, ids.fresh(), &project, &change.moved.head, last, watermark)?;
    }
    Ok(())
}

/// Tells whether a project has an evaluation of what a delivery tells: this one's, or one under way.
fn is_evaluated(delivery: &Delivery, project: ProjectId) -> bool {
    let findings = &delivery.findings;
    let under_way = |it: &Skipped| it.project_id == project && it.reason == Reason::AlreadyInProgress;
    findings.queued.iter().any(|it| it.project_id == project) || findings.skipped.iter().any(under_way)
}

/// The project, unless it is gone. One whose row cannot be read has a head that is missed still.
fn there(tx: &Tx<'_>, id: ProjectId) -> Result<Option<Project>, StoreError> {
    match projects::get(tx, id) {
        Ok(project) => Ok(Some(project)),
        Err(StoreError::NotFound(_)) => Ok(None),
        Err(error) => {
            tracing::error!(%error, project = %id, "a project cannot be read");
            Ok(None)
        }
    }
}
