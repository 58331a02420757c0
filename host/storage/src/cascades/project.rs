//! Deleting a project, in steps where much is queued for it.

use forgegate_engine::{StoreError, Write};
use forgegate_model::action::Action;
use forgegate_model::audit::AuditEntry;
use forgegate_model::ids::ProjectId;
use forgegate_model::timestamp::Timestamp;
use forgegate_model::trigger::Trigger;

use crate::memory::Change;
use crate::memory::MemoryState;
use crate::names::{self, Scope};
use crate::projects::{self, PROJECTS};
use crate::store::{Store, Tx, update_directory};
use crate::{actions, activity, audit, clocks, evaluations, outbox, syncs, triggers};

/// Most rows that one transaction changes: deliveries wait meanwhile.
const STEP: usize = 1_000;

impl Store {
    /// Deletes a project, its triggers and its actions. What was queued or running for it is cancelled.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn delete_project(
        &self,
        id: ProjectId,
        at: Timestamp,
        audit: Option<AuditEntry>,
    ) -> Result<(), StoreError> {
        loop {
            let audit = audit.clone();
            if self.write(Delete { id, at, audit }).await? {
                return Ok(());
            }
        }
    }
}

struct Delete {
    id: ProjectId,
    at: Timestamp,
    audit: Option<AuditEntry>,
}

impl Write<MemoryState> for Delete {
    type Output = bool;

    fn apply(&self, tx: &mut Tx<'_>) -> Result<bool, StoreError> {
        projects::get(tx, self.id)?;
        let mut room = STEP;
        let done = remove_project(tx, self.id, self.at, &mut room)?;
        if done {
            audit::append(tx, self.audit.as_ref())?;
        }
        Ok(done)
    }
}

/// Takes a project away with all that it owns, as far as there is room. Tells whether it is gone.
pub(crate) fn remove_project(
    tx: &mut Tx<'_>,
    id: ProjectId,
    at: Timestamp,
    room: &mut usize,
) -> Result<bool, StoreError> {
    *room = room.saturating_sub(evaluations::cancel_all(tx, id, at, *room)?);
    let project = projects::get(tx, id)?;
    let (triggers, actions) = (triggers::of(tx, id)?, actions::of(tx, id)?);
    let rows = triggers.len() + actions.len() + 1;
    // A project with more rows than a whole step has room for goes in one all the same.
    if *room == 0 || (rows > *room && *room < STEP) {
        return Ok(false);
    }
    *room = room.saturating_sub(rows);
    for trigger in &triggers {
        remove_trigger(tx, trigger)?;
    }
    for action in &actions {
        remove_action(tx, action)?;
    }
    let owner = project.organization.as_bytes();
    names::release(tx, Scope::Project, owner, &project.name)?;
    tx.remove(PROJECTS, id.as_bytes())?;
    activity::leave(tx, id)?;
    syncs::leave(tx, id)?;
    update_directory(tx, Change::ProjectGone(id));
    Ok(true)
}

/// Takes a trigger away, with its time.
pub(crate) fn remove_trigger(tx: &mut Tx<'_>, trigger: &Trigger) -> Result<(), StoreError> {
    clocks::forget(tx, trigger.id)?;
    triggers::remove(tx, trigger)
}

/// Takes an action away. Its web requests that wait are given up.
pub(crate) fn remove_action(tx: &mut Tx<'_>, action: &Action) -> Result<(), StoreError> {
    outbox::end_action(tx, action.id);
    actions::remove(tx, action)
}
