//! An installation as it is shown, from the side of one organization.

use forgegate_api::{InstallationView, PairView};
use forgegate_model::ids::IntegrationId;
use forgegate_model::installation::{Binding, Installation, InstallationStatus};

use crate::api::shape::organization_name;
use crate::core::Core;

pub(super) fn view(core: &Core, installation: &Installation, bound: &Binding) -> InstallationView {
    let name = |id: IntegrationId| core.store.directory().integration(id).map(|it| it.name.to_string());
    InstallationView {
        id: installation.number.clone(),
        forge: installation.forge.clone(),
        account: installation.account.clone(),
        account_id: installation.account_id.clone(),
        organization: organization_name(core, bound.organization),
        suspended: installation.status == InstallationStatus::Suspended,
        repository_selection: installation.selection,
        repositories: installation
            .repositories
            .iter()
            .map(|it| it.full_name.clone())
            .collect(),
        integrations: PairView {
            inbound: name(bound.inbound),
            outbound: name(bound.outbound),
        },
        allowed_ips: bound.allowed_ips.iter().map(ToString::to_string).collect(),
    }
}
