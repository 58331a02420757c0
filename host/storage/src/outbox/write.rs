//! Writing statuses: in the transaction that changes what they tell of.

use forgegate_engine::StoreError;
use forgegate_model::action::Action;
use forgegate_model::evaluation::{Check, Evaluation, State};
use forgegate_model::integration::Integration;
use forgegate_model::status::{
    Draft, Placement, Scene, Status, StatusMessage, StatusOutcome, drafts, line_of_check, lines_of_move,
};
use forgegate_model::timestamp::Timestamp;

use super::queue;
use super::row::{self, StatusRow};
use crate::store::Tx;
use crate::{actions, integrations, organizations, projects};

/// Writes what is to be told of an evaluation that was made, or moved from a state.
pub(crate) fn tell_move(
    tx: &mut Tx<'_>,
    before: Option<State>,
    now: &Evaluation,
    at: Timestamp,
) -> Result<(), StoreError> {
    tell(tx, now, &lines_of_move(before, now), at)
}

/// Writes what is to be told of a check that was reported.
pub(crate) fn tell_check(tx: &mut Tx<'_>, of: &Evaluation, check: &Check, at: Timestamp) -> Result<(), StoreError> {
    tell(tx, of, &[line_of_check(check)], at)
}

fn tell(
    tx: &mut Tx<'_>,
    evaluation: &Evaluation,
    lines: &[StatusMessage<'_>],
    at: Timestamp,
) -> Result<(), StoreError> {
    let actions = actions::of(tx, evaluation.project)?;
    if actions.is_empty() {
        return Ok(());
    }
    let project = projects::get(tx, evaluation.project)?;
    let organization = match organizations::ensure_there(tx, project.organization) {
        Ok(organization) => organization,
        // It is being deleted, and speaks no more.
        Err(StoreError::NotFound(_)) => return Ok(()),
        Err(error) => return Err(error),
    };
    let template = &tx.shared().state.options.status_context;
    let scene = Scene {
        template,
        organization: organization.name.as_str(),
        project: &project,
        evaluation,
        at,
    };
    for action in &actions {
        let integration = integration_of(tx, action)?;
        for draft in drafts(action, integration.as_ref(), lines, &scene) {
            enter(tx, action, &scene, draft)?;
        }
    }
    Ok(())
}

fn integration_of(tx: &Tx<'_>, action: &Action) -> Result<Option<Integration>, StoreError> {
    match action.integration {
        Some(id) => integrations::get(tx, id),
        None => Ok(None),
    }
}

/// Writes a draft behind the last of its lane.
fn enter(tx: &mut Tx<'_>, action: &Action, scene: &Scene<'_>, draft: Draft) -> Result<(), StoreError> {
    let last = row::last_of(tx, draft.lane)?;
    let placement = last
        .as_ref()
        .map_or(Placement::Next, |last| Placement::of(&draft, &last.status, last.order));
    if placement == Placement::Repeat {
        return Ok(());
    }
    let mut fresh = fresh(tx, action, scene, draft)?;
    if placement == Placement::Late {
        fresh.is_last = false;
        fresh.status.outcome = StatusOutcome::Superseded;
        fresh.status.next_at = None;
        let listed = fresh.entries();
        return row::put_listed(tx, &fresh, listed);
    }
    if let Some(last) = last {
        fresh.status.previous.clone_from(&last.status.previous);
        fresh.unheard = last.unheard;
        overtake(tx, last)?;
    }
    tx.put(row::WAITING, fresh.id().as_bytes(), &[])?;
    let listed = fresh.entries();
    row::put_listed(tx, &fresh, listed)?;
    queue::enter(tx, &fresh);
    Ok(())
}

/// A later one was written. What waited is never sent, or if it is under way, never again.
fn overtake(tx: &mut Tx<'_>, mut last: StatusRow) -> Result<(), StoreError> {
    last.is_last = false;
    if last.status.outcome == StatusOutcome::Waiting {
        row::turn(tx, &mut last, StatusOutcome::Superseded)?;
    }
    row::put(tx, &last)
}

fn fresh(tx: &Tx<'_>, action: &Action, scene: &Scene<'_>, draft: Draft) -> Result<StatusRow, StoreError> {
    let work = &scene.evaluation.work;
    let full = |name: &str| name.starts_with("refs/").then(|| name.to_owned());
    Ok(StatusRow {
        status: Status {
            id: row::next_id(tx, scene.at)?,
            organization: scene.evaluation.organization,
            project: scene.evaluation.project,
            action: action.id,
            evaluation: scene.evaluation.id,
            integration: draft.integration,
            repository: draft.repository,
            sha: work.sha.clone(),
            ref_name: full(&work.ref_name),
            fetch_ref: full(&work.fetch_ref).filter(|name| *name != work.ref_name),
            message: draft.message,
            state: draft.state,
            description: draft.description,
            url: draft.url,
            previous: None,
            outcome: StatusOutcome::Waiting,
            attempts: 0,
            next_at: Some(scene.at),
            last_error: None,
            sent_at: None,
            created_at: scene.at,
            waiting_since: scene.at,
        },
        lane: draft.lane,
        order: draft.order,
        is_last: true,
        unheard: 0,
    })
}
