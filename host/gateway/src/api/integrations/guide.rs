//! What to enter at the forge so that its deliveries arrive. Never the secret.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use forgegate_api::{HookGuideView, TokenGuide, parameters};
use forgegate_model::integration::{Integration, IntegrationKind, SecretFacts};

use super::{find, view};
use crate::access::Caller;
use crate::api::extract::{PathParams, Query, nothing};
use crate::connection::{Connections, HookStatus};
use crate::core::Core;
use crate::response::{Problem, ok};

/// Says what to enter.
pub async fn show(
    State(core): State<Arc<Core>>,
    State(connections): State<Arc<Connections>>,
    caller: Caller,
    PathParams((org, kind, name)): PathParams<(String, String, String)>,
    query: Query,
) -> Result<Response, Problem> {
    let organization = caller.organization(&core, &org)?;
    query.only(parameters::GUIDE)?;
    let integration = find(&core, organization.id, &kind, &name)?;
    if integration.kind == IntegrationKind::Outbound {
        return Err(Problem::not_found("an outbound integration takes no deliveries"));
    }
    let forge = query.text("forge").unwrap_or(&integration.forge);
    let url = view::hook_urls(&core, &caller, &org, &integration).remove(forge);
    let url =
        url.ok_or_else(|| Problem::bad_request(format!("`forge`: the integration does not answer to `{forge}`")))?;
    view::remember_origin(&core, &connections, &caller, &integration);
    let plugin = core.plugins.get(forge).ok_or_else(|| nothing("plugin"))?;
    let (form, token) = (&plugin.description().hook, &plugin.description().token);
    let live = integration.secrets.iter().find(|facts| facts.is_live(core.clock.now()));
    Ok(ok(HookGuideView {
        url,
        content_type: form.content_type.clone(),
        secret_field: form.secret_field.clone(),
        has_secret: live.is_some(),
        secret_created_at: live.map(|facts| facts.created_at),
        events: form.events.clone(),
        warnings: warnings(&core, &connections, &integration, forge, &form.warnings),
        token: TokenGuide {
            role: token.role.clone(),
            scopes: token.scopes.clone(),
            sentence: token.sentence.clone(),
        },
    }))
}

fn warnings(
    core: &Core,
    connections: &Connections,
    integration: &Integration,
    forge: &str,
    of_forge: &[String],
) -> Vec<String> {
    let mut warnings = of_forge.to_vec();
    if core.config.server.public_url.is_none() {
        warnings.push(
            "`server.public_url` is not set: the URL is the address that this request came to, and the forge may not reach it"
                .to_owned(),
        );
    }
    let is_live = |facts: &SecretFacts| facts.is_live(core.clock.now());
    if !integration.is_app_managed() && !integration.secrets.iter().chain(&integration.signing_key).any(is_live) {
        warnings.push("the integration has no secret yet: every delivery is answered 503 until it has".to_owned());
    }
    let seen = view::hooks(connections, integration);
    let off = seen.iter().filter(|hook| hook.forge == forge && hook.state.is_off());
    warnings.extend(off.map(off_sentence));
    warnings
}

fn off_sentence(hook: &HookStatus) -> String {
    let owner = hook.repository.as_ref().map(|name| format!(" of `{name}`"));
    let until = hook.disabled_until.map(|at| format!(" until {at}"));
    let last = hook.failures.first().map(|last| format!("; its last failure: {last}"));
    format!(
        "the forge has switched the hook{} off{}{}",
        owner.unwrap_or_default(),
        until.unwrap_or_default(),
        last.unwrap_or_default()
    )
}
