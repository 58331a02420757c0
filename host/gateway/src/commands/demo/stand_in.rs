//! A stand-in for a forge: it takes every call, remembers what it received, and answers with fields that any forge's answer might have.
//! It knows no forge. What a plugin looks for by name in an answer is put there for it.

use forgegate_model::lock::Lock;
use std::net::SocketAddr;
use std::sync::{Arc, MutexGuard};
use std::time::Duration;

use axum::Router;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{Method, StatusCode, Uri};
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::Failure;
use crate::server::{self, Limits};

/// The fields by which forges say how something stands, the one that says most first.
const STATES: [&str; 3] = ["conclusion", "state", "status"];

/// A stand-in. It ends when it is dropped.
pub struct StandIn {
    /// Where it listens.
    pub address: SocketAddr,
    shared: Arc<Shared>,
    serving: JoinHandle<()>,
}

/// A status that it received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceivedStatus {
    /// Method and path.
    pub call: String,
    /// The state, in the word that was sent.
    pub state: String,
}

struct Shared {
    account: String,
    received: Lock<Vec<ReceivedStatus>>,
    further: Lock<Vec<(String, Value)>>,
}

impl StandIn {
    /// Starts one where an account of this name owns everything.
    ///
    /// # Errors
    /// When there is no port.
    pub async fn start(account: &str) -> Result<Self, Failure> {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))
            .await
            .map_err(Failure::new)?;
        let address = listener.local_addr().map_err(Failure::new)?;
        let shared = Arc::new(Shared {
            account: account.to_owned(),
            received: Lock::default(),
            further: Lock::default(),
        });
        let router = Router::new().fallback({
            let shared = Arc::clone(&shared);
            async move |method: Method, uri: Uri, body: Bytes| shared.answer(&method, &uri, &body)
        });
        let limits = Limits {
            header_timeout: Duration::from_secs(5),
            max_connections: 16,
            drain: Duration::ZERO,
        };
        let serving = tokio::spawn(server::serve(listener, router, limits, CancellationToken::new()));
        Ok(Self {
            address,
            shared,
            serving,
        })
    }

    /// From here on every answer has this at that JSON pointer, too.
    pub fn put(&self, pointer: &str, value: impl Into<Value>) {
        lock(&self.shared.further).push((pointer.to_owned(), value.into()));
    }

    /// The statuses that it received, in order.
    pub fn received(&self) -> Vec<ReceivedStatus> {
        lock(&self.shared.received).clone()
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Shared {
    fn answer(&self, method: &Method, uri: &Uri, body: &[u8]) -> Response {
        let sent: Value = serde_json::from_slice(body).unwrap_or_default();
        let state = STATES.iter().find_map(|name| sent.get(name)?.as_str());
        if let Some(state) = state {
            lock(&self.received).push(ReceivedStatus {
                call: format!("{method} {}", uri.path()),
                state: state.to_owned(),
            });
        }
        let number = uri.path().rsplit('/').find_map(|segment| segment.parse::<u64>().ok());
        let mut answer = json!({
            "id": number.unwrap_or(1),
            "account": { "id": 1, "login": self.account },
            "repository_selection": "all",
        });
        for (pointer, value) in lock(&self.further).iter() {
            put(&mut answer, pointer, value.clone());
        }
        let status = if *method == Method::POST {
            StatusCode::CREATED
        } else {
            StatusCode::OK
        };
        (status, axum::Json(answer)).into_response()
    }
}

/// Puts a value where a JSON pointer leads, with the objects on the way.
fn put(answer: &mut Value, pointer: &str, value: Value) {
    let mut slot = answer;
    for name in pointer.split('/').skip(1) {
        if !slot.is_object() {
            *slot = Value::Object(Map::new());
        }
        let Some(fields) = slot.as_object_mut() else { return };
        slot = fields.entry(name).or_insert(Value::Null);
    }
    *slot = value;
}

fn lock<T>(of: &Lock<T>) -> MutexGuard<'_, T> {
    of.lock()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_put_where_a_pointer_leads() {
        let mut answer = json!({ "id": 1 });
        put(&mut answer, "/token", "t".into());
        put(&mut answer, "/id/of/it", 2.into());
        assert_eq!(answer, json!({ "id": { "of": { "it": 2 } }, "token": "t" }));
    }

    #[tokio::test]
    async fn it_remembers_the_states_that_it_was_told_and_nothing_else() {
        let forge = StandIn::start("acme").await.unwrap();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let url = format!("http://{}/things/7", forge.address);
        let answer = client
            .post(&url)
            .json(&json!({ "state": "pending" }))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 201);
        assert_eq!(answer.json::<Value>().await.unwrap()["id"], 7);
        client
            .patch(&url)
            .json(&json!({ "status": "over", "conclusion": "well" }))
            .send()
            .await
            .unwrap();
        client.get(&url).send().await.unwrap();
        let received: Vec<_> = forge.received().into_iter().map(|it| (it.call, it.state)).collect();
        let line = |call: &str, state: &str| (call.to_owned(), state.to_owned());
        assert_eq!(
            received,
            [line("POST /things/7", "pending"), line("PATCH /things/7", "well")]
        );
    }
}
