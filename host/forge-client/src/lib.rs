#![doc = include_str!("../README.md")]

mod session;

mod error;
mod options;
mod principal;

mod authenticated_api;
mod call_credential;
mod paced;
mod request;

mod app_code;
mod availability;
mod web_request;

mod api_base;
mod call;
mod client;
mod redaction;
mod token_response;

mod breaker;
mod budget;
mod call_log;
mod http_client;
mod minted_tokens;

mod app_key;
mod credentials;
mod monotonic;
mod settings;

pub use app_key::AppKey;
pub use availability::Availability;
pub use call_log::{CallObserver, FinishedCall, NO_FORGE};
pub use client::ForgeClient;
pub use credentials::{AppIdentity, CredentialSource};
pub use error::{ForgeError, Retry};
pub use options::{RatePolicy, SessionOptions};
pub use principal::{NoCredential, Principal, public_address};
pub use session::ForgeSession;
pub use settings::Settings;
pub use web_request::{WebAnswer, WebRequest};

#[cfg(test)]
mod tests;
