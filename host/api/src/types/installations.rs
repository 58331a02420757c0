//! Installations of an app, and the accounts that may be bound.

use forgegate_model::installation::Selection;
use forgegate_model::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The binding of an installation to an organization.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Binding)]
pub struct BindingRequest {
    /// The organization's name.
    pub organization: String,
    /// The forge's id of the installation.
    pub installation_id: String,
    /// The account that it is installed for; needed where the forge cannot be asked.
    #[serde(default)]
    pub account: Option<String>,
    /// An address or network that may deliver.
    #[serde(default)]
    pub allowed_ips: Vec<String>,
}

/// Changes of a binding.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BindingChanges {
    /// An address or network that may deliver.
    pub allowed_ips: Vec<String>,
}

/// An installation, from the side of one organization.
#[derive(Serialize, ToSchema)]
pub struct InstallationView {
    /// The forge's number of it.
    pub id: String,
    /// The forge's name, such as `github`.
    pub forge: String,
    /// The account that it is installed for.
    pub account: String,
    /// The forge's number of the account.
    pub account_id: Option<String>,
    /// The organization that it is bound to.
    pub organization: Option<String>,
    /// True if the forge has suspended it.
    pub suspended: bool,
    /// The selection of repositories that it covers: `all` or `selected`.
    #[schema(value_type = Option<String>)]
    pub repository_selection: Option<Selection>,
    /// The repositories that it covers, where it covers some.
    pub repositories: Vec<String>,
    /// The names of its two integrations.
    pub integrations: PairView,
    /// The addresses and networks that may deliver; empty means all.
    pub allowed_ips: Vec<String>,
}

/// The two integrations of a bound installation, by name.
#[derive(Serialize, ToSchema)]
pub struct PairView {
    /// The name of the inbound integration.
    pub inbound: Option<String>,
    /// The name of the outbound integration.
    pub outbound: Option<String>,
}

/// The confirmation that installations of an account may be bound to an organization.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Confirmation)]
pub struct ConfirmationRequest {
    /// The organization's name.
    pub organization: String,
    /// The account's name at the forge.
    pub account: String,
    /// The account's number at the forge, where it is known.
    #[serde(default)]
    pub account_id: Option<String>,
}

/// An account that was confirmed for an organization.
#[derive(Serialize, ToSchema)]
pub struct AccountView {
    /// The forge's name, such as `github`.
    pub forge: String,
    /// The organization's name.
    pub organization: String,
    /// The account's name at the forge.
    pub account: String,
    /// The account's number at the forge, where it is known.
    pub account_id: Option<String>,
    /// The time when it was confirmed.
    #[schema(value_type = String)]
    pub confirmed_at: Timestamp,
}
