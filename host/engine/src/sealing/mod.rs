//! Sealing: the key ring, the data keys it seals, and the context that a sealed value is bound to.
//!
//! Nothing here prints a key, and no error holds what was sealed.

mod cipher;
mod context;
mod ring;
mod vault;

pub use cipher::{Key, NONCE, OVERHEAD};
pub(crate) use cipher::{fill, unopened};
pub use context::SealContext;
pub use ring::KeyError;
pub(crate) use ring::{KeyRing, sync_folder};
pub(crate) use vault::{DATA_KEYS, instance_key, seal_data_key};
pub use vault::{Owner, Vault};
