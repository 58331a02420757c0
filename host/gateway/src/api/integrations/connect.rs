//! Tests of connections, and the hook at the forge.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use forgegate_model::integration::Integration;
use forgegate_sandbox::Plugin;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::{find, target, view};
use crate::access::Caller;
use crate::api::extract::{JsonBody, PathParams, nothing};
use crate::connection::{self, DeliveryTest, Finding, HookRequest, HookTarget, Mode};
use crate::gateway::Gateway;
use crate::response::{Code, Problem, ok};

/// Nothing: the test of an outbound integration takes no settings.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Empty {}

/// What the test of an outbound integration found.
#[derive(Serialize, ToSchema)]
pub struct OutboundTest {
    ok: bool,
    account: Option<HolderView>,
    tried_on: Option<String>,
    findings: Vec<Finding>,
}

/// Whose a credential is.
#[derive(Serialize, ToSchema)]
struct HolderView {
    id: Option<String>,
    login: String,
}

/// Which delivery is tried.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InboundTrial {
    #[serde(default)]
    forge: Option<String>,
    #[serde(default)]
    event: Option<String>,
}

/// What the test of an inbound integration found.
#[derive(Serialize, ToSchema)]
pub struct InboundTest {
    ok: bool,
    delivery_id: Option<String>,
    answer: Option<AnswerView>,
    arrived: Option<bool>,
    findings: Vec<Finding>,
}

/// What the sample was answered.
#[derive(Serialize, ToSchema)]
struct AnswerView {
    status: u16,
    #[schema(value_type = Object)]
    body: Value,
}

/// The hook that is wanted at the forge.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HookWish {
    #[serde(default)]
    forge: Option<String>,
    #[serde(default)]
    repository: Option<String>,
    #[serde(default)]
    organization: Option<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    mode: ModeWord,
}

/// What is wanted of the hook's secret.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ModeWord {
    #[default]
    Ensure,
    Rotate,
}

/// The hook that is there.
#[derive(Serialize, ToSchema)]
pub struct HookView {
    hook_id: String,
    created: bool,
    changed: Vec<String>,
}

/// Tries the token of an outbound integration.
pub async fn test_outbound(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    PathParams((org, name)): PathParams<(String, String)>,
    JsonBody(Empty {}): JsonBody<Empty>,
) -> Result<Response, Problem> {
    let organization = caller.organization(&gateway, &org)?;
    let row = find(&gateway, organization.id, "outbound", &name)?;
    let plugin = plugin(&gateway, &row.forge)?;
    caller
        .record(&gateway, Some(organization.id), target(&org, &row))
        .await?;
    let test = connection::test_outbound(&gateway.connections, plugin, &row).await;
    Ok(ok(OutboundTest {
        ok: test.is_ok(),
        account: test.account.map(|user| HolderView {
            id: user.id,
            login: user.login,
        }),
        tried_on: test.tried_on,
        findings: test.findings,
    }))
}

/// Tries the way in of an inbound integration.
pub async fn test_inbound(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    PathParams((org, name)): PathParams<(String, String)>,
    JsonBody(given): JsonBody<InboundTrial>,
) -> Result<Response, Problem> {
    let organization = caller.organization(&gateway, &org)?;
    let row = find(&gateway, organization.id, "inbound", &name)?;
    let (plugin, url) = door(&gateway, &caller, &org, &row, given.forge)?;
    caller
        .record(&gateway, Some(organization.id), target(&org, &row))
        .await?;
    let trial = DeliveryTest {
        integration: &row,
        organization: organization.name.as_str(),
        plugin: &plugin,
        event: given.event.as_deref().unwrap_or("push"),
        url: &url,
        source: caller.source().unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)),
    };
    let test = connection::test_inbound(&gateway.connections, &trial).await?;
    Ok(ok(InboundTest {
        ok: test.ok,
        delivery_id: test.delivery.map(|id| id.to_string()),
        answer: test.answer.map(|(status, body)| AnswerView {
            status: status.as_u16(),
            body,
        }),
        arrived: test.arrived,
        findings: test.findings,
    }))
}

/// Makes or repairs the hook at the forge. It comes to its end even if nobody waits for it: a secret may be half rotated.
pub async fn ensure_hook(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    PathParams((org, name)): PathParams<(String, String)>,
    JsonBody(given): JsonBody<HookWish>,
) -> Result<Response, Problem> {
    let organization = caller.organization(&gateway, &org)?;
    let row = find(&gateway, organization.id, "inbound", &name)?;
    let target_of_hook = match (given.repository, given.organization) {
        (Some(repository), None) => HookTarget::Repository(repository),
        (None, Some(name)) => HookTarget::Organization(name),
        _ => {
            return Err(Problem::bad_request(
                "`repository`, `organization`: name one of them: where the hook is wanted",
            ));
        }
    };
    let (plugin, url) = door(&gateway, &caller, &org, &row, given.forge)?;
    let target = target(&org, &row);
    let wish = HookRequest {
        plugin,
        target: target_of_hook,
        mode: match given.mode {
            ModeWord::Ensure => Mode::Ensure,
            ModeWord::Rotate => Mode::Rotate,
        },
        url,
        audit: caller.changed(&gateway, Some(organization.id), target.clone()),
        integration: row,
    };
    caller
        .record(&gateway, Some(organization.id), format!("{target} hook"))
        .await?;
    let made = tokio::spawn(connection::ensure_hook(Arc::clone(&gateway.connections), wish)).await;
    let made = made.map_err(Problem::internal)??;
    Ok(ok(HookView {
        hook_id: made.id,
        created: made.created,
        changed: made.changed,
    }))
}

/// The plugin and the URL that deliveries of a forge to an inbound row go to.
fn door(
    gateway: &Gateway,
    caller: &Caller,
    org: &str,
    row: &Integration,
    forge: Option<String>,
) -> Result<(Plugin, String), Problem> {
    let forge = forge.unwrap_or_else(|| row.forge.clone());
    let url = view::hook_urls(gateway, caller, org, row).remove(&forge);
    let url =
        url.ok_or_else(|| Problem::bad_request(format!("`forge`: the integration does not answer to `{forge}`")))?;
    view::remember_origin(gateway, caller, row);
    let plugin = gateway.plugins.get(&forge).ok_or_else(|| nothing("plugin"))?;
    Ok((plugin.clone(), url))
}

fn plugin<'g>(gateway: &'g Gateway, forge: &str) -> Result<&'g Plugin, Problem> {
    gateway.plugins.get(forge).ok_or_else(|| {
        Problem::new(
            Code::PluginUnavailable,
            format!("there is no plugin for `{forge}` any more"),
        )
    })
}
