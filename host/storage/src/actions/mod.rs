//! Actions of projects. Each names an outbound integration of its organization, or none.

mod signing;

use forgegate_engine::{Rows, StoreError, Table};
use forgegate_model::action::{Action, ActionKind};
use forgegate_model::ids::{ActionId, IntegrationId, ProjectId};
use forgegate_model::integration::IntegrationKind;
use forgegate_model::name::Name;
use forgegate_model::project::Project;
use forgegate_model::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

use crate::children::{child_key, children};
use crate::credential_change::CredentialChange;
use crate::integrations::ensure_link;
use crate::names::{self, Scope};
use crate::rows::{PutRow, ReadRow, Row};
use crate::store::Tx;
use signing::SealedKey;
pub(crate) use signing::signing_key;

pub(crate) const ACTIONS: Table = Table("actions");

/// An action as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ActionRow {
    pub(crate) action: Action,
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

pub(crate) fn put_with(
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

/// Takes an action away.
pub(crate) fn remove(tx: &mut Tx<'_>, action: &Action) -> Result<(), StoreError> {
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

pub(crate) fn key(action: &Action) -> [u8; 32] {
    child_key(action.project, action.id.as_bytes())
}

pub(crate) fn not_found(id: ActionId) -> StoreError {
    StoreError::NotFound(format!("action `{id}`"))
}
