//! A forge on loopback that answers what a test says and remembers what came, and a plugin's description for it.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use forgegate_model::plugin::{ApiBaseSpec, Description, HookForm, Method, PathTemplate, Scope, TokenForm};
use forgegate_sandbox::ForgeRequest;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// A key that was made for these tests.
pub const PRIVATE_KEY: &str = include_str!("key.pem");

/// The claims of a token, whose signature is somebody else's to check.
pub fn claims_of(token: &str) -> serde_json::Value {
    let claims = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap()
}

pub fn description() -> Description {
    let template = |method, path: &str| PathTemplate {
        method,
        path: path.to_owned(),
    };
    Description {
        forge: "example".to_owned(),
        display_name: "Example".to_owned(),
        version: "1".to_owned(),
        scope: Scope::PerIntegration,
        shorthands: Vec::new(),
        public_hosts: vec!["git.example.com".to_owned()],
        credential_headers: vec!["x-secret-token".to_owned()],
        kept_headers: Vec::new(),
        hook: HookForm {
            content_type: "application/json".to_owned(),
            secret_field: "Secret".to_owned(),
            signing_key_field: None,
            events: Vec::new(),
            warnings: Vec::new(),
        },
        token: TokenForm {
            role: "Writer".to_owned(),
            scopes: Vec::new(),
            sentence: String::new(),
        },
        api: vec![ApiBaseSpec {
            host: None,
            origin: None,
            path: "/api/v1".to_owned(),
        }],
        paths: vec![
            template(Method::Get, "/repos/{}"),
            template(Method::Post, "/repos/{}/statuses/{}"),
            template(Method::Post, "/installations/{}/tokens"),
            template(Method::Post, "/app-manifests/{}/conversions"),
        ],
    }
}

fn request(method: Method, path: &[&str]) -> ForgeRequest {
    ForgeRequest {
        method,
        path: path.iter().map(|&it| it.to_owned()).collect(),
        query: Vec::new(),
        headers: Vec::new(),
        body: None,
        secrets: Vec::new(),
    }
}

pub fn get(path: &[&str]) -> ForgeRequest {
    request(Method::Get, path)
}

pub fn post(path: &[&str], body: &str) -> ForgeRequest {
    ForgeRequest {
        body: Some(body.as_bytes().to_vec()),
        ..request(Method::Post, path)
    }
}

/// What came.
#[derive(Clone, Debug)]
pub struct Seen {
    pub target: String,
    pub headers: HeaderMap,
    pub body: String,
}

impl Seen {
    pub fn authorization(&self) -> &str {
        self.headers.get("authorization").map_or("", |it| it.to_str().unwrap())
    }
}

/// The answer to a call.
pub type Answering = dyn Fn(&Seen) -> Option<Response<Full<Bytes>>> + Send + Sync;

/// A forge. It is gone when the test's runtime is.
pub struct Forge {
    pub address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Forge {
    /// Answers by the function; where that gives nothing, it never answers.
    pub async fn answering(answer: impl Fn(&Seen) -> Option<Response<Full<Bytes>>> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        tokio::spawn(listen(listener, Arc::clone(&seen), Arc::new(answer)));
        Self { address, seen }
    }

    /// The web address, with a path behind it.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

pub fn reply(status: u16, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Option<Response<Full<Bytes>>> {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    Some(response.body(Full::new(body.into())).unwrap())
}

async fn listen(listener: TcpListener, seen: Arc<Mutex<Vec<Seen>>>, answer: Arc<Answering>) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let (seen, answer) = (Arc::clone(&seen), Arc::clone(&answer));
        let service = service_fn(move |request: Request<Incoming>| {
            let (seen, answer) = (Arc::clone(&seen), Arc::clone(&answer));
            async move {
                let (parts, body) = request.into_parts();
                let body = body.collect().await.unwrap().to_bytes();
                let came = Seen {
                    target: format!("{} {}", parts.method, parts.uri),
                    headers: parts.headers,
                    body: String::from_utf8(body.to_vec()).unwrap(),
                };
                seen.lock().unwrap().push(came.clone());
                match answer(&came) {
                    Some(response) => Ok::<_, Infallible>(response),
                    None => std::future::pending().await,
                }
            }
        });
        let connection = hyper::server::conn::http1::Builder::new();
        tokio::spawn(connection.serve_connection(TokioIo::new(stream), service).into_future());
    }
}
