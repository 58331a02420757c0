//! The making of an app at its forge. Nothing secret is shown but the state, in the link.

use forgegate_model::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The app to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewManifest {
    /// The app's name; one that names the gateway unless given.
    #[serde(default)]
    pub name: Option<String>,
    /// The organization at the forge that is to own it; whoever opens the link unless given.
    #[serde(default)]
    pub organization: Option<String>,
    /// The forge's web address; the public one unless given.
    #[serde(default)]
    pub base_url: Option<String>,
}

/// The link that an operator opens.
#[derive(Serialize, ToSchema)]
pub struct ManifestView {
    /// The id of the making of this app.
    pub id: String,
    /// The forge's name, such as `github`.
    pub forge: String,
    /// The app's name.
    pub name: String,
    /// The page to open: it leads to the forge.
    pub url: String,
    /// The time when the link expires.
    #[schema(value_type = String)]
    pub expires_at: Timestamp,
    /// The form that the page posts.
    pub form: FormView,
    /// Sentences about what may go wrong.
    pub warnings: Vec<String>,
}

/// The form that the page posts, for whoever has a page of their own.
#[derive(Serialize, ToSchema)]
pub struct FormView {
    /// The URL that it is posted to.
    pub action: String,
    /// The form's fields.
    pub fields: Vec<FieldView>,
}

/// A field of the form.
#[derive(Serialize, ToSchema)]
pub struct FieldView {
    /// The field's name.
    pub name: String,
    /// The field's value.
    pub value: String,
}

/// The state of the making of an app.
#[derive(Serialize, ToSchema)]
pub struct MakingView {
    /// The id of the making of this app.
    pub id: String,
    /// The forge's name, such as `github`.
    pub forge: String,
    /// The app's name.
    pub name: String,
    /// `waiting`, `made`, `failed` or `expired`.
    pub state: &'static str,
    /// The time when the link expires.
    #[schema(value_type = String)]
    pub expires_at: Timestamp,
    /// The reason why it failed.
    pub reason: Option<String>,
    /// The app, once it is made.
    pub app: Option<AppView>,
}

/// An app that was made. Its keys are shown to nobody.
#[derive(Serialize, ToSchema)]
pub struct AppView {
    /// The forge's name, such as `github`.
    pub forge: String,
    /// The app's number at the forge.
    pub id: String,
    /// Its page at the forge, where it is installed.
    pub page: Option<String>,
    /// The forge's web address, where it is not the public one.
    pub base_url: Option<String>,
    /// The URL that it posts deliveries to.
    pub hook_url: String,
    /// The file of its private key.
    pub private_key_file: String,
    /// The file of its webhook secret.
    pub webhook_secret_file: String,
    /// The section of the configuration that says what counts from here on. Nothing has to be written anywhere.
    pub configuration: String,
}
