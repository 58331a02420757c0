//! What to enter at the forge so that its deliveries arrive. Never the secret.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use forgegate_model::integration::{Integration, IntegrationKind, SecretFacts};
use forgegate_model::timestamp::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::{find, view};
use crate::access::Caller;
use crate::api::extract::{PathParams, Query, nothing};
use crate::connection::HookStatus;
use crate::gateway::Gateway;
use crate::response::{Problem, ok};

/// What to enter at the forge.
#[derive(Serialize, ToSchema)]
pub struct HookGuide {
    url: String,
    content_type: String,
    secret_field: String,
    has_secret: bool,
    #[schema(value_type = Option<String>)]
    secret_created_at: Option<Timestamp>,
    events: Vec<String>,
    warnings: Vec<String>,
    token: TokenGuide,
}

/// The access token to make at the forge for reporting.
#[derive(Serialize, ToSchema)]
pub struct TokenGuide {
    role: String,
    scopes: Vec<String>,
    sentence: String,
}

/// Says what to enter.
pub async fn show(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    PathParams((org, kind, name)): PathParams<(String, String, String)>,
    query: Query,
) -> Result<Response, Problem> {
    let organization = caller.organization(&gateway, &org)?;
    query.only(&["forge"])?;
    let row = find(&gateway, organization.id, &kind, &name)?;
    if row.kind == IntegrationKind::Outbound {
        return Err(Problem::not_found("an outbound integration takes no deliveries"));
    }
    let forge = query.text("forge").unwrap_or(&row.forge);
    let url = view::hook_urls(&gateway, &caller, &org, &row).remove(forge);
    let url =
        url.ok_or_else(|| Problem::bad_request(format!("`forge`: the integration does not answer to `{forge}`")))?;
    view::remember_origin(&gateway, &caller, &row);
    let plugin = gateway.plugins.get(forge).ok_or_else(|| nothing("plugin"))?;
    let (form, token) = (&plugin.description().hook, &plugin.description().token);
    let live = row.secrets.iter().find(|facts| facts.is_live(gateway.clock.now()));
    Ok(ok(HookGuide {
        url,
        content_type: form.content_type.clone(),
        secret_field: form.secret_field.clone(),
        has_secret: live.is_some(),
        secret_created_at: live.map(|facts| facts.created_at),
        events: form.events.clone(),
        warnings: warnings(&gateway, &row, forge, &form.warnings),
        token: TokenGuide {
            role: token.role.clone(),
            scopes: token.scopes.clone(),
            sentence: token.sentence.clone(),
        },
    }))
}

fn warnings(gateway: &Gateway, row: &Integration, forge: &str, of_forge: &[String]) -> Vec<String> {
    let mut warnings = of_forge.to_vec();
    if gateway.config.server.public_url.is_none() {
        warnings.push(
            "`server.public_url` is not set: the URL is the address that this request came to, and the forge may not reach it"
                .to_owned(),
        );
    }
    let is_live = |facts: &SecretFacts| facts.is_live(gateway.clock.now());
    if !row.is_app_managed() && !row.secrets.iter().chain(&row.signing_key).any(is_live) {
        warnings.push("the integration has no secret yet: every delivery is answered 503 until it has".to_owned());
    }
    let seen = view::hooks(gateway, row);
    let off = seen.iter().filter(|sight| sight.forge == forge && sight.state.is_off());
    warnings.extend(off.map(off_sentence));
    warnings
}

fn off_sentence(sight: &HookStatus) -> String {
    let place = sight.repository.as_ref().map(|name| format!(" of `{name}`"));
    let until = sight.disabled_until.map(|at| format!(" until {at}"));
    let last = sight.failures.first().map(|last| format!("; its last failure: {last}"));
    format!(
        "the forge has switched the hook{} off{}{}",
        place.unwrap_or_default(),
        until.unwrap_or_default(),
        last.unwrap_or_default()
    )
}
