//! A client of the API for commands: one URL, one token, no redirects, no proxy.

mod connection;

use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderValue};
use reqwest::{Method, StatusCode, Url};
use serde::Deserialize;
use serde_json::Value;

use crate::Failure;
pub use connection::Connection;

const TIMEOUT: Duration = Duration::from_secs(30);

/// A client of the API. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: Url,
    authorization: HeaderValue,
}

/// The error of a call that has no answer to use.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The gateway says no.
    #[error("{message} ({code})")]
    Refused {
        /// The HTTP status.
        status: StatusCode,
        /// The code, such as `not_found`.
        code: String,
        /// The sentence for people.
        message: String,
    },
    /// The gateway could not be reached, or answers what no gateway does.
    #[error("{0}")]
    Unreachable(String),
}

impl CallError {
    /// True if the gateway gave an answer that stays the same however often it is asked.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Refused { status, .. } if status.is_client_error() && !matches!(status.as_u16(), 408 | 429))
    }
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        Self::new(error)
    }
}

impl Client {
    /// A client for this gateway and token.
    ///
    /// # Errors
    /// When the URL is none, or the token cannot be one.
    pub fn new(url: &str, token: &str) -> Result<Self, Failure> {
        let base = Url::parse(&format!("{}/", url.trim_end_matches('/')))
            .ok()
            .filter(is_plain);
        // It is not repeated: it may hold a password, which is why it is refused.
        let base = base.ok_or_else(|| {
            Failure::new("the gateway's URL is an http or https URL without a user, a query or a fragment")
        })?;
        let token = Some(token).filter(|token| !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic()));
        let header = token.and_then(|token| HeaderValue::from_str(&format!("Bearer {token}")).ok());
        let mut authorization =
            header.ok_or_else(|| Failure::new("the access token is not one line of printable ASCII"))?;
        authorization.set_sensitive(true);
        Ok(Self {
            http: http()?,
            base,
            authorization,
        })
    }

    /// A client for what flags, environment, `cli.toml` and defaults say, in that order.
    ///
    /// # Errors
    /// When a file cannot be read, the URL is none, or there is no token for it.
    pub fn connect(flags: &Connection) -> Result<Self, Failure> {
        let (url, token) = flags.chosen()?;
        Self::new(&url, &token)
    }

    /// The gateway's URL, without a slash at its end.
    pub fn base(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }

    /// One call. Answers the `message` of the envelope; nothing where there is no content.
    ///
    /// # Errors
    /// When the gateway refuses or cannot be reached.
    pub async fn call(
        &self,
        method: Method,
        path: &[&str],
        query: &[(String, String)],
        body: Option<&Value>,
    ) -> Result<Option<Value>, CallError> {
        self.call_within(TIMEOUT, method, path, query, body).await
    }

    /// The same, with another timeout.
    ///
    /// # Errors
    /// As `call`.
    pub async fn call_within(
        &self,
        timeout: Duration,
        method: Method,
        path: &[&str],
        query: &[(String, String)],
        body: Option<&Value>,
    ) -> Result<Option<Value>, CallError> {
        let (status, text) = self.exchange(timeout, method, path, query, body).await?;
        if status == StatusCode::NO_CONTENT {
            Ok(None)
        } else {
            self.opened(status, &text)
        }
    }

    /// Fetches what is not in the envelope.
    ///
    /// # Errors
    /// As `call`.
    pub async fn bytes(&self, path: &[&str]) -> Result<Vec<u8>, CallError> {
        let (status, bytes) = self.exchange(TIMEOUT, Method::GET, path, &[], None).await?;
        if status.is_success() {
            Ok(bytes)
        } else {
            self.opened(status, &bytes).map(|_| Vec::new())
        }
    }

    async fn exchange(
        &self,
        timeout: Duration,
        method: Method,
        path: &[&str],
        query: &[(String, String)],
        body: Option<&Value>,
    ) -> Result<(StatusCode, Vec<u8>), CallError> {
        let mut url = self.base.clone();
        // These would be left out, and another thing be meant.
        if path.iter().any(|segment| matches!(*segment, "" | "." | "..")) {
            return Err(CallError::Unreachable("a name is empty or made of dots".to_owned()));
        }
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(["api", "v1"]).extend(path);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let request = self
            .http
            .request(method, url)
            .header(AUTHORIZATION, self.authorization.clone())
            .timeout(timeout);
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        let failed = |error: reqwest::Error| CallError::Unreachable(unreachable(self.base(), &error));
        let response = request.send().await.map_err(failed)?;
        let status = response.status();
        Ok((status, response.bytes().await.map_err(failed)?.into()))
    }

    fn opened(&self, status: StatusCode, text: &[u8]) -> Result<Option<Value>, CallError> {
        opened(status, text).map_err(|error| match error {
            CallError::Unreachable(sentence) => CallError::Unreachable(format!("{}: {sentence}", self.base())),
            refused @ CallError::Refused { .. } => refused,
        })
    }
}

/// An HTTP client for commands: it talks to the one URL that it was given.
///
/// # Errors
/// When TLS cannot be set up.
pub fn http() -> Result<reqwest::Client, Failure> {
    let builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .connect_timeout(Duration::from_secs(10));
    builder.build().map_err(Failure::new)
}

/// Takes an answer out of its envelope.
fn opened(status: StatusCode, text: &[u8]) -> Result<Option<Value>, CallError> {
    #[derive(Deserialize)]
    struct Envelope {
        error: bool,
        #[serde(default)]
        code: String,
        message: Value,
    }
    match serde_json::from_slice::<Envelope>(text) {
        Ok(Envelope {
            error: false, message, ..
        }) if status.is_success() => Ok(Some(message)),
        Ok(Envelope {
            error: true,
            code,
            message,
        }) => {
            let message = message.as_str().map_or_else(|| message.to_string(), str::to_owned);
            Err(CallError::Refused { status, code, message })
        }
        _ => Err(CallError::Unreachable(format!(
            "the answer with status {} is not a gateway's",
            status.as_u16()
        ))),
    }
}

fn unreachable(base: &str, error: &reqwest::Error) -> String {
    let mut sentence = format!("{base} cannot be reached");
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        sentence = format!("{sentence}: {inner}");
        cause = inner.source();
    }
    sentence
}

fn is_plain(url: &Url) -> bool {
    let bare =
        url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
    matches!(url.scheme(), "http" | "https") && bare
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_taken_out_of_its_envelope() {
        let open = |status, text: &str| opened(StatusCode::from_u16(status).unwrap(), text.as_bytes());
        assert_eq!(
            open(200, r#"{"error":false,"message":{"a":1}}"#).unwrap().unwrap()["a"],
            1
        );
        let refused = open(409, r#"{"error":true,"code":"lease_lost","message":"gone"}"#).unwrap_err();
        assert!(refused.is_final());
        assert_eq!(refused.to_string(), "gone (lease_lost)");
        assert!(
            !open(503, r#"{"error":true,"code":"draining","message":"x"}"#)
                .unwrap_err()
                .is_final()
        );
        assert!(matches!(open(200, "<html>"), Err(CallError::Unreachable(_))));
    }

    #[test]
    fn what_is_no_url_and_what_is_no_token_is_refused_without_being_shown() {
        for url in [
            "ftp://host",
            "host",
            "http://user:hunter2@host",
            "http://host/?a=hunter2",
        ] {
            let refused = Client::new(url, "fgt_1").err().unwrap().to_string();
            assert!(!refused.contains("hunter2"), "{refused}");
        }
        for token in ["", "hunter2\nx", "hunter2 x"] {
            let refused = Client::new("http://host", token).err().unwrap().to_string();
            assert!(!refused.contains("hunter2"), "{refused}");
        }
        assert_eq!(
            Client::new("http://host/prefix//", "fgt_1").ok().unwrap().base(),
            "http://host/prefix"
        );
    }
}
