//! The live credentials of an integration, opened for one check.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::Credential;
use crate::secret::Secret;

/// One live credential and the place it has among its kind, by which its use is remembered.
#[derive(Clone, Debug)]
pub struct LiveKey {
    /// Its place in the integration's list.
    pub index: usize,
    /// The key's bytes: a secret as stored, a signing key decoded.
    pub key: Secret,
}

/// All live credentials of an integration or app.
#[derive(Clone, Debug, Default)]
pub struct Keys {
    /// Webhook secrets, at most two while one is rotated.
    pub secrets: Vec<LiveKey>,
    /// Live signing keys.
    pub signing_keys: Vec<LiveKey>,
}

impl Keys {
    /// True if nothing can be proved with them.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.secrets.is_empty() && self.signing_keys.is_empty()
    }

    /// The kind of credential that decides: a signing key before a secret, so that nobody who knows only the secret gets in.
    #[must_use]
    pub fn strongest(&self) -> Credential {
        if self.signing_keys.is_empty() {
            Credential::Secret
        } else {
            Credential::SigningKey
        }
    }

    /// The live ones of a kind.
    #[must_use]
    pub fn of(&self, credential: Credential) -> &[LiveKey] {
        match credential {
            Credential::Secret => &self.secrets,
            Credential::SigningKey => &self.signing_keys,
        }
    }
}

/// A signing key that is not one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a signing key is `whsec_` and the standard base64 of 24 to 64 bytes")]
pub struct InvalidSigningKey;

/// The bytes of a signing key as people have it: `whsec_` and standard base64 with padding (Standard Webhooks).
///
/// # Errors
/// Where the prefix, the alphabet, the padding or the length is another.
pub fn decode_signing_key(text: &str) -> Result<Secret, InvalidSigningKey> {
    let encoded = text.strip_prefix("whsec_").ok_or(InvalidSigningKey)?;
    let bytes = Secret::new(STANDARD.decode(encoded).map_err(|_| InvalidSigningKey)?);
    if (24..=64).contains(&bytes.len()) {
        Ok(bytes)
    } else {
        Err(InvalidSigningKey)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signing_keys_are_decoded_strictly() {
        let key = decode_signing_key("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap();
        assert_eq!(key.expose(), (0..32).collect::<Vec<u8>>());
        for bad in [
            "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
            "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
            "whsec_",
            "whsec_AAEC",
            "whsec_!!!",
        ] {
            assert_eq!(decode_signing_key(bad).err(), Some(InvalidSigningKey), "{bad}");
        }
    }
}
