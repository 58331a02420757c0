//! Tests of connections, and the hook at the forge.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use forgegate_api::{
    AnswerView, HolderView, HookMode, HookRequest, HookView, InboundTestResponse, OutboundTestResponse,
    TestDeliveryRequest, TestFinding,
};
use forgegate_model::integration::Integration;
use forgegate_sandbox::Plugin;

use super::{find, target, view};
use crate::access::Caller;
use crate::api::extract::{Empty, JsonBody, PathParams, nothing};
use crate::connection::{self, Connections, DeliveryTest, Finding, HookTarget, Mode};
use crate::core::Core;
use crate::response::{Code, Problem, ok};

/// Tries the token of an outbound integration.
pub async fn test_outbound(
    State(core): State<Arc<Core>>,
    State(connections): State<Arc<Connections>>,
    caller: Caller,
    PathParams((org, name)): PathParams<(String, String)>,
    JsonBody(Empty {}): JsonBody<Empty>,
) -> Result<Response, Problem> {
    let organization = caller.organization(&core, &org)?;
    let integration = find(&core, organization.id, "outbound", &name)?;
    let plugin = plugin(&core, &integration.forge)?;
    caller
        .record(&core, Some(organization.id), target(&org, &integration))
        .await?;
    let test = connection::test_outbound(&connections, plugin, &integration).await;
    Ok(ok(OutboundTestResponse {
        ok: test.is_ok(),
        account: test.account.map(|user| HolderView {
            id: user.id,
            login: user.login,
        }),
        tried_on: test.tried_on,
        findings: findings(test.findings),
    }))
}

/// Tries the way in of an inbound integration.
pub async fn test_inbound(
    State(core): State<Arc<Core>>,
    State(connections): State<Arc<Connections>>,
    caller: Caller,
    PathParams((org, name)): PathParams<(String, String)>,
    JsonBody(request): JsonBody<TestDeliveryRequest>,
) -> Result<Response, Problem> {
    let organization = caller.organization(&core, &org)?;
    let integration = find(&core, organization.id, "inbound", &name)?;
    let (plugin, url) = hook_endpoint(&core, &connections, &caller, &org, &integration, request.forge)?;
    caller
        .record(&core, Some(organization.id), target(&org, &integration))
        .await?;
    let test = DeliveryTest {
        integration: &integration,
        organization: organization.name.as_str(),
        plugin: &plugin,
        event: request.event.as_deref().unwrap_or("push"),
        url: &url,
        source: caller.source().unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)),
    };
    let test = connection::test_inbound(&connections, &test).await?;
    Ok(ok(InboundTestResponse {
        ok: test.ok,
        delivery_id: test.delivery.map(|id| id.to_string()),
        answer: test.answer.map(|(status, body)| AnswerView {
            status: status.as_u16(),
            body,
        }),
        arrived: test.arrived,
        findings: findings(test.findings),
    }))
}

/// Makes or repairs the hook at the forge. It comes to its end even if nobody waits for it: a secret may be half rotated.
pub async fn ensure_hook(
    State(core): State<Arc<Core>>,
    State(connections): State<Arc<Connections>>,
    caller: Caller,
    PathParams((org, name)): PathParams<(String, String)>,
    JsonBody(request): JsonBody<HookRequest>,
) -> Result<Response, Problem> {
    let organization = caller.organization(&core, &org)?;
    let integration = find(&core, organization.id, "inbound", &name)?;
    let wanted = match (request.repository, request.organization) {
        (Some(repository), None) => HookTarget::Repository(repository),
        (None, Some(name)) => HookTarget::Organization(name),
        _ => {
            return Err(Problem::bad_request(
                "`repository`, `organization`: name one of them: where the hook is wanted",
            ));
        }
    };
    let (plugin, url) = hook_endpoint(&core, &connections, &caller, &org, &integration, request.forge)?;
    let target = target(&org, &integration);
    let wanted = connection::HookRequest {
        plugin,
        target: wanted,
        mode: match request.mode {
            HookMode::Ensure => Mode::Ensure,
            HookMode::Rotate => Mode::Rotate,
        },
        url,
        audit: caller.changed(&core, Some(organization.id), target.clone()),
        integration,
    };
    caller
        .record(&core, Some(organization.id), format!("{target} hook"))
        .await?;
    let made = tokio::spawn(connection::ensure_hook(Arc::clone(&connections), wanted)).await;
    let made = made.map_err(Problem::internal)??;
    Ok(ok(HookView {
        hook_id: made.id,
        created: made.created,
        changed: made.changed,
    }))
}

/// Answers the plugin and the URL that deliveries of a forge to an inbound integration go to.
fn hook_endpoint(
    core: &Core,
    connections: &Connections,
    caller: &Caller,
    org: &str,
    integration: &Integration,
    forge: Option<String>,
) -> Result<(Plugin, String), Problem> {
    let forge = forge.unwrap_or_else(|| integration.forge.clone());
    let url = view::hook_urls(core, caller, org, integration).remove(&forge);
    let url =
        url.ok_or_else(|| Problem::bad_request(format!("`forge`: the integration does not answer to `{forge}`")))?;
    view::remember_origin(core, connections, caller, integration);
    let plugin = core.plugins.get(&forge).ok_or_else(|| nothing("plugin"))?;
    Ok((plugin.clone(), url))
}

fn plugin<'a>(core: &'a Core, forge: &str) -> Result<&'a Plugin, Problem> {
    core.plugins.get(forge).ok_or_else(|| {
        Problem::new(
            Code::PluginUnavailable,
            format!("there is no plugin for `{forge}` any more"),
        )
    })
}

fn findings(found: Vec<Finding>) -> Vec<TestFinding> {
    let finding = |it: Finding| TestFinding {
        check: it.check,
        ok: it.ok,
        sentence: it.sentence,
    };
    found.into_iter().map(finding).collect()
}
