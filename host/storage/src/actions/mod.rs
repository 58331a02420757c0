//! Actions of projects. Each names an outbound integration of its organization, or none.

mod signing;

use forgegate_engine::{Rows, StoreError, Table, Write};
use forgegate_model::action::{Action, ActionKind};
use forgegate_model::audit::AuditEntry;
use forgegate_model::ids::{ActionId, IntegrationId, ProjectId};
use forgegate_model::integration::IntegrationKind;
use forgegate_model::name::Name;
use forgegate_model::project::Project;
use forgegate_model::secret::Secret;
use forgegate_model::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

use crate::integrations::CredentialChange;
use crate::memory::MemoryState;
use crate::names::{self, Scope};
use crate::projects::{self, child_key, children, ensure_link};
use crate::rows::{PutRow, ReadRow, Row};
use crate::store::{Store, Tx};
use crate::{audit, organizations, outbox};
use signing::SealedKey;

const ACTIONS: Table = Table("actions");

/// An action as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ActionRow {
    action: Action,
    signing_key: Option<SealedKey>,
}

impl Row for ActionRow {
    const VERSION: u8 = 2;

    fn decode_older(version: u8, bytes: &[u8]) -> Option<Self> {
        let first: First = (version == 1).then(|| postcard::from_bytes(bytes).ok())??;
        Some(Self {
            action: first.into(),
            signing_key: None,
        })
    }
}

/// The first version, in which no request was signed.
#[derive(Deserialize)]
struct First {
    id: ActionId,
    project: ProjectId,
    name: Name,
    kind: ActionKind,
    integration: Option<IntegrationId>,
    url: Option<String>,
    events: Vec<String>,
    created_at: Timestamp,
}

impl From<First> for Action {
    fn from(first: First) -> Self {
        Self {
            id: first.id,
            project: first.project,
            name: first.name,
            kind: first.kind,
            integration: first.integration,
            url: first.url,
            events: first.events,
            has_signing_key: false,
            created_at: first.created_at,
        }
    }
}

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

/// The actions of a project, the oldest first.
pub(crate) fn of(rows: &impl Rows, project: ProjectId) -> Result<Vec<Action>, StoreError> {
    let rows = children::<ActionRow>(rows, ACTIONS, project)?;
    Ok(rows.into_iter().map(|row| row.action).collect())
}

/// Writes an action of a project. The key that its requests are signed with stays.
///
/// # Errors
/// What `ensure_link` says, and `Invalid` for an action of another project.
pub(crate) fn put(tx: &mut Tx<'_>, project: &Project, action: &Action) -> Result<(), StoreError> {
    put_with(tx, project, action, &CredentialChange::Keep).map(|_| ())
}

fn put_with(
    tx: &mut Tx<'_>,
    project: &Project,
    action: &Action,
    signing_key: &CredentialChange,
) -> Result<Action, StoreError> {
    if action.project != project.id {
        return Err(StoreError::Invalid("the action is of another project".to_owned()));
    }
    ensure_link(tx, project, action.integration, IntegrationKind::Outbound)?;
    let before: Option<ActionRow> = tx.row(ACTIONS, &key(action))?;
    let (before, sealed) = before.map(|row| (row.action, row.signing_key)).unzip();
    let sealed = signing::changed(tx, project, action, sealed.flatten(), signing_key)?;
    let owner = project.id.as_bytes();
    if before.as_ref().map(|it| &it.name) != Some(&action.name) {
        names::take(tx, Scope::Action, owner, &action.name, action.id.as_bytes())?;
        if let Some(before) = before {
            names::release(tx, Scope::Action, owner, &before.name)?;
        }
    }
    let mut action = action.clone();
    action.has_signing_key = sealed.is_some();
    let row = ActionRow {
        action,
        signing_key: sealed,
    };
    tx.put_row(ACTIONS, &key(&row.action), &row)?;
    Ok(row.action)
}

/// Takes an action away. Its web requests that wait are given up.
pub(crate) fn remove(tx: &mut Tx<'_>, action: &Action) -> Result<(), StoreError> {
    outbox::end_action(tx, action.id);
    names::release(tx, Scope::Action, action.project.as_bytes(), &action.name)?;
    tx.remove(ACTIONS, &key(action)).map(|_| ())
}

/// Clears the links of a project's actions to an integration. Tells which had one.
pub(crate) fn unlink(tx: &mut Tx<'_>, project: ProjectId, integration: IntegrationId) -> Result<Vec<Name>, StoreError> {
    let mut unlinked = Vec::new();
    for mut row in children::<ActionRow>(tx, ACTIONS, project)? {
        if row.action.integration == Some(integration) {
            row.action.integration = None;
            tx.put_row(ACTIONS, &key(&row.action), &row)?;
            unlinked.push(row.action.name);
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
        remove(tx, &row.ok_or_else(|| not_found(self.id))?.action)?;
        audit::append(tx, self.audit.as_ref())?;
        projects::publish(tx, self.project)
    }
}
