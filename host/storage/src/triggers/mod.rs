//! Triggers of projects. Each names an inbound integration of its organization, or none.

use forgegate_engine::{Rows, StoreError, Table};
use forgegate_model::ids::{IntegrationId, ProjectId, TriggerId};
use forgegate_model::integration::IntegrationKind;
use forgegate_model::project::Project;
use forgegate_model::trigger::Trigger;

use crate::children::{child_key, children};
use crate::integrations::ensure_link;
use crate::rows::{PutRow, Row};
use crate::store::Tx;

pub(crate) const TRIGGERS: Table = Table("triggers");

impl Row for Trigger {
    const VERSION: u8 = 1;
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

pub(crate) fn key(trigger: &Trigger) -> [u8; 32] {
    child_key(trigger.project, trigger.id.as_bytes())
}
