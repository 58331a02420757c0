//! One key, and sealing with it: XChaCha20-Poly1305 under a random nonce.

use std::fmt;

use chacha20poly1305::aead::{Aead, AeadInOut, KeyInit, Payload};
use chacha20poly1305::{Key as CipherKey, XChaCha20Poly1305, XNonce};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::SealContext;
use crate::error::StoreError;

/// The bytes of a nonce, which stands before the ciphertext.
pub const NONCE: usize = 24;
/// The bytes by which a sealed value is longer than its text.
pub const OVERHEAD: usize = NONCE + 16;

/// A key of 32 bytes. It prints as `Key(***)` and is wiped when it goes.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Key([u8; 32]);

impl Key {
    /// The key of 32 bytes that were unsealed.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// A random key.
    ///
    /// # Errors
    /// `Unavailable` when the system gives no random bytes.
    pub fn random() -> Result<Self, StoreError> {
        let mut bytes = [0; 32];
        fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// The bytes of the key, to be sealed under another.
    #[must_use]
    pub const fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// Appends nonce, ciphertext and tag to `out`.
    ///
    /// # Errors
    /// `Invalid` for more than the cipher takes.
    pub fn seal_into(&self, context: &SealContext<'_>, plain: &[u8], out: &mut Vec<u8>) -> Result<(), StoreError> {
        out.reserve(OVERHEAD + plain.len());
        let begin = out.len();
        out.extend_from_slice(&[0; NONCE]);
        out.extend_from_slice(plain);
        self.seal_from(begin, context, out)
    }

    /// Seals in place what follows `NONCE` bytes of room from `begin` on, to the end.
    ///
    /// # Errors
    /// `Invalid` where there is no room, or for more than the cipher takes.
    pub fn seal_from(&self, begin: usize, context: &SealContext<'_>, out: &mut Vec<u8>) -> Result<(), StoreError> {
        let too_short = || StoreError::Invalid("no room was left for the nonce".to_owned());
        let (nonce, text) = out
            .get_mut(begin..)
            .and_then(|rest| rest.split_first_chunk_mut::<NONCE>())
            .ok_or_else(too_short)?;
        fill(nonce)?;
        let tag = XChaCha20Poly1305::new(&CipherKey::from(self.0))
            .encrypt_inout_detached(&XNonce::from(*nonce), &context.associated_data(), text.into())
            .map_err(|_| StoreError::Invalid("the value is too large to be sealed".to_owned()))?;
        out.extend_from_slice(&tag);
        Ok(())
    }

    /// Opens what `seal_into` sealed under this context.
    ///
    /// # Errors
    /// `Sealed` under another key or context, or when it was changed.
    pub fn open(&self, context: &SealContext<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        let unsealed = sealed.split_first_chunk::<NONCE>().and_then(|(nonce, text)| {
            XChaCha20Poly1305::new(&CipherKey::from(self.0))
                .decrypt(
                    &XNonce::from(*nonce),
                    Payload {
                        msg: text,
                        aad: &context.associated_data(),
                    },
                )
                .ok()
        });
        unsealed.map(Zeroizing::new).ok_or_else(|| unopened(context))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Key(***)")
    }
}

/// The error for a value that does not open, named by its context.
pub(crate) fn unopened(context: &SealContext<'_>) -> StoreError {
    StoreError::Sealed(format!(
        "the column `{}` of a row of `{}`",
        context.column, context.table
    ))
}

/// Random bytes from the system.
pub(crate) fn fill(bytes: &mut [u8]) -> Result<(), StoreError> {
    getrandom::fill(bytes)
        .map_err(|error| StoreError::Unavailable(format!("the system gives no random bytes: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_value_opens_in_its_context_only() {
        let key = Key::random().unwrap();
        let mut sealed = Vec::new();
        let context = SealContext::new("integrations", b"1", "secret");
        key.seal_into(&context, b"hunter2", &mut sealed).unwrap();
        assert_eq!(key.open(&context, &sealed).unwrap().as_slice(), b"hunter2");
        for other in [
            SealContext::new("integrations", b"2", "secret"),
            SealContext::new("integrations", b"1", "token"),
            SealContext::new("projects", b"1", "secret"),
        ] {
            assert!(matches!(key.open(&other, &sealed), Err(StoreError::Sealed(_))));
        }
        assert!(Key::random().unwrap().open(&context, &sealed).is_err());
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(key.open(&context, &changed).is_err(), "{at}");
        }
        assert!(key.open(&context, b"short").is_err());
    }

    #[test]
    fn a_key_does_not_show_itself() {
        assert_eq!(format!("{:?}", Key([7; 32])), "Key(***)");
    }
}
