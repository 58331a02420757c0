//! An integration, as it is shown.

use std::collections::BTreeMap;

use forgegate_api::{HookStatusView, IntegrationView};
use forgegate_model::integration::{Integration, IntegrationKind, SecretFacts};

use crate::access::Caller;
use crate::connection::{Connections, HookStatus};
use crate::core::Core;

pub(super) fn view(
    core: &Core,
    connections: &Connections,
    caller: &Caller,
    org: &str,
    integration: &Integration,
) -> IntegrationView {
    let now = core.clock.now();
    let live = |facts: &&SecretFacts| facts.is_live(now);
    IntegrationView {
        id: integration.id.to_string(),
        organization: org.to_owned(),
        name: integration.name.to_string(),
        kind: integration.kind,
        forge: integration.forge.clone(),
        forges: forges(core, integration),
        mode: (integration.kind == IntegrationKind::Inbound).then_some(integration.mode),
        base_url: integration.base_url.clone(),
        has_secret: integration.secrets.iter().any(|facts| facts.is_live(now)),
        has_signing_key: integration.signing_key.as_ref().is_some_and(|facts| facts.is_live(now)),
        has_token: integration.has_token,
        secrets: integration.secrets.iter().filter(live).cloned().collect(),
        allowed_ips: integration.allowed_ips.iter().map(ToString::to_string).collect(),
        repositories: integration.repositories.clone(),
        installation_id: integration.installation_id.clone(),
        account: integration.account.clone(),
        hook_urls: hook_urls(core, caller, org, integration),
        hooks: hooks(connections, integration)
            .into_iter()
            .map(hook_status_view)
            .collect(),
        created_at: integration.created_at,
    }
}

fn forges(core: &Core, integration: &Integration) -> Vec<String> {
    match integration.kind {
        IntegrationKind::Outbound => Vec::new(),
        IntegrationKind::Inbound if integration.is_app_managed() => vec![integration.forge.clone()],
        IntegrationKind::Inbound => integration
            .forges
            .clone()
            .unwrap_or_else(|| core.plugins.usual_forges()),
    }
}

fn hook_status_view(of: HookStatus) -> HookStatusView {
    HookStatusView {
        forge: of.forge,
        repository: of.repository,
        organization: of.organization,
        hook_id: of.hook_id,
        state: serde_json::to_value(of.state).unwrap_or_default(),
        disabled_until: of.disabled_until,
        failures: of.failures,
        checked_at: of.checked_at,
    }
}

/// The states of an inbound integration's hooks at the forges, as they were last read.
pub(super) fn hooks(connections: &Connections, integration: &Integration) -> Vec<HookStatus> {
    match integration.kind {
        IntegrationKind::Outbound => Vec::new(),
        IntegrationKind::Inbound if integration.is_app_managed() => {
            connections.statuses.of(None, Some(&integration.forge))
        }
        IntegrationKind::Inbound => connections.statuses.of(Some(integration.id), None),
    }
}

/// Where no public URL is configured, whoever asks what to enter at the forge tells it by where the call came to: hooks are looked for there.
pub(super) fn remember_origin(core: &Core, connections: &Connections, caller: &Caller, integration: &Integration) {
    if core.config.server.public_url.is_none() {
        connections
            .statuses
            .remember_origin(integration.organization, &caller.origin);
    }
}

/// The URLs that the forges of an inbound integration post to, by forge.
pub(super) fn hook_urls(
    core: &Core,
    caller: &Caller,
    org: &str,
    integration: &Integration,
) -> BTreeMap<String, String> {
    let origin = &caller.origin;
    let url = |forge: String| {
        let path = if integration.is_app_managed() {
            forge.clone()
        } else {
            format!("{forge}/{org}/{}", integration.name)
        };
        (forge, format!("{origin}/api/v1/hooks/{path}"))
    };
    forges(core, integration).into_iter().map(url).collect()
}
