//! The one HTTP client for everything that leaves the gateway.
//!
//! It goes by no proxy that the operator did not name, follows no redirect, connects only where `model::address` and `[outbound]
//! allow` let it, and takes no more of an answer than was asked for, unpacked. Commands and workers talk to the one URL that they
//! were given, with a client of their own.

mod resolver;

use std::error::Error;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use forgegate_model::address::may_be_called;
use forgegate_sandbox::CallError;
use http::{HeaderMap, Method};
use ipnet::IpNet;
use reqwest::redirect;
use url::{Host, Url};

use crate::settings::Settings;

#[cfg(test)]
pub use resolver::Addresses;
pub use resolver::{Names, SystemNames};
use resolver::{NotAllowed, Resolver};

/// The user agent of all calls.
const USER_AGENT: &str = concat!("forgegate/", env!("CARGO_PKG_VERSION"));

/// The time that an unused connection is kept.
const IDLE: Duration = Duration::from_secs(30);

/// Timeouts of a call.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// The time until the connection stands.
    pub connect: Duration,
    /// The time until the last byte of the answer.
    pub whole: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            whole: Duration::from_secs(15),
        }
    }
}

/// An HTTP request.
pub struct HttpRequest {
    /// The method.
    pub method: Method,
    /// The URL.
    pub url: Url,
    /// The header fields.
    pub headers: HeaderMap,
    /// The body.
    pub body: Option<Vec<u8>>,
    /// The most bytes of the answer's body that are taken; none where nobody reads it.
    pub most: Option<usize>,
}

/// An HTTP response.
#[derive(Debug)]
pub struct HttpResponse {
    /// The HTTP status.
    pub status: u16,
    /// The header fields.
    pub headers: HeaderMap,
    /// The body, unpacked.
    pub body: Vec<u8>,
}

/// The HTTP client. Cloning it is cheap.
#[derive(Clone)]
pub struct HttpClient {
    http: reqwest::Client,
    allow: Arc<[IpNet]>,
}

impl HttpClient {
    /// Makes the client.
    ///
    /// # Errors
    /// When the machine's certificates cannot be read, or the proxy is none.
    pub fn new(settings: &Settings, names: Arc<dyn Names>, timeouts: Timeouts) -> Result<Self, reqwest::Error> {
        let allow: Arc<[IpNet]> = settings.allow.clone().into();
        let proxy = settings.proxy.as_ref();
        let by = proxy.and_then(Url::host_str).map(str::to_owned);
        let builder = reqwest::Client::builder()
            .no_proxy()
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .user_agent(USER_AGENT)
            .connect_timeout(timeouts.connect)
            .timeout(timeouts.whole)
            .pool_idle_timeout(IDLE)
            .dns_resolver(Resolver::new(names, Arc::clone(&allow), by));
        let builder = match proxy {
            Some(url) => builder.proxy(reqwest::Proxy::all(url.clone())?),
            None => builder,
        };
        Ok(Self {
            http: builder.build()?,
            allow,
        })
    }

    /// Makes a call and takes its answer, whatever its status; a redirect is an answer.
    ///
    /// # Errors
    /// When there is none. The text names host and cause, never a header field, a query or a body.
    pub async fn send(&self, request: HttpRequest) -> Result<HttpResponse, CallError> {
        self.admit(&request.url)?;
        let mut builder = self.http.request(request.method, request.url).headers(request.headers);
        if let Some(body) = request.body {
            builder = builder.body(body);
        }
        let mut response = builder.send().await.map_err(failed)?;
        let status = response.status().as_u16();
        let headers = std::mem::take(response.headers_mut());
        let body = match request.most {
            Some(most) => read(response, most).await?,
            None => Vec::new(),
        };
        Ok(HttpResponse { status, headers, body })
    }

    /// Checks what the resolver never sees: the scheme, and an address that stands in the URL itself.
    fn admit(&self, url: &Url) -> Result<(), CallError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(CallError::Refused("only http and https are called".to_owned()));
        }
        let literal = match url.host() {
            Some(Host::Ipv4(four)) => Some(IpAddr::from(four)),
            Some(Host::Ipv6(six)) => Some(IpAddr::from(six)),
            Some(Host::Domain(_)) => None,
            None => return Err(CallError::Refused("the URL names no host".to_owned())),
        };
        match literal {
            Some(address) if !may_be_called(address, &self.allow) => {
                Err(CallError::Refused(NotAllowed(address.to_string()).to_string()))
            }
            _ => Ok(()),
        }
    }
}

/// Reads a body up to so many bytes, counted as they are unpacked.
async fn read(mut response: reqwest::Response, most: usize) -> Result<Vec<u8>, CallError> {
    let said = response.content_length().and_then(|it| usize::try_from(it).ok());
    if said.is_some_and(|said| said > most) {
        return Err(CallError::TooLarge);
    }
    let mut body = Vec::with_capacity(said.unwrap_or(0));
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        if body.len() + chunk.len() > most {
            return Err(CallError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn failed(error: reqwest::Error) -> CallError {
    // The URL may carry a query.
    let error = error.without_url();
    if error.is_timeout() {
        return CallError::TimedOut;
    }
    let mut cause: &(dyn Error + 'static) = &error;
    while let Some(deeper) = cause.source() {
        if let Some(refused) = deeper.downcast_ref::<NotAllowed>() {
            return CallError::Refused(refused.to_string());
        }
        cause = deeper;
    }
    if error.is_builder() {
        return CallError::Refused(cause.to_string());
    }
    CallError::Unreachable(cause.to_string())
}
