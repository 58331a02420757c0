//! The operator's configuration: `forgegate.toml`, the environment and flags, in that order, the later before the earlier.
//!
//! `load` reads them, `keys` lists every key that there is, `values` reads sizes, spans and networks. Nothing here acts: a value
//! that cannot be is refused before anything is opened.

mod keys;
mod load;
mod outbound;
mod values;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use forgegate_storage::Retention;
use ipnet::IpNet;
use serde::Deserialize;

pub use load::{Flags, load};
pub use outbound::{App, Bind, Outbound, Proxy, Reporting};
pub use values::{origin, span};

/// The shortest webhook secret that is taken, in bytes.
pub const LEAST_SECRET_BYTES: usize = 16;

/// Everything that can be set.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Sockets, limits, draining.
    pub server: Server,
    /// The addresses that the gateway may call.
    pub outbound: Outbound,
    /// The place of the records.
    pub storage: Storage,
    /// The place of the keys.
    pub keys: Keys,
    /// Plugins beyond the bundled ones, and their limits.
    pub plugins: Plugins,
    /// The retention of the audit log.
    pub audit: Audit,
    /// The queue of evaluations.
    pub queue: Queue,
    /// The retention of deliveries, and how a repeat is recognised.
    pub deliveries: Deliveries,
    /// Statuses at forges.
    pub reporting: Reporting,
    /// Commands in comments.
    pub commands: Commands,
    /// Regular polls of forges.
    pub reconciliation: Reconciliation,
    /// Apps, by forge.
    pub apps: BTreeMap<String, App>,
    /// Logs.
    pub telemetry: Telemetry,
}

impl Config {
    /// The times for which records are kept.
    pub const fn retention(&self) -> Retention {
        Retention {
            deliveries: self.deliveries.retention,
            evaluations: self.queue.retention,
            activity: self.deliveries.activity_retention,
            audit: self.audit.retention,
        }
    }
}

/// Sockets, limits, draining.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// The address to listen on; port 0 picks a free one.
    pub listen: SocketAddr,
    /// The public address of the gateway, without a slash at its end.
    #[serde(deserialize_with = "values::optional_origin")]
    pub public_url: Option<String>,
    /// Proxies whose `X-Forwarded-For` is believed.
    #[serde(deserialize_with = "values::networks")]
    pub trusted_proxies: Vec<IpNet>,
    /// The largest body of a delivery.
    #[serde(deserialize_with = "values::size")]
    pub max_body: u64,
    /// The bytes of all bodies being received, together.
    #[serde(deserialize_with = "values::size")]
    pub max_in_flight: u64,
    /// The time that the head of a request may take.
    #[serde(with = "humantime_serde")]
    pub header_timeout: Duration,
    /// The number of connections open at once.
    pub max_connections: usize,
    /// The time that requests under way may take once the gateway drains.
    #[serde(with = "humantime_serde")]
    pub drain: Duration,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            public_url: None,
            trusted_proxies: Vec::new(),
            max_body: 25 << 20,
            max_in_flight: 512 << 20,
            header_timeout: Duration::from_secs(5),
            max_connections: 4096,
            drain: Duration::from_secs(30),
        }
    }
}

/// The engine that keeps the records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Engine {
    /// Inside the program, in a folder.
    #[default]
    Embedded,
}

/// The place of the records.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Storage {
    /// The engine.
    pub engine: Engine,
    /// The folder.
    pub path: PathBuf,
}

impl Default for Storage {
    fn default() -> Self {
        Self {
            engine: Engine::Embedded,
            path: PathBuf::from("./forgegate-data"),
        }
    }
}

impl Storage {
    /// The file that holds the first administrator's token.
    pub fn admin_token(&self) -> PathBuf {
        self.path.join("admin-token")
    }

    /// The file that tells where the gateway of these records listens, while it runs.
    pub fn address(&self) -> PathBuf {
        self.path.join("address")
    }
}

/// The place of the keys.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Keys {
    /// The key ring, where it is not in the folder of the records.
    pub file: Option<PathBuf>,
}

/// Plugins beyond the bundled ones, and their limits.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Plugins {
    /// The folder that they are loaded from.
    pub directory: Option<PathBuf>,
    /// The limits of a call.
    pub limits: Limits,
    /// Digests that alone may stand for a forge, `sha256:` and 64 hexadecimal digits.
    #[serde(deserialize_with = "values::digests")]
    pub pinned: BTreeMap<String, [u8; 32]>,
}

/// The limits of a call to a plugin.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Memory, in bytes.
    #[serde(deserialize_with = "values::size")]
    pub memory: u64,
    /// Time.
    #[serde(with = "humantime_serde")]
    pub deadline: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory: 192 << 20,
            deadline: Duration::from_secs(2),
        }
    }
}

/// The retention of the audit log.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Audit {
    /// The time for which its entries are kept.
    #[serde(with = "humantime_serde")]
    pub retention: Duration,
}

impl Default for Audit {
    fn default() -> Self {
        Self { retention: days(365) }
    }
}

const fn days(days: u64) -> Duration {
    Duration::from_secs(days * 24 * 3600)
}

/// The queue of evaluations.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Queue {
    /// The term of a lease: the time that a worker may be silent.
    #[serde(with = "humantime_serde")]
    pub lease: Duration,
    /// The number of attempts before an evaluation is `errored`.
    pub max_attempts: u32,
    /// The time for which an evaluation is kept after its end.
    #[serde(with = "humantime_serde")]
    pub retention: Duration,
}

impl Default for Queue {
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(60),
            max_attempts: 3,
            retention: days(30),
        }
    }
}

/// Regular polls of forges for what was missed.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Reconciliation {
    /// The time between two polls of a forge; zero is never.
    #[serde(deserialize_with = "values::interval")]
    pub interval: Duration,
}

impl Default for Reconciliation {
    fn default() -> Self {
        Self {
            interval: Duration::from_mins(5),
        }
    }
}

/// The retention of deliveries, how a repeat is recognised, and how many are worked on at once.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Deliveries {
    /// The time for which a delivery is kept; never shorter than `dedup_window`.
    #[serde(with = "humantime_serde")]
    pub retention: Duration,
    /// The time for which a delivery's id is remembered.
    #[serde(with = "humantime_serde")]
    pub dedup_window: Duration,
    /// The time for which the bytes of a delivery without an id are remembered.
    #[serde(with = "humantime_serde")]
    pub digest_window: Duration,
    /// The time for which a project's activity and its counts are kept.
    #[serde(with = "humantime_serde")]
    pub activity_retention: Duration,
    /// The permits for each project linked to the integration.
    pub at_once_per_project: usize,
}

impl Default for Deliveries {
    fn default() -> Self {
        Self {
            retention: days(30),
            dedup_window: days(7),
            digest_window: Duration::from_secs(600),
            activity_retention: days(365),
            at_once_per_project: 10,
        }
    }
}

/// Commands in comments.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Commands {
    /// The word that they begin with.
    #[serde(deserialize_with = "values::command_prefix")]
    pub prefix: String,
}

impl Default for Commands {
    fn default() -> Self {
        Self {
            prefix: "/forgegate".to_owned(),
        }
    }
}

/// Logs.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Telemetry {
    /// The form of the logs.
    pub log: LogForm,
    /// The filter of what is logged, such as `info` or `forgegate=debug,info`.
    pub level: String,
}

impl Default for Telemetry {
    fn default() -> Self {
        Self {
            log: LogForm::Text,
            level: "info".to_owned(),
        }
    }
}

/// The form of logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogForm {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}
