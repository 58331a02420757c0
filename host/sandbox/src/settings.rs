//! What an operator may set.

use std::path::PathBuf;
use std::time::Duration;

use forgegate_model::secret::Secret;

/// Limits of every call, and where compiled plugins are kept.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How much memory one call may use, all its memories together.
    pub memory_bytes: usize,
    /// How long one call may take, from its place to its answer.
    pub deadline: Duration,
    /// How long a call waits for its place before it is `Busy`.
    pub patience: Duration,
    /// How many calls that read deliveries run at once; a quarter as many that call forges come on top. One plugin never has more
    /// than half of either.
    pub slots: u32,
    /// Where compiled plugins are kept; without it nothing is written.
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
    /// How many calls outward run at once.
    pub(crate) const fn outward_slots(&self) -> u32 {
        if self.slots < 4 { 1 } else { self.slots / 4 }
    }

    /// How many calls of any kind run at once.
    pub(crate) const fn all_slots(&self) -> u32 {
        self.slots.saturating_add(self.outward_slots())
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            memory_bytes: 192 << 20,
            deadline: Duration::from_secs(2),
            patience: Duration::from_secs(2),
            slots: 64,
            artefacts: None,
        }
    }
}
