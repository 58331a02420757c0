//! Triggers of projects. Each names an inbound integration of its organization, or none.

use forgegate_engine::{Rows, StoreError, Table, Write};
use forgegate_model::audit::AuditEntry;
use forgegate_model::ids::{IntegrationId, ProjectId, TriggerId};
use forgegate_model::integration::IntegrationKind;
use forgegate_model::project::Project;
use forgegate_model::trigger::Trigger;

use crate::memory::MemoryState;
use crate::projects::{self, child_key, children, ensure_link};
use crate::rows::{PutRow, Row};
use crate::store::{Store, Tx};
use crate::{audit, clocks, organizations};

const TRIGGERS: Table = Table("triggers");

impl Row for Trigger {
    const VERSION: u8 = 1;
}

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

/// The triggers of a project, the oldest first.
pub(crate) fn of(rows: &impl Rows, project: ProjectId) -> Result<Vec<Trigger>, StoreError> {
    children(rows, TRIGGERS, project)
}

/// Writes a trigger of a project.
///
/// # Errors
/// What `ensure_link` says, and `Invalid` for a trigger of another project.
pub(crate) fn put(tx: &mut Tx<'_>, project: &Project, trigger: &Trigger) -> Result<(), StoreError> {
    if trigger.project != project.id {
        return Err(StoreError::Invalid("the trigger is of another project".to_owned()));
    }
    ensure_link(tx, project, trigger.integration, IntegrationKind::Inbound)?;
    tx.put_row(TRIGGERS, &key(trigger), trigger)
}

/// Takes a trigger away.
pub(crate) fn remove(tx: &mut Tx<'_>, trigger: &Trigger) -> Result<(), StoreError> {
    clocks::forget(tx, trigger.id)?;
    tx.remove(TRIGGERS, &key(trigger)).map(|_| ())
}

/// Clears the links of a project's triggers to an integration. Tells which had one.
pub(crate) fn unlink(
    tx: &mut Tx<'_>,
    project: ProjectId,
    integration: IntegrationId,
) -> Result<Vec<TriggerId>, StoreError> {
    let mut unlinked = Vec::new();
    for mut trigger in of(tx, project)? {
        if trigger.integration == Some(integration) {
            trigger.integration = None;
            tx.put_row(TRIGGERS, &key(&trigger), &trigger)?;
            unlinked.push(trigger.id);
        }
    }
    Ok(unlinked)
}

fn key(trigger: &Trigger) -> [u8; 32] {
    child_key(trigger.project, trigger.id.as_bytes())
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
