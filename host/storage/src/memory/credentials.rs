//! The sealed credentials of an integration, as its row has them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A sealed value. It does not print.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sealed(pub(crate) Vec<u8>);

impl fmt::Debug for Sealed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Sealed(***)")
    }
}

/// The sealed credentials of an integration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SealedCredentials {
    /// In the order of the integration's `secrets`.
    pub(crate) secrets: Vec<Sealed>,
    pub(crate) signing_key: Option<Sealed>,
    pub(crate) token: Option<Sealed>,
}
