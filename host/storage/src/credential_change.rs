//! Changes of stored credentials.

use forgegate_model::secret::Secret;

/// A change of a stored credential.
#[derive(Clone, Debug, Default)]
pub enum CredentialChange {
    /// It stays.
    #[default]
    Keep,
    /// It goes.
    Clear,
    /// This one takes its place.
    Set(Secret),
}
