//! The settings of the client.

use std::num::NonZeroU32;

use ipnet::IpNet;
use url::Url;

/// Bounds of all calls. Does not print: the proxy's address may carry a password.
pub struct Settings {
    /// Networks that may be called beyond those that are globally routable.
    pub allow: Vec<IpNet>,
    /// The proxy that all calls go by. It resolves the names then, and keeps to its own rules about where they lead.
    pub proxy: Option<Url>,
    /// Calls with one credential in a minute.
    pub calls_per_minute: NonZeroU32,
}
