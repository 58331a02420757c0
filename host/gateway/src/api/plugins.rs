//! The loaded plugins, with what was counted of their calls. Only administrators have to do with them.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use forgegate_model::plugin::Scope;
use forgegate_sandbox::Plugin;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::extract::{PathParams, Query, nothing};
use super::shape::{Items, page_of};
use crate::access::Caller;
use crate::gateway::Gateway;
use crate::response::{Problem, ok};

/// A plugin, as it is shown.
#[derive(Serialize, ToSchema)]
pub struct PluginView {
    forge: String,
    name: String,
    version: String,
    digest: String,
    source: String,
    #[schema(value_type = String)]
    scope: Scope,
    imports: Vec<String>,
    #[schema(value_type = Object)]
    limits: Value,
    calls: u64,
    traps: u64,
    timeouts: u64,
    #[schema(value_type = Object)]
    milliseconds: Value,
}

/// Lists them.
pub async fn list(State(gateway): State<Arc<Gateway>>, caller: Caller, query: Query) -> Result<Response, Problem> {
    caller.administrates()?;
    let page = query.page(&[])?;
    let listed = page_of(gateway.plugins.all().collect(), &page, |plugin| {
        plugin.forge().to_owned()
    })?;
    Ok(ok(Items::of(listed, |plugin| view(&gateway, plugin))))
}

/// Shows one.
pub async fn show(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    PathParams(forge): PathParams<String>,
) -> Result<Response, Problem> {
    caller.administrates()?;
    let plugin = gateway.plugins.get(&forge).ok_or_else(|| nothing("plugin"))?;
    Ok(ok(view(&gateway, plugin)))
}

fn view(gateway: &Gateway, plugin: &Plugin) -> PluginView {
    let description = plugin.description();
    let figures = plugin.metrics();
    let limits = &gateway.config.plugins.limits;
    PluginView {
        forge: plugin.forge().to_owned(),
        name: description.display_name.clone(),
        version: description.version.clone(),
        digest: plugin.digest().to_owned(),
        source: plugin.source().as_str().to_owned(),
        scope: description.scope,
        imports: plugin.imports().to_vec(),
        limits: json!({
            "memory": bytesize::ByteSize(limits.memory).display().iec().to_string(),
            "deadline": humantime::format_duration(limits.deadline).to_string(),
        }),
        calls: figures.calls,
        traps: figures.traps,
        timeouts: figures.timeouts,
        milliseconds: json!({ "p50": figures.p50_ms, "p99": figures.p99_ms }),
    }
}
