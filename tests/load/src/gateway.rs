//! The gateway's API, as far as it is needed: what a delivery must find, and what a worker calls.

use std::net::SocketAddr;
use std::path::Path;

use serde_json::{Value, json};

use crate::error::LoadError;
use crate::push::{REPOSITORY, SECRET};
use crate::wire::Connection;

/// A caller with a token, on a connection of its own.
pub struct Caller {
    connection: Connection,
    token: String,
}

impl Caller {
    /// The administrator of the gateway on this folder's data.
    pub async fn administrator(address: SocketAddr, folder: &Path) -> Result<Self, LoadError> {
        let path = folder.join("data/admin-token");
        let token = std::fs::read_to_string(&path).map_err(LoadError::system(path.display().to_string()))?;
        Self::new(address, token.trim()).await
    }

    /// Whoever has this token.
    pub async fn new(address: SocketAddr, token: &str) -> Result<Self, LoadError> {
        Ok(Self {
            connection: Connection::open(address).await?,
            token: token.to_owned(),
        })
    }

    /// POST: the answer's `message`, null where there is none.
    ///
    /// # Errors
    /// When the answer is no 2xx.
    pub async fn post(&mut self, path: &str, body: &Value) -> Result<Value, LoadError> {
        let body = body.to_string();
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: gateway.example.com\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            self.token,
            body.len()
        );
        let answer = self.connection.exchange(head.as_bytes(), body.as_bytes()).await?;
        if !(200..300).contains(&answer.status) {
            let text = String::from_utf8_lossy(answer.body);
            return Err(LoadError::Server(format!("POST {path}: {} {text}", answer.status)));
        }
        let envelope: Value = serde_json::from_slice(answer.body).unwrap_or_default();
        Ok(envelope.get("message").cloned().unwrap_or_default())
    }

    /// Makes the organization, the integration, the project and the trigger that the pushes of `push` are for, and tells a
    /// worker's token.
    pub async fn furnish(&mut self) -> Result<String, LoadError> {
        let hooks = json!({ "name": "hooks", "kind": "inbound", "forge": "gitea", "secret": SECRET });
        let project = json!({ "name": "widgets", "repository": format!("{REPOSITORY}.git") });
        let trigger = json!({ "kind": "push", "integration": "hooks" });
        self.post("/api/v1/orgs", &json!({ "name": "acme" })).await?;
        self.post("/api/v1/orgs/acme/integrations", &hooks).await?;
        self.post("/api/v1/orgs/acme/projects", &project).await?;
        self.post("/api/v1/orgs/acme/projects/widgets/triggers", &trigger)
            .await?;
        let token = self
            .post("/api/v1/tokens", &json!({ "name": "workers", "scope": "worker" }))
            .await?;
        let token = token.get("token").and_then(Value::as_str);
        token
            .map(str::to_owned)
            .ok_or_else(|| LoadError::Server("a token was made and not told".to_owned()))
    }

    /// Claims the next evaluation, waiting for one up to ten seconds; its id and lease.
    pub async fn claim(&mut self, worker: &str) -> Result<Option<(String, String)>, LoadError> {
        let claimed = self
            .post(
                "/api/v1/evaluations/claim",
                &json!({ "worker": worker, "wait_ms": 10_000 }),
            )
            .await?;
        let text = |pointer: &str| claimed.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        Ok(text("/evaluation/id").zip(text("/lease/token")))
    }

    /// Finishes a claimed evaluation.
    pub async fn finish(&mut self, evaluation: &str, lease: &str) -> Result<(), LoadError> {
        let body = json!({ "lease": lease, "state": "succeeded" });
        self.post(&format!("/api/v1/evaluations/{evaluation}/finish"), &body)
            .await
            .map(drop)
    }
}
