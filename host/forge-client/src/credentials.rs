//! The credentials that calls carry, and who gives them out.

use std::sync::Arc;

use forgegate_model::installation::InstallationStatus;
use forgegate_model::integration::Integration;
use forgegate_model::secret::Secret;

use crate::app_key::AppKey;

/// Source of stored credentials. The gateway implements it over its records and its apps.
pub trait CredentialSource: Send + Sync {
    /// The access token of an integration, opened; none where none is stored.
    ///
    /// # Errors
    /// One sentence: the token cannot be opened, or is for another base URL or forge than `integration` names.
    fn access_token(&self, integration: &Integration) -> Result<Option<Secret>, String>;

    /// The status of the installation that an integration calls by; none where it calls by a token of its own, or nothing is on record.
    fn installation_status(&self, integration: &Integration) -> Option<InstallationStatus>;

    /// The app of a forge; none where none is configured.
    fn app(&self, forge: &str) -> Option<AppIdentity>;
}

/// An app as calls need it.
pub struct AppIdentity {
    /// The web address of the app's forge; none for the forge's public one.
    pub base_url: Option<String>,
    /// The key that signs for the app; none where nothing can be asked in its name.
    pub key: Option<Arc<AppKey>>,
}
