//! Web requests that people configured: the same client and the same address policy, no forge and no forge's credential.

use std::time::Duration;

use forgegate_model::ids::OrganizationId;
use forgegate_sandbox::CallError;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use url::Url;

use crate::call::{Call, asked_to_wait};
use crate::call_log::{NO_FORGE, Party};
use crate::client::ForgeClient;
use crate::http_client::HttpRequest;
use crate::options::RatePolicy;

/// A POST to a URL that somebody configured.
pub struct WebRequest {
    /// The organization that it is of.
    pub organization: OrganizationId,
    /// The name of it in the audit log.
    pub target: String,
    /// The URL.
    pub url: String,
    /// The header fields, the body's type among them.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// The answer to a web request. Its body is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WebAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The wait that the receiver asks for.
    pub retry_after: Option<Duration>,
}

impl ForgeClient {
    /// Posts a web request, keeping to the receiver's breaker. A redirect is an answer. The audit log names the receiver's origin alone: such URLs
    /// carry secrets in their paths.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn post(&self, request: WebRequest) -> Result<WebAnswer, CallError> {
        let refuse = |sentence: &str| CallError::Refused(sentence.to_owned());
        let url = Url::parse(&request.url).map_err(|_| refuse("it is no URL"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refuse("the URL carries a user"));
        }
        let mut headers = HeaderMap::new();
        for (name, value) in request.headers {
            let field = HeaderName::try_from(name).ok().zip(HeaderValue::try_from(value).ok());
            let (name, value) = field.ok_or_else(|| refuse("a header field cannot be sent"))?;
            headers.append(name, value);
        }
        let call = Call {
            party: &Party {
                forge: NO_FORGE.to_owned(),
                organization: Some(request.organization),
                target: request.target,
            },
            budget_key: None,
            rate_policy: RatePolicy::Usual,
            logged_path: url.origin().ascii_serialization(),
            request: HttpRequest {
                method: Method::POST,
                url,
                headers,
                body: Some(request.body),
                most: None,
            },
        };
        let answer = self.call(call).await?;
        Ok(WebAnswer {
            status: answer.status,
            retry_after: asked_to_wait(&answer, self.call_log.clock.now()),
        })
    }
}
