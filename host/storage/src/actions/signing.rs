//! The keys that actions sign their web requests with: sealed, and told to nobody but whoever sends them.

use std::fmt;

use forgegate_engine::{Rows, SealContext, StoreError};
use forgegate_model::action::{Action, ActionKind};
use forgegate_model::evidence::decode_signing_key;
use forgegate_model::ids::ActionId;
use forgegate_model::project::Project;
use forgegate_model::secret::Secret;
use serde::{Deserialize, Serialize};

use super::{ACTIONS, ActionRow};
use crate::children::child_key;
use crate::credential_change::CredentialChange;
use crate::rows::ReadRow;
use crate::store::{Shared, Tx, tenant};

/// A sealed key. It does not print.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SealedKey(Vec<u8>);

impl fmt::Debug for SealedKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("SealedKey(***)")
    }
}

/// The signing key of an action of an organization, opened; none where it has none.
///
/// # Errors
/// `NotFound` when the action is gone, or `Sealed` when the key cannot be opened.
pub(crate) fn signing_key(
    shared: &Shared,
    rows: &impl Rows,
    project: &Project,
    action: ActionId,
) -> Result<Option<Secret>, StoreError> {
    let key = child_key(project.id, action.as_bytes());
    let row: Option<ActionRow> = rows.row(ACTIONS, &key)?;
    let Some(sealed) = row.ok_or_else(|| super::not_found(action))?.signing_key else {
        return Ok(None);
    };
    let owner = tenant(project.organization);
    let opened = shared.vault.open(owner, &context(&key), &sealed.0)?;
    Ok(Some(Secret::new(opened.as_slice())))
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
    let sealed = tx.seal(owner, &context(&super::key(action)), key.expose())?;
    Ok(Some(SealedKey(sealed)))
}

fn context(key: &[u8; 32]) -> SealContext<'_> {
    SealContext::new(ACTIONS.0, key, "signing_key")
}
