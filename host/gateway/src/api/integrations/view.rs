//! An integration, as it is shown.

use std::collections::BTreeMap;

use forgegate_model::integration::{Integration, IntegrationKind, IntegrationMode, SecretFacts};
use forgegate_model::timestamp::Timestamp;
use forgegate_storage::Unlinked;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::access::Caller;
use crate::api::shape::project_name;
use crate::connection::HookStatus;
use crate::gateway::Gateway;

/// An integration, as it is shown.
#[derive(Serialize, ToSchema)]
pub struct IntegrationView {
    id: String,
    organization: String,
    name: String,
    #[schema(value_type = String)]
    kind: IntegrationKind,
    forge: String,
    forges: Vec<String>,
    #[schema(value_type = Option<String>)]
    mode: Option<IntegrationMode>,
    base_url: Option<String>,
    has_secret: bool,
    has_signing_key: bool,
    has_token: bool,
    #[schema(value_type = Vec<Object>)]
    secrets: Vec<SecretFacts>,
    #[schema(value_type = Vec<String>)]
    allowed_ips: Vec<String>,
    repositories: Vec<String>,
    installation_id: Option<String>,
    account: Option<String>,
    hook_urls: BTreeMap<String, String>,
    hooks: Vec<HookStatus>,
    #[schema(value_type = String)]
    created_at: Timestamp,
}

pub(super) fn view(gateway: &Gateway, caller: &Caller, org: &str, row: &Integration) -> IntegrationView {
    let now = gateway.clock.now();
    let live = |facts: &&SecretFacts| facts.is_live(now);
    IntegrationView {
        id: row.id.to_string(),
        organization: org.to_owned(),
        name: row.name.to_string(),
        kind: row.kind,
        forge: row.forge.clone(),
        forges: forges(gateway, row),
        mode: (row.kind == IntegrationKind::Inbound).then_some(row.mode),
        base_url: row.base_url.clone(),
        has_secret: row.secrets.iter().any(|facts| facts.is_live(now)),
        has_signing_key: row.signing_key.as_ref().is_some_and(|facts| facts.is_live(now)),
        has_token: row.has_token,
        secrets: row.secrets.iter().filter(live).cloned().collect(),
        allowed_ips: row.allowed_ips.iter().map(ToString::to_string).collect(),
        repositories: row.repositories.clone(),
        installation_id: row.installation_id.clone(),
        account: row.account.clone(),
        hook_urls: hook_urls(gateway, caller, org, row),
        hooks: hooks(gateway, row),
        created_at: row.created_at,
    }
}

/// A link that a deletion cleared.
pub(in crate::api) fn unlinked(gateway: &Gateway, link: &Unlinked) -> Value {
    match link {
        Unlinked::Trigger { project, trigger } => {
            json!({ "project": project_name(gateway, *project), "trigger": trigger })
        }
        Unlinked::Action { project, action } => {
            json!({ "project": project_name(gateway, *project), "action": action })
        }
    }
}

fn forges(gateway: &Gateway, row: &Integration) -> Vec<String> {
    match row.kind {
        IntegrationKind::Outbound => Vec::new(),
        IntegrationKind::Inbound if row.is_app_managed() => vec![row.forge.clone()],
        IntegrationKind::Inbound => row.forges.clone().unwrap_or_else(|| gateway.plugins.usual_forges()),
    }
}

/// What was last seen of an inbound row's hooks at the forges.
pub(super) fn hooks(gateway: &Gateway, row: &Integration) -> Vec<HookStatus> {
    match row.kind {
        IntegrationKind::Outbound => Vec::new(),
        IntegrationKind::Inbound if row.is_app_managed() => gateway.connections.statuses.of(None, Some(&row.forge)),
        IntegrationKind::Inbound => gateway.connections.statuses.of(Some(row.id), None),
    }
}

/// Where no public URL is configured, whoever asks what to enter at the forge tells it by where the call came to: hooks are looked for there.
pub(super) fn remember_origin(gateway: &Gateway, caller: &Caller, row: &Integration) {
    if gateway.config.server.public_url.is_none() {
        gateway
            .connections
            .statuses
            .remember_origin(row.organization, &caller.origin);
    }
}

/// Where the forges of an inbound row post to, by forge.
pub(super) fn hook_urls(gateway: &Gateway, caller: &Caller, org: &str, row: &Integration) -> BTreeMap<String, String> {
    let origin = &caller.origin;
    let url = |forge: String| {
        let path = if row.is_app_managed() {
            forge.clone()
        } else {
            format!("{forge}/{org}/{}", row.name)
        };
        (forge, format!("{origin}/api/v1/hooks/{path}"))
    };
    forges(gateway, row).into_iter().map(url).collect()
}
