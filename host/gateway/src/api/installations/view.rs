//! An installation as it is shown, from the side of one organization.

use forgegate_model::ids::IntegrationId;
use forgegate_model::installation::{Binding, Installation, InstallationStatus, Selection};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::api::shape::organization_name;
use crate::gateway::Gateway;

/// An installation, as it is shown.
#[derive(Serialize, ToSchema)]
pub struct InstallationView {
    id: String,
    forge: String,
    account: String,
    account_id: Option<String>,
    organization: Option<String>,
    suspended: bool,
    #[schema(value_type = Option<String>)]
    repository_selection: Option<Selection>,
    repositories: Vec<String>,
    #[schema(value_type = Object)]
    integrations: Value,
    allowed_ips: Vec<String>,
}

pub(super) fn view(gateway: &Gateway, installation: &Installation, bound: &Binding) -> InstallationView {
    let name = |id: IntegrationId| {
        gateway
            .store
            .directory()
            .integration(id)
            .map(|row| row.name.to_string())
    };
    InstallationView {
        id: installation.number.clone(),
        forge: installation.forge.clone(),
        account: installation.account.clone(),
        account_id: installation.account_id.clone(),
        organization: organization_name(gateway, bound.organization),
        suspended: installation.standing == InstallationStatus::Suspended,
        repository_selection: installation.selection,
        repositories: installation
            .repositories
            .iter()
            .map(|it| it.full_name.clone())
            .collect(),
        integrations: json!({ "inbound": name(bound.inbound), "outbound": name(bound.outbound) }),
        allowed_ips: bound.allowed_ips.iter().map(ToString::to_string).collect(),
    }
}
