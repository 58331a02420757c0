//! The gateway behind a function call, without a socket: for the benchmark of the request path, and for nothing else.

use std::net::SocketAddr;
use std::path::Path;

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use http::{Method, Request};
use http_body_util::BodyExt;
use tower::ServiceExt;

use crate::background;
use crate::commands::serve;
use crate::config::Config;
use crate::gateway::AppState;
use crate::routes;
use crate::server::Peer;

/// A gateway. Its records go on being written until the process ends.
pub struct InProcess {
    router: Router,
    admin_token: String,
}

impl InProcess {
    /// Opens a gateway with its records in a folder, and all else as it is by default.
    ///
    /// # Errors
    /// One sentence that says why there is none.
    pub async fn open(folder: &Path) -> Result<Self, String> {
        let mut config = Config::default();
        config.storage.path = folder.to_owned();
        config.server.listen = SocketAddr::from(([127, 0, 0, 1], 0));
        let file = config.storage.admin_token();
        let opened = serve::open(config).await.map_err(|failure| failure.to_string())?;
        let admin_token = std::fs::read_to_string(&file).map_err(|error| error.to_string())?;
        background::start_for_records(&opened.gateway.core, &opened.gateway.leases);
        Ok(Self {
            router: routes::router(AppState(opened.gateway)),
            admin_token: admin_token.trim().to_owned(),
        })
    }

    /// The first administrator's token.
    #[must_use]
    pub fn admin_token(&self) -> &str {
        &self.admin_token
    }

    /// Makes a request, as if it came from this machine, and answers status and body.
    ///
    /// # Errors
    /// When the request cannot be made, or its answer does not end.
    pub async fn call(
        &self,
        method: Method,
        path: &str,
        headers: &[(String, String)],
        body: Bytes,
    ) -> Result<(u16, Bytes), String> {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let request = request
            .header("content-length", body.len())
            .extension(Peer(SocketAddr::from(([127, 0, 0, 1], 1))))
            .body(Body::from(body))
            .map_err(|error| error.to_string())?;
        let Ok(answer) = self.router.clone().oneshot(request).await;
        let status = answer.status().as_u16();
        let body = answer.into_body().collect().await.map_err(|error| error.to_string())?;
        Ok((status, body.to_bytes()))
    }
}
