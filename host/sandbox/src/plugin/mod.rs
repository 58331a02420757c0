//! A loaded plugin; its calls are in `inbound` and `outbound`.

mod inbound;
mod outbound;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use forgegate_model::plugin::Description;

use crate::PluginMetrics;
use crate::call::Callee;

pub use outbound::OutboundPlugin;

/// The source of a plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The program carries it inside itself.
    Bundled,
    /// A file, of the plugin directory or named to a command.
    Directory(PathBuf),
}

impl Source {
    /// The source's name, as it is shown.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Bundled => "bundled",
            Self::Directory(_) => "directory",
        }
    }

    /// The name of a plugin that has not told its own.
    pub(crate) fn label(&self) -> String {
        match self {
            Self::Bundled => "a bundled plugin".to_owned(),
            Self::Directory(path) => crate::translate::short(&path.display().to_string()),
        }
    }
}

/// A loaded plugin. Clones are the same plugin; it stays loaded while one of them lives.
///
/// Every call gets a fresh instance and is bounded by the sandbox's settings. Dropping a call's future ends the call and frees all
/// that it held.
#[derive(Clone)]
pub struct Plugin(Arc<Loaded>);

pub(crate) struct Loaded {
    pub callee: Callee,
    pub description: Description,
    /// Header fields that the plugin does not see.
    pub withheld: Vec<String>,
    pub digest: String,
    pub imports: Vec<String>,
    pub source: Source,
    pub size_bytes: usize,
    pub load_time: Duration,
}

impl Plugin {
    pub(crate) fn new(loaded: Loaded) -> Self {
        Self(Arc::new(loaded))
    }

    /// The forge's id: the path segment of its URLs.
    #[must_use]
    pub fn forge(&self) -> &str {
        &self.0.description.forge
    }

    /// The plugin's own account of itself, checked when it was loaded.
    #[must_use]
    pub fn description(&self) -> &Description {
        &self.0.description
    }

    /// The digest of the component: `sha256:` and hex digits.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.0.digest
    }

    /// The interfaces that the component can call.
    #[must_use]
    pub fn imports(&self) -> &[String] {
        &self.0.imports
    }

    /// The source that it came from.
    #[must_use]
    pub fn source(&self) -> &Source {
        &self.0.source
    }

    /// The component's size.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        self.0.size_bytes
    }

    /// The time that it took to load, compiling included.
    #[must_use]
    pub fn load_time(&self) -> Duration {
        self.0.load_time
    }

    /// The counters since it was loaded.
    #[must_use]
    pub fn metrics(&self) -> PluginMetrics {
        self.0.callee.counters().read()
    }
}
