//! The loaded plugins, with what was counted of their calls. Only administrators have to do with them.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use forgegate_api::{PluginView, parameters};
use forgegate_sandbox::Plugin;
use serde_json::json;

use super::extract::{PathParams, Query, nothing};
use super::shape::{page_of, page_view};
use crate::access::Caller;
use crate::core::Core;
use crate::response::{Problem, ok};

/// Lists them.
pub async fn list(State(core): State<Arc<Core>>, caller: Caller, query: Query) -> Result<Response, Problem> {
    caller.administrates()?;
    let page = query.page(parameters::NONE)?;
    let listed = page_of(core.plugins.all().collect(), &page, |plugin| plugin.forge().to_owned())?;
    Ok(ok(page_view(listed, |plugin| view(&core, plugin))))
}

/// Shows one.
pub async fn show(
    State(core): State<Arc<Core>>,
    caller: Caller,
    PathParams(forge): PathParams<String>,
) -> Result<Response, Problem> {
    caller.administrates()?;
    let plugin = core.plugins.get(&forge).ok_or_else(|| nothing("plugin"))?;
    Ok(ok(view(&core, plugin)))
}

fn view(core: &Core, plugin: &Plugin) -> PluginView {
    let description = plugin.description();
    let metrics = plugin.metrics();
    let limits = &core.config.plugins.limits;
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
        calls: metrics.calls,
        traps: metrics.traps,
        timeouts: metrics.timeouts,
        milliseconds: json!({ "p50": metrics.p50_ms, "p99": metrics.p99_ms }),
    }
}
