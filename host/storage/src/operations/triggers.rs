//! Making, changing and deleting a project's triggers.

use forgegate_engine::{Rows, StoreError, Write};
use forgegate_model::audit::AuditEntry;
use forgegate_model::ids::{ProjectId, TriggerId};
use forgegate_model::trigger::Trigger;

use crate::children::child_key;
use crate::memory::MemoryState;
use crate::store::{Store, Tx};
use crate::triggers::{TRIGGERS, key, put};
use crate::{audit, clocks, organizations, projects};

impl Store {
    /// Makes a trigger.
    ///
    /// # Errors
    /// `NotFound` for a project or integration that is not there, `AlreadyExists` for an id that is taken, `Invalid` for an integration that
    /// goes out.
    pub async fn create_trigger(&self, trigger: Trigger, audit: Option<AuditEntry>) -> Result<(), StoreError> {
        let presence = Presence::Absent;
        self.write(Put {
            trigger,
            presence,
            audit,
        })
        .await
    }

    /// Puts a trigger in place of the one with its id.
    ///
    /// # Errors
    /// `NotFound` for a trigger, project or integration that is not there, `Invalid` for an integration that goes out.
    pub async fn update_trigger(&self, trigger: Trigger, audit: Option<AuditEntry>) -> Result<(), StoreError> {
        let presence = Presence::There;
        self.write(Put {
            trigger,
            presence,
            audit,
        })
        .await
    }

    /// Deletes a trigger.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn delete_trigger(
        &self,
        project: ProjectId,
        id: TriggerId,
        audit: Option<AuditEntry>,
    ) -> Result<(), StoreError> {
        self.write(Delete { project, id, audit }).await
    }
}

fn not_found(id: TriggerId) -> StoreError {
    StoreError::NotFound(format!("trigger `{id}`"))
}

/// What has to be under the id before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Presence {
    There,
    Absent,
}

struct Put {
    trigger: Trigger,
    presence: Presence,
    audit: Option<AuditEntry>,
}

impl Write<MemoryState> for Put {
    type Output = ();

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let project = projects::get(tx, self.trigger.project)?;
        organizations::ensure_there(tx, project.organization)?;
        let there = tx.get(TRIGGERS, &key(&self.trigger))?.is_some();
        match self.presence {
            Presence::There if !there => return Err(not_found(self.trigger.id)),
            Presence::Absent if there => {
                let id = self.trigger.id;
                return Err(StoreError::AlreadyExists(format!("trigger `{id}`")));
            }
            _ => {}
        }
        put(tx, &project, &self.trigger)?;
        audit::append(tx, self.audit.as_ref())?;
        projects::publish(tx, project.id)
    }
}

struct Delete {
    project: ProjectId,
    id: TriggerId,
    audit: Option<AuditEntry>,
}

impl Write<MemoryState> for Delete {
    type Output = ();

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let key = child_key(self.project, self.id.as_bytes());
        if tx.get(TRIGGERS, &key)?.is_none() {
            return Err(not_found(self.id));
        }
        tx.remove(TRIGGERS, &key)?;
        clocks::forget(tx, self.id)?;
        audit::append(tx, self.audit.as_ref())?;
        projects::publish(tx, self.project)
    }
}
