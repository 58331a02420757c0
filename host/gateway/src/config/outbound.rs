//! The way out: where the gateway may call, how often, and in whose name.

use std::fmt;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

pub use forgegate_model::installation::Bind;
use ipnet::IpNet;
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use url::Url;

use super::values;

/// The addresses that the gateway may call.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Outbound {
    /// Networks beyond those that are globally routable.
    #[serde(deserialize_with = "values::networks")]
    pub allow: Vec<IpNet>,
    /// The proxy that all calls go by. It resolves the names then, and keeps to its own rules about where they lead.
    pub proxy: Option<Proxy>,
}

/// The address of a proxy. It may carry a password, so it does not print.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy(Url);

impl Proxy {
    /// The address, for the one client that calls by it.
    pub const fn url(&self) -> &Url {
        &self.0
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Proxy({})", self.0.host_str().unwrap_or_default())
    }
}

impl<'de> Deserialize<'de> for Proxy {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let refuse = || D::Error::custom("it is no http or https URL of a proxy");
        let url = Url::parse(&String::deserialize(from)?).map_err(|_| refuse())?;
        let plain = url.query().is_none() && url.fragment().is_none() && url.path() == "/";
        if matches!(url.scheme(), "http" | "https") && url.has_host() && plain {
            Ok(Self(url))
        } else {
            Err(refuse())
        }
    }
}

/// Statuses at forges.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Reporting {
    /// The number of calls with one credential in a minute.
    pub requests_per_minute: NonZeroU32,
    /// The time for which a status is tried before it has failed.
    #[serde(with = "humantime_serde")]
    pub give_up_after: Duration,
    /// The name of a status at the forge: `{organization}` and `{project}` are filled in.
    pub context: String,
}

impl Default for Reporting {
    fn default() -> Self {
        Self {
            requests_per_minute: NonZeroU32::MIN.saturating_add(599),
            give_up_after: Duration::from_secs(24 * 3600),
            context: "forgegate/{organization}/{project}".to_owned(),
        }
    }
}

/// An app: one webhook secret and one key for all its installations.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct App {
    /// The forge's number of the app.
    #[serde(deserialize_with = "values::number_or_text")]
    pub app_id: String,
    /// The file that holds the app's private key, PEM. Without it the app receives, and nothing can be asked of its forge.
    #[serde(default)]
    pub private_key_file: Option<PathBuf>,
    /// The files that hold the webhook secrets that count.
    #[serde(deserialize_with = "values::one_or_more")]
    pub webhook_secret_file: Vec<PathBuf>,
    /// The forge's web address; none for the public one. Without a slash at its end.
    #[serde(default, deserialize_with = "values::optional_origin")]
    pub base_url: Option<String>,
    /// The accounts for which an installation is bound by itself.
    #[serde(default)]
    pub bind: Bind,
}
