//! Whether the gateway lives and is ready, and which version it is. Bare answers, for probes; no token needed.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use forgegate_api::VersionView;
use http::StatusCode;
use serde_json::json;

use crate::core::Core;
use crate::response::{ok, with_json};

/// It lives: it answers.
pub async fn live() -> Response {
    with_json(StatusCode::OK, json!({ "status": "live" }).to_string())
}

/// It is ready: it takes work, and its records can be written.
pub async fn ready(State(core): State<Arc<Core>>) -> Response {
    let status = match (core.draining.is_cancelled(), core.store.is_ready()) {
        (true, _) => "draining",
        (false, false) => "storage_unavailable",
        (false, true) => {
            return with_json(StatusCode::OK, json!({ "status": "ready" }).to_string());
        }
    };
    with_json(StatusCode::SERVICE_UNAVAILABLE, json!({ "status": status }).to_string())
}

/// Which version it is.
pub async fn version() -> impl IntoResponse {
    ok(VersionView {
        name: "forgegate",
        version: env!("CARGO_PKG_VERSION"),
    })
}
