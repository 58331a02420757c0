//! Making and changing an integration.

use forgegate_engine::{Rows, StoreError, Write};
use forgegate_model::audit::AuditEntry;
use forgegate_model::integration::{Integration, SecretFacts};
use forgegate_model::secret::Secret;
use forgegate_model::timestamp::Timestamp;

use super::credentials::{Credentials, seal_secret, seal_signing_key, seal_token};
use super::{INTEGRATIONS, IntegrationRow, full, save};
use crate::credential_change::CredentialChange;
use crate::memory::{MemoryState, SealedCredentials};
use crate::names::{self, Scope};
use crate::store::Tx;
use crate::{audit, organizations};

/// A change of an integration.
#[derive(Clone, Debug)]
pub struct IntegrationChange {
    /// The integration as it was read. What is known of its credentials does not count.
    pub before: Integration,
    /// The integration as it shall be: id, organization, kind, forge and time of making stay.
    pub after: Integration,
    /// The change of the webhook secret.
    pub secret: CredentialChange,
    /// Until when the secret that another takes the place of still counts; none ends it at once. Where the secret stays, the older one of
    /// an overlap ends then, unless it ends sooner.
    pub keep_previous: Option<Timestamp>,
    /// The change of the signing key.
    pub signing_key: CredentialChange,
    /// The change of the forge token.
    pub token: CredentialChange,
}

pub(super) struct Create {
    pub(super) rows: Vec<(Integration, Credentials)>,
    pub(super) audit: Option<AuditEntry>,
}

impl Write<MemoryState> for Create {
    type Output = Vec<Integration>;

    fn apply(&self, tx: &mut Tx<'_>) -> Result<Vec<Integration>, StoreError> {
        let mut made = Vec::with_capacity(self.rows.len());
        for (integration, credentials) in &self.rows {
            made.push(create(tx, integration, credentials)?);
        }
        audit::append(tx, self.audit.as_ref())?;
        Ok(made)
    }
}

fn create(tx: &mut Tx<'_>, integration: &Integration, credentials: &Credentials) -> Result<Integration, StoreError> {
    let id = integration.id.as_bytes();
    organizations::ensure_there(tx, integration.organization)?;
    if tx.get(INTEGRATIONS, id)?.is_some() {
        let id = integration.id;
        return Err(StoreError::AlreadyExists(format!("integration `{id}`")));
    }
    let mut row = IntegrationRow {
        integration: integration.clone(),
        sealed: SealedCredentials::default(),
    };
    row.integration.secrets = Vec::new();
    row.integration.signing_key = None;
    row.integration.has_token = false;
    let at = integration.created_at;
    row.set_secret(tx, &begin(credentials.secret.as_ref()), None, at)?;
    row.set_signing_key(tx, &begin(credentials.signing_key.as_ref()), at)?;
    row.set_token(tx, &begin(credentials.token.as_ref()))?;
    let owner = integration.organization.as_bytes();
    names::take(tx, Scope::of(integration.kind), owner, &integration.name, id)?;
    let made = row.integration.clone();
    save(tx, row)?;
    Ok(made)
}

fn begin(credential: Option<&Secret>) -> CredentialChange {
    credential
        .cloned()
        .map_or(CredentialChange::Keep, CredentialChange::Set)
}

/// Changes an integration.
///
/// # Errors
/// Those of `Store::update_integration`.
pub(crate) fn update(
    tx: &mut Tx<'_>,
    change: &IntegrationChange,
    at: Timestamp,
    audit: Option<&AuditEntry>,
) -> Result<Integration, StoreError> {
    let IntegrationChange { before, after, .. } = change;
    let mut row = full(tx, before.id)?;
    organizations::ensure_there(tx, before.organization)?;
    ensure_unchanged(&row.integration, before)?;
    ensure_same(before, after)?;
    row.change(tx, change, at)?;
    if before.name != after.name {
        let (scope, owner) = (Scope::of(before.kind), before.organization.as_bytes());
        names::take(tx, scope, owner, &after.name, after.id.as_bytes())?;
        names::release(tx, scope, owner, &before.name)?;
    }
    audit::append(tx, audit)?;
    let changed = row.integration.clone();
    save(tx, row)?;
    Ok(changed)
}

impl IntegrationRow {
    /// Gives the row its changed settings and credentials.
    fn change(&mut self, tx: &Tx<'_>, change: &IntegrationChange, at: Timestamp) -> Result<(), StoreError> {
        let moved = change.before.base_url != change.after.base_url;
        self.integration = with_facts_of(&change.after, &self.integration);
        self.drop_expired(at);
        self.set_secret(tx, &change.secret, change.keep_previous, at)?;
        self.set_signing_key(tx, &change.signing_key, at)?;
        if moved {
            // A token never follows a URL: whoever stands there would be shown it.
            self.set_token(tx, &CredentialChange::Clear)?;
        }
        self.set_token(tx, &change.token)
    }
}

impl IntegrationRow {
    /// Removes the secrets that do not count any more. Tells whether there were any.
    pub(super) fn drop_expired(&mut self, at: Timestamp) -> bool {
        let facts = std::mem::take(&mut self.integration.secrets);
        let sealed = std::mem::take(&mut self.sealed.secrets);
        let before = facts.len();
        let live = facts.into_iter().zip(sealed);
        (self.integration.secrets, self.sealed.secrets) = live.filter(|(facts, _)| facts.is_live(at)).unzip();
        self.integration.secrets.len() < before
    }

    fn set_secret(
        &mut self,
        tx: &Tx<'_>,
        change: &CredentialChange,
        keep_previous: Option<Timestamp>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let secret = match change {
            CredentialChange::Keep => {
                self.shorten(1, keep_previous);
                return Ok(());
            }
            CredentialChange::Clear => {
                self.integration.secrets.clear();
                self.sealed.secrets.clear();
                return Ok(());
            }
            CredentialChange::Set(secret) => secret,
        };
        let keeps = usize::from(keep_previous.is_some_and(|until| until > at));
        self.integration.secrets.truncate(keeps);
        self.sealed.secrets.truncate(keeps);
        self.shorten(0, keep_previous);
        let facts = made(at);
        let sealed = seal_secret(tx, &self.integration, &facts, secret)?;
        self.integration.secrets.insert(0, facts);
        self.sealed.secrets.insert(0, sealed);
        Ok(())
    }

    /// Ends the secrets from that place in the list on. An overlap only ever shortens what an older one had left.
    fn shorten(&mut self, from: usize, end: Option<Timestamp>) {
        for older in self.integration.secrets.iter_mut().skip(from) {
            older.expires_at = older.expires_at.into_iter().chain(end).min();
        }
    }

    fn set_signing_key(&mut self, tx: &Tx<'_>, change: &CredentialChange, at: Timestamp) -> Result<(), StoreError> {
        let sealed = match change {
            CredentialChange::Keep => return Ok(()),
            CredentialChange::Clear => None,
            CredentialChange::Set(key) => Some(seal_signing_key(tx, &self.integration, key)?),
        };
        self.integration.signing_key = sealed.as_ref().map(|_| made(at));
        self.sealed.signing_key = sealed;
        Ok(())
    }

    fn set_token(&mut self, tx: &Tx<'_>, change: &CredentialChange) -> Result<(), StoreError> {
        let sealed = match change {
            CredentialChange::Keep => return Ok(()),
            CredentialChange::Clear => None,
            CredentialChange::Set(token) => Some(seal_token(tx, &self.integration, token)?),
        };
        self.integration.has_token = sealed.is_some();
        self.sealed.token = sealed;
        Ok(())
    }
}

const fn made(at: Timestamp) -> SecretFacts {
    SecretFacts {
        created_at: at,
        last_used_at: None,
        expires_at: None,
    }
}

/// The settings of one and the facts about credentials of another.
fn with_facts_of(settings: &Integration, facts: &Integration) -> Integration {
    Integration {
        secrets: facts.secrets.clone(),
        signing_key: facts.signing_key.clone(),
        has_token: facts.has_token,
        ..settings.clone()
    }
}

fn ensure_unchanged(stored: &Integration, before: &Integration) -> Result<(), StoreError> {
    if with_facts_of(before, stored) == *stored {
        Ok(())
    } else {
        Err(StoreError::Conflict(format!(
            "integration `{}` was changed meanwhile",
            stored.name
        )))
    }
}

fn ensure_same(before: &Integration, after: &Integration) -> Result<(), StoreError> {
    let same = before.id == after.id
        && before.organization == after.organization
        && before.kind == after.kind
        && before.forge == after.forge
        && before.created_at == after.created_at;
    if same {
        Ok(())
    } else {
        Err(StoreError::Invalid(
            "an integration keeps its id, organization, kind, forge and age".to_owned(),
        ))
    }
}
