//! The credentials of an integration: sealed under its organization's key, each bound to its row and column, the token also to the
//! base URL and the forge.

use forgegate_engine::{Owner, SealContext, StoreError, Vault};
use forgegate_model::evidence::{Keys, LiveKey, decode_signing_key};
use forgegate_model::integration::{Integration, SecretFacts};
use forgegate_model::secret::Secret;
use forgegate_model::timestamp::Timestamp;
use zeroize::Zeroizing;

use super::INTEGRATIONS;

use crate::memory::{Sealed, SealedCredentials};
use crate::store::{Store, Tx, tenant};

/// The credentials that an integration begins with.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    /// The webhook secret.
    pub secret: Option<Secret>,
    /// The signing key as people have it: `whsec_` and base64.
    pub signing_key: Option<Secret>,
    /// The access token.
    pub token: Option<Secret>,
}

impl Store {
    /// The token for calls to the base URL and forge that the row names, opened; none where none is stored.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when the row has come to name others since it was read, for then its token is not for them; `Sealed` when it
    /// cannot be opened.
    pub fn token_for(&self, read: &Integration) -> Result<Option<Secret>, StoreError> {
        let row = self.stored(read.id)?;
        if (&row.shown.base_url, &row.shown.forge) != (&read.base_url, &read.forge) {
            return Err(StoreError::Conflict(format!("integration `{}` has changed", read.name)));
        }
        row.sealed.token(&self.shared().vault, &row.shown)
    }
}

impl SealedCredentials {
    /// The keys that count at that time.
    pub(super) fn keys(&self, vault: &Vault, of: &Integration, now: Timestamp) -> Result<Keys, StoreError> {
        let mut keys = Keys::default();
        for (index, (facts, sealed)) in of.secrets.iter().zip(&self.secrets).enumerate() {
            if facts.is_live(now) {
                let key = open(vault, of, &Column::secret(facts), sealed)?;
                keys.secrets.push(LiveKey { index, key });
            }
        }
        if let (Some(facts), Some(sealed)) = (&of.signing_key, &self.signing_key)
            && facts.is_live(now)
        {
            let key = open(vault, of, &Column::signing_key(), sealed)?;
            keys.signing_keys.push(LiveKey { index: 0, key });
        }
        Ok(keys)
    }

    /// The forge token.
    pub(super) fn token(&self, vault: &Vault, of: &Integration) -> Result<Option<Secret>, StoreError> {
        let sealed = self.token.as_ref();
        sealed
            .map(|sealed| open(vault, of, &Column::token(of), sealed))
            .transpose()
    }
}

/// Seals a webhook secret.
///
/// # Errors
/// `Invalid` for an empty one, under which anybody can sign.
pub(super) fn seal_secret(
    tx: &Tx<'_>,
    of: &Integration,
    facts: &SecretFacts,
    secret: &Secret,
) -> Result<Sealed, StoreError> {
    if secret.is_empty() {
        return Err(StoreError::Invalid("the secret is empty".to_owned()));
    }
    seal(tx, of, &Column::secret(facts), secret)
}

/// Seals a signing key, decoded.
///
/// # Errors
/// `Invalid` for what is none.
pub(super) fn seal_signing_key(tx: &Tx<'_>, of: &Integration, text: &Secret) -> Result<Sealed, StoreError> {
    let not_one = || StoreError::Invalid("the signing key is not one".to_owned());
    let text = std::str::from_utf8(text.expose()).map_err(|_| not_one())?;
    let key = decode_signing_key(text).map_err(|error| StoreError::Invalid(error.to_string()))?;
    seal(tx, of, &Column::signing_key(), &key)
}

/// Seals a token for the base URL and forge that the integration has.
///
/// # Errors
/// `Invalid` for an empty one.
pub(super) fn seal_token(tx: &Tx<'_>, of: &Integration, token: &Secret) -> Result<Sealed, StoreError> {
    if token.is_empty() {
        return Err(StoreError::Invalid("the token is empty".to_owned()));
    }
    seal(tx, of, &Column::token(of), token)
}

/// A column, and what else its value is bound to.
struct Column {
    name: &'static str,
    extra: Vec<Vec<u8>>,
}

impl Column {
    /// Bound to the time of its making, so that an older secret does not pass for the newer one.
    fn secret(facts: &SecretFacts) -> Self {
        Self {
            name: "secret",
            extra: vec![facts.created_at.micros().to_be_bytes().to_vec()],
        }
    }

    const fn signing_key() -> Self {
        Self {
            name: "signing_key",
            extra: Vec::new(),
        }
    }

    fn token(of: &Integration) -> Self {
        let base_url = of.base_url.clone().unwrap_or_default();
        Self {
            name: "token",
            extra: vec![base_url.into_bytes(), of.forge.clone().into_bytes()],
        }
    }

    fn at<T>(&self, of: &Integration, work: impl FnOnce(Owner, &SealContext<'_>) -> T) -> T {
        let extra: Vec<&[u8]> = self.extra.iter().map(Vec::as_slice).collect();
        let context = SealContext {
            extra: &extra,
            ..SealContext::new(INTEGRATIONS.0, of.id.as_bytes(), self.name)
        };
        work(tenant(of.organization), &context)
    }
}

fn seal(tx: &Tx<'_>, of: &Integration, column: &Column, value: &Secret) -> Result<Sealed, StoreError> {
    let sealed = column.at(of, |owner, context| tx.seal(owner, context, value.expose()));
    sealed.map(Sealed)
}

fn open(vault: &Vault, of: &Integration, column: &Column, sealed: &Sealed) -> Result<Secret, StoreError> {
    let opened: Zeroizing<Vec<u8>> = column.at(of, |owner, context| vault.open(owner, context, &sealed.0))?;
    Ok(Secret::new(opened.as_slice()))
}
