//! The keys that actions sign their web requests with: sealed, and told to nobody but whoever sends them.

use std::fmt;

use forgegate_engine::{SealContext, StoreError};
use forgegate_model::action::{Action, ActionKind};
use forgegate_model::evidence::decode_signing_key;
use forgegate_model::ids::{ActionId, ProjectId};
use forgegate_model::project::Project;
use forgegate_model::secret::Secret;
use serde::{Deserialize, Serialize};

use super::{ACTIONS, ActionRow};
use crate::integrations::CredentialChange;
use crate::projects::{self, child_key};
use crate::rows::ReadRow;
use crate::store::{Store, Tx, tenant};

/// A sealed key. It does not print.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SealedKey(Vec<u8>);

impl fmt::Debug for SealedKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("SealedKey(***)")
    }
}

impl Store {
    /// The key that an action's web requests are signed with, decoded; none where it has none.
    ///
    /// # Errors
    /// `NotFound` when the action is gone, or `Sealed` when the key cannot be opened.
    pub async fn action_signing_key(&self, project: ProjectId, action: ActionId) -> Result<Option<Secret>, StoreError> {
        self.read(move |shared, rows| {
            let key = child_key(project, action.as_bytes());
            let row: Option<ActionRow> = rows.row(ACTIONS, &key)?;
            let row = row.ok_or_else(|| super::not_found(action))?;
            let Some(sealed) = row.signing_key else {
                return Ok(None);
            };
            let owner = tenant(projects::get(rows, project)?.organization);
            let opened = shared.vault.open(owner, &place(&key), &sealed.0)?;
            Ok(Some(Secret::new(opened.as_slice())))
        })
        .await
    }
}

/// The sealed key of an action after a change. What sends no web request has none.
///
/// # Errors
/// `Invalid` for what is no key, or for a key of another kind of action.
pub(super) fn changed(
    tx: &Tx<'_>,
    project: &Project,
    action: &Action,
    before: Option<SealedKey>,
    change: &CredentialChange,
) -> Result<Option<SealedKey>, StoreError> {
    let text = match change {
        CredentialChange::Keep => return Ok(before),
        CredentialChange::Clear => return Ok(None),
        CredentialChange::Set(text) => text,
    };
    if action.kind != ActionKind::WebRequest {
        return Err(StoreError::Invalid("only a web request has a signing key".to_owned()));
    }
    let not_one = || StoreError::Invalid("the signing key is not one".to_owned());
    let text = std::str::from_utf8(text.expose()).map_err(|_| not_one())?;
    let key = decode_signing_key(text).map_err(|error| StoreError::Invalid(error.to_string()))?;
    let owner = tenant(project.organization);
    let sealed = tx.seal(owner, &place(&super::key(action)), key.expose())?;
    Ok(Some(SealedKey(sealed)))
}

fn place(key: &[u8; 32]) -> SealContext<'_> {
    SealContext::new(ACTIONS.0, key, "signing_key")
}
