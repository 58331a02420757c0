//! A client of the API for commands: one URL, one token, no redirects, no proxy.

use std::path::PathBuf;
use std::time::Duration;

use reqwest::{Method, StatusCode, Url};
use serde::Deserialize;
use serde_json::Value;

use super::Failure;

/// Where the gateway is, and who asks.
#[derive(clap::Args, Clone, Debug, Default)]
pub struct Connection {
    /// The gateway's URL.
    #[arg(long, global = true)]
    pub url: Option<String>,
    /// The file that holds the access token.
    #[arg(long, global = true)]
    pub token_file: Option<PathBuf>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct CliFile {
    url: Option<String>,
    token: Option<String>,
    token_file: Option<PathBuf>,
}

const USUAL_URL: &str = "http://127.0.0.1:8080";
const USUAL_TOKEN_FILE: &str = "./forgegate-data/admin-token";
const PATIENCE: Duration = Duration::from_secs(30);

/// A client of the API. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: Url,
    token: String,
}

/// Why a call has no answer that is worth anything.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The gateway says no.
    #[error("{message} ({code})")]
    Refused {
        /// The status.
        status: StatusCode,
        /// The code.
        code: String,
        /// The sentence.
        message: String,
    },
    /// The gateway could not be reached, or answers what no gateway does.
    #[error("{0}")]
    Unreachable(String),
}

impl CallError {
    /// Whether the gateway gave an answer that stays as it is however often it is asked.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Refused { status, .. } if status.is_client_error() && *status != StatusCode::TOO_MANY_REQUESTS)
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
    /// When the URL is none.
    pub fn new(url: &str, token: &str) -> Result<Self, Failure> {
        let url = format!("{}/", url.trim_end_matches('/'));
        let base = Url::parse(&url)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https"));
        let base =
            base.ok_or_else(|| Failure::new(format!("`{url}` is not an http or https URL")))?;
        Ok(Self {
            http: http()?,
            base,
            token: token.to_owned(),
        })
    }

    /// A client for what flags, environment, `cli.toml` and defaults say, in that order.
    ///
    /// # Errors
    /// When a file cannot be read, or the URL is none.
    pub fn connect(flags: &Connection) -> Result<Self, Failure> {
        let file = cli_file()?;
        let variable = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
        let url = flags
            .url
            .clone()
            .or_else(|| variable("FORGEGATE_URL"))
            .or(file.url);
        let token = match &flags.token_file {
            Some(file) => read(file)?,
            None => match (
                variable("FORGEGATE_TOKEN"),
                variable("FORGEGATE_TOKEN_FILE"),
                file.token,
                file.token_file,
            ) {
                (Some(token), ..) | (None, None, Some(token), _) => token,
                (None, Some(file), ..) => read(&PathBuf::from(file))?,
                (None, None, None, Some(file)) => read(&file)?,
                (None, None, None, None) => read(&PathBuf::from(USUAL_TOKEN_FILE))?,
            },
        };
        Self::new(url.as_deref().unwrap_or(USUAL_URL), &token)
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
        self.call_within(PATIENCE, method, path, query, body).await
    }

    /// The same, with another patience.
    ///
    /// # Errors
    /// As `call`.
    pub async fn call_within(
        &self,
        patience: Duration,
        method: Method,
        path: &[&str],
        query: &[(String, String)],
        body: Option<&Value>,
    ) -> Result<Option<Value>, CallError> {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(["api", "v1"]).extend(path);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let request = self
            .http
            .request(method, url)
            .bearer_auth(&self.token)
            .timeout(patience);
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        let response = request
            .send()
            .await
            .map_err(|error| CallError::Unreachable(unreachable(self.base(), &error)))?;
        let status = response.status();
        if status == StatusCode::NO_CONTENT {
            return Ok(None);
        }
        let text = response
            .bytes()
            .await
            .map_err(|error| CallError::Unreachable(unreachable(self.base(), &error)))?;
        opened(status, &text).map_err(|error| match error {
            CallError::Unreachable(sentence) => {
                CallError::Unreachable(format!("{}: {sentence}", self.base()))
            }
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
            error: false,
            message,
            ..
        }) if status.is_success() => Ok(Some(message)),
        Ok(Envelope {
            error: true,
            code,
            message,
        }) => {
            let message = message
                .as_str()
                .map_or_else(|| message.to_string(), str::to_owned);
            Err(CallError::Refused {
                status,
                code,
                message,
            })
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

fn read(file: &PathBuf) -> Result<String, Failure> {
    let text = std::fs::read_to_string(file);
    let text = text.map_err(|error| {
        Failure::new(format!(
            "the token file `{}` cannot be read: {error}",
            file.display()
        ))
    })?;
    Ok(text.trim().to_owned())
}

fn cli_file() -> Result<CliFile, Failure> {
    let Some(home) = std::env::var_os("HOME") else {
        return Ok(CliFile::default());
    };
    let file = PathBuf::from(home).join(".config/forgegate/cli.toml");
    if !file.exists() {
        return Ok(CliFile::default());
    }
    let text = std::fs::read_to_string(&file)
        .map_err(|error| Failure::new(format!("`{}` cannot be read: {error}", file.display())))?;
    toml::from_str(&text)
        .map_err(|error| Failure::new(format!("`{}`: {}", file.display(), error.message())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_taken_out_of_its_envelope() {
        let open =
            |status, text: &str| opened(StatusCode::from_u16(status).unwrap(), text.as_bytes());
        assert_eq!(
            open(200, r#"{"error":false,"message":{"a":1}}"#)
                .unwrap()
                .unwrap()["a"],
            1
        );
        let refused = open(
            409,
            r#"{"error":true,"code":"lease_lost","message":"gone"}"#,
        )
        .unwrap_err();
        assert!(refused.is_final());
        assert_eq!(refused.to_string(), "gone (lease_lost)");
        assert!(
            !open(503, r#"{"error":true,"code":"draining","message":"x"}"#)
                .unwrap_err()
                .is_final()
        );
        assert!(matches!(
            open(200, "<html>"),
            Err(CallError::Unreachable(_))
        ));
    }
}
