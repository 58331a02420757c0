//! Deleting a project, in steps where much is queued for it.

use forgegate_engine::{StoreError, Write};
use forgegate_model::audit::AuditEntry;
use forgegate_model::ids::ProjectId;
use forgegate_model::timestamp::Timestamp;

use super::PROJECTS;
use crate::memory::Change;
use crate::memory::MemoryState;
use crate::names::{self, Scope};
use crate::store::{Store, Tx, update_directory};
use crate::{actions, activity, audit, evaluations, syncs, triggers};

/// How many rows a step changes at most: deliveries wait meanwhile.
const STEP: usize = 1_000;

pub(super) async fn delete(
    store: &Store,
    id: ProjectId,
    at: Timestamp,
    audit: Option<AuditEntry>,
) -> Result<(), StoreError> {
    loop {
        let audit = audit.clone();
        if store.write(Delete { id, at, audit }).await? {
            return Ok(());
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
        super::get(tx, self.id)?;
        let mut room = STEP;
        let done = remove(tx, self.id, self.at, &mut room)?;
        if done {
            audit::append(tx, self.audit.as_ref())?;
        }
        Ok(done)
    }
}

/// Takes a project away with all that it owns, as far as there is room. Tells whether it is gone.
pub(crate) fn remove(tx: &mut Tx<'_>, id: ProjectId, at: Timestamp, room: &mut usize) -> Result<bool, StoreError> {
    *room = room.saturating_sub(evaluations::cancel_all(tx, id, at, *room)?);
    let project = super::get(tx, id)?;
    let (triggers, actions) = (triggers::of(tx, id)?, actions::of(tx, id)?);
    let rows = triggers.len() + actions.len() + 1;
    // A project with more rows than a whole step has room for goes in one all the same.
    if *room == 0 || (rows > *room && *room < STEP) {
        return Ok(false);
    }
    *room = room.saturating_sub(rows);
    for trigger in &triggers {
        triggers::remove(tx, trigger)?;
    }
    for action in &actions {
        actions::remove(tx, action)?;
    }
    let owner = project.organization.as_bytes();
    names::release(tx, Scope::Project, owner, &project.name)?;
    tx.remove(PROJECTS, id.as_bytes())?;
    activity::leave(tx, id)?;
    syncs::leave(tx, id)?;
    update_directory(tx, Change::ProjectGone(id));
    Ok(true)
}
