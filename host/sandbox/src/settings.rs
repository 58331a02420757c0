//! The settings of the sandbox.

use std::path::PathBuf;
use std::time::Duration;

use forgegate_model::secret::Secret;

/// Limits of every call, and the folder of compiled plugins.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The most memory that one call may use, in bytes, all its memories together.
    pub memory_bytes: usize,
    /// The longest time that one call may take, from its slot to its answer.
    pub deadline: Duration,
    /// The longest time that a call waits for its slot before it is `Busy`.
    pub slot_timeout: Duration,
    /// The most calls that read deliveries at once; a quarter as many that call forges come on top. One plugin never has more
    /// than half of either.
    pub slots: u32,
    /// The folder of compiled plugins; without it nothing is written.
    pub artefacts: Option<ArtefactCache>,
}

/// A folder of compiled plugins that nobody else can have written: each carries a MAC.
#[derive(Clone, Debug)]
pub struct ArtefactCache {
    /// The folder; made when it is missing.
    pub folder: PathBuf,
    /// The key of the MACs. Whoever has it can make this host run native code.
    pub key: Secret,
}

impl Settings {
    /// The most outbound calls at once.
    pub(crate) const fn outbound_slots(&self) -> u32 {
        if self.slots < 4 { 1 } else { self.slots / 4 }
    }

    /// The most calls of any kind at once.
    pub(crate) const fn all_slots(&self) -> u32 {
        self.slots.saturating_add(self.outbound_slots())
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            memory_bytes: 192 << 20,
            deadline: Duration::from_secs(2),
            slot_timeout: Duration::from_secs(2),
            slots: 64,
            artefacts: None,
        }
    }
}
