//! Calls to forges: the host owns origin, credential, budget and books; a plugin only says which path and body.

mod api_base;
mod availability;
mod blanking;
mod breaker;
mod budget;
mod call_log;
mod claims;
mod client;
mod credentials;
mod exchange;
mod outbound;
mod principal;
mod redeem;
mod request;
mod session;
mod settings;
mod single;
mod ticks;
mod tokens;
mod web;

pub use availability::Availability;
pub use call_log::{CallObserver, FinishedCall, NO_FORGE};
pub use claims::AppKey;
pub use client::{ForgeClient, Options, Whom};
pub use credentials::{AppIdentity, CredentialSource};
pub use principal::public_address;
pub use settings::Settings;
pub use single::RatePolicy;
pub use web::{WebAnswer, WebRequest};

#[cfg(test)]
mod tests;
