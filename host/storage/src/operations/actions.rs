//! Making, changing and deleting a project's actions.

use forgegate_engine::{Rows, StoreError, Write};
use forgegate_model::action::Action;
use forgegate_model::audit::AuditEntry;
use forgegate_model::ids::{ActionId, ProjectId};
use forgegate_model::secret::Secret;

use crate::actions::{ACTIONS, ActionRow, key, not_found, put_with, signing_key};
use crate::cascades::remove_action;
use crate::children::child_key;
use crate::credential_change::CredentialChange;
use crate::memory::MemoryState;
use crate::rows::ReadRow;
use crate::store::{Store, Tx};
use crate::{audit, organizations, projects};

impl Store {
    /// Makes an action. Whether it `has_signing_key` is what the key makes it; the key is given as people have it, `whsec_` and base64.
    ///
    /// # Errors
    /// `NotFound` for a project or integration that is not there, `AlreadyExists` for an id or name that is taken, `Invalid` for an integration that
    /// comes in, for what is no key, or for a key of what sends no web request.
    pub async fn create_action(
        &self,
        action: Action,
        signing_key: Option<Secret>,
        audit: Option<AuditEntry>,
    ) -> Result<Action, StoreError> {
        let presence = Presence::Absent;
        let signing_key = signing_key.map_or(CredentialChange::Keep, CredentialChange::Set);
        self.write(Put {
            action,
            signing_key,
            presence,
            audit,
        })
        .await
    }

    /// Puts an action in place of the one with its id.
    ///
    /// # Errors
    /// `NotFound` for an action, project or integration that is not there, `AlreadyExists` for a name that is taken, `Invalid` as for
    /// `create_action`.
    pub async fn update_action(
        &self,
        action: Action,
        signing_key: CredentialChange,
        audit: Option<AuditEntry>,
    ) -> Result<Action, StoreError> {
        let presence = Presence::There;
        self.write(Put {
            action,
            signing_key,
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

impl Store {
    /// The key that an action's web requests are signed with, decoded; none where it has none.
    ///
    /// # Errors
    /// `NotFound` when the action is gone, or `Sealed` when the key cannot be opened.
    pub async fn action_signing_key(&self, project: ProjectId, action: ActionId) -> Result<Option<Secret>, StoreError> {
        self.read(move |shared, rows| {
            let project = projects::get(rows, project)?;
            signing_key(shared, rows, &project, action)
        })
        .await
    }
}

/// What has to be under the id before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Presence {
    There,
    Absent,
}

struct Put {
    action: Action,
    signing_key: CredentialChange,
    presence: Presence,
    audit: Option<AuditEntry>,
}

impl Write<MemoryState> for Put {
    type Output = Action;

    fn apply(&self, tx: &mut Tx<'_>) -> Result<Action, StoreError> {
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
        let action = put_with(tx, &project, &self.action, &self.signing_key)?;
        audit::append(tx, self.audit.as_ref())?;
        projects::publish(tx, project.id)?;
        Ok(action)
    }
}

struct Delete {
    project: ProjectId,
    id: ActionId,
    audit: Option<AuditEntry>,
}

impl Write<MemoryState> for Delete {
    type Output = ();

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let key = child_key(self.project, self.id.as_bytes());
        let row: Option<ActionRow> = tx.row(ACTIONS, &key)?;
        remove_action(tx, &row.ok_or_else(|| not_found(self.id))?.action)?;
        audit::append(tx, self.audit.as_ref())?;
        projects::publish(tx, self.project)
    }
}
