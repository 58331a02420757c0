//! Actions of projects. Each names an outbound integration of its organization, or none.

use forgegate_model::action::Action;
use forgegate_model::audit::AuditEntry;
use forgegate_model::ids::{ActionId, IntegrationId, ProjectId};
use forgegate_model::integration::IntegrationKind;
use forgegate_model::name::Name;
use forgegate_model::project::Project;

use crate::error::StoreError;
use crate::names::{self, Scope};
use crate::projects::{self, child_key, children, ensure_link};
use crate::rows::{Row, Rows, Table};
use crate::store::Store;
use crate::tx::Tx;
use crate::writer::Write;
use crate::{audit, organizations};

const ACTIONS: Table = Table("actions");

impl Row for Action {
    const VERSION: u8 = 1;
}

impl Store {
    /// Makes an action.
    ///
    /// # Errors
    /// `NotFound` for a project or integration that is not there, `AlreadyExists` for an id or name that is taken, `Invalid` for an integration that
    /// comes in.
    pub async fn create_action(&self, action: Action, audit: Option<AuditEntry>) -> Result<(), StoreError> {
        let presence = Presence::Absent;
        self.write(Put {
            action,
            presence,
            audit,
        })
        .await
    }

    /// Puts an action in place of the one with its id.
    ///
    /// # Errors
    /// `NotFound` for an action, project or integration that is not there, `AlreadyExists` for a name that is taken, `Invalid` for an integration that comes in.
    pub async fn update_action(&self, action: Action, audit: Option<AuditEntry>) -> Result<(), StoreError> {
        let presence = Presence::There;
        self.write(Put {
            action,
            presence,
            audit,
        })
        .await
    }

    /// Deletes an action.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn delete_action(
        &self,
        project: ProjectId,
        id: ActionId,
        audit: Option<AuditEntry>,
    ) -> Result<(), StoreError> {
        self.write(Delete { project, id, audit }).await
    }
}

/// The actions of a project, the oldest first.
pub(crate) fn of(rows: &impl Rows, project: ProjectId) -> Result<Vec<Action>, StoreError> {
    children(rows, ACTIONS, project)
}

/// Writes an action of a project.
///
/// # Errors
/// What `ensure_link` says, and `Invalid` for an action of another project.
pub(crate) fn put(tx: &mut Tx<'_>, project: &Project, action: &Action) -> Result<(), StoreError> {
    if action.project != project.id {
        return Err(StoreError::Invalid("the action is of another project".to_owned()));
    }
    ensure_link(tx, project, action.integration, IntegrationKind::Outbound)?;
    let before: Option<Action> = tx.row(ACTIONS, &key(action))?;
    let owner = project.id.as_bytes();
    if before.as_ref().map(|it| &it.name) != Some(&action.name) {
        names::take(tx, Scope::Action, owner, &action.name, action.id.as_bytes())?;
        if let Some(before) = before {
            names::release(tx, Scope::Action, owner, &before.name)?;
        }
    }
    tx.put_row(ACTIONS, &key(action), action)
}

/// Takes an action away.
pub(crate) fn remove(tx: &mut Tx<'_>, action: &Action) -> Result<(), StoreError> {
    names::release(tx, Scope::Action, action.project.as_bytes(), &action.name)?;
    tx.remove(ACTIONS, &key(action)).map(|_| ())
}

/// Clears the links of a project's actions to an integration. Tells which had one.
pub(crate) fn unlink(tx: &mut Tx<'_>, project: ProjectId, integration: IntegrationId) -> Result<Vec<Name>, StoreError> {
    let mut unlinked = Vec::new();
    for mut action in of(tx, project)? {
        if action.integration == Some(integration) {
            action.integration = None;
            tx.put_row(ACTIONS, &key(&action), &action)?;
            unlinked.push(action.name);
        }
    }
    Ok(unlinked)
}

fn key(action: &Action) -> [u8; 32] {
    child_key(action.project, action.id.as_bytes())
}

fn not_found(id: ActionId) -> StoreError {
    StoreError::NotFound(format!("action `{id}`"))
}

/// What has to be under the id before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Presence {
    There,
    Absent,
}

struct Put {
    action: Action,
    presence: Presence,
    audit: Option<AuditEntry>,
}

impl Write for Put {
    type Output = ();

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let project = projects::get(tx, self.action.project)?;
        organizations::ensure_there(tx, project.organization)?;
        let there = tx.get(ACTIONS, &key(&self.action))?.is_some();
        match self.presence {
            Presence::There if !there => return Err(not_found(self.action.id)),
            Presence::Absent if there => {
                let id = self.action.id;
                return Err(StoreError::AlreadyExists(format!("action `{id}`")));
            }
            _ => {}
        }
        put(tx, &project, &self.action)?;
        audit::append(tx, self.audit.as_ref())?;
        projects::publish(tx, project.id)
    }
}

struct Delete {
    project: ProjectId,
    id: ActionId,
    audit: Option<AuditEntry>,
}

impl Write for Delete {
    type Output = ();

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let key = child_key(self.project, self.id.as_bytes());
        let action: Option<Action> = tx.row(ACTIONS, &key)?;
        remove(tx, &action.ok_or_else(|| not_found(self.id))?)?;
        audit::append(tx, self.audit.as_ref())?;
        projects::publish(tx, self.project)
    }
}
