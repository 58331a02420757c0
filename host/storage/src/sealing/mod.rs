//! Sealing: the key ring, the data keys it seals, and the place that a sealed value is bound to.
//!
//! Nothing here prints a key, and no error holds what was sealed.

mod cipher;
mod context;
mod ring;
mod vault;

pub(crate) use cipher::{Key, NONCE, OVERHEAD, fill};
pub(crate) use context::SealContext;
pub use ring::KeyError;
pub(crate) use ring::{KeyRing, sync_folder};
pub(crate) use vault::{Owner, Vault, departed, forget_departed, instance_key};
