//! Deliveries as forges post them.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};

use crate::access;
use crate::core::Core;
use crate::delivery;
use crate::hook_endpoint::HookPath;
use crate::response::Problem;

/// Takes a delivery to an app.
pub async fn app(State(core): State<Arc<Core>>, Path(forge): Path<String>, request: Request) -> Response {
    receive(
        core,
        HookPath {
            forge,
            integration: None,
        },
        request,
    )
    .await
}

/// Takes a delivery to an integration.
pub async fn integration(
    State(core): State<Arc<Core>>,
    Path((forge, organization, integration)): Path<(String, String, String)>,
    request: Request,
) -> Response {
    receive(
        core,
        HookPath {
            forge,
            integration: Some((organization, integration)),
        },
        request,
    )
    .await
}

async fn receive(core: Arc<Core>, path: HookPath, request: Request) -> Response {
    let (head, body) = request.into_parts();
    match access::source(&core, &head) {
        Some(source) => delivery::receive(core, path, head, body, source).await,
        None => Problem::internal("a request without a peer").into_response(),
    }
}
