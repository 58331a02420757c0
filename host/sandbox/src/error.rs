//! The errors of this crate, and whose fault they are.

use std::path::PathBuf;
use std::time::Duration;

/// The party at fault for a failed call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// The plugin's: the same call would fail again.
    Guest,
    /// This host's: the same call may succeed later.
    Host,
    /// The forge's, which did not answer in time: the same call may succeed later.
    Forge,
}

/// The reason why a call gave no answer. The plugin is named by its forge.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "every variant's `plugin` is the plugin's name")]
pub enum PluginError {
    /// It stopped in the middle.
    #[error("plugin `{plugin}` stopped: {message}")]
    Trap { plugin: String, message: String },
    /// It did not answer in time.
    #[error("plugin `{plugin}` missed its {} deadline", seconds(*.limit))]
    Deadline { plugin: String, limit: Duration },
    /// It wanted more memory than a call may have.
    #[error("plugin `{plugin}` wanted more than {} MiB of memory", .limit_bytes >> 20)]
    Memory { plugin: String, limit_bytes: usize },
    /// It handed over more than the host takes.
    #[error("plugin `{plugin}` handed over more than {} MiB at once", .limit_bytes >> 20)]
    ResultTooLarge { plugin: String, limit_bytes: usize },
    /// Output against the contract.
    #[error("plugin `{plugin}` answered against the contract: {what}")]
    BadOutput { plugin: String, what: String },
    /// Requests to the forge against the contract, or too many.
    #[error("plugin `{plugin}` asked of the forge what it may not: {what}")]
    BadCall { plugin: String, what: String },
    /// The forge kept it waiting for longer than the call may take in all.
    #[error("the forge kept plugin `{plugin}` waiting for more than {}", seconds(*.limit))]
    ForgeTooSlow { plugin: String, limit: Duration },
    /// No slot became free in time.
    #[error("plugin `{plugin}` had no free slot within {}", seconds(*.waited))]
    Busy { plugin: String, waited: Duration },
    /// The host failed.
    #[error("plugin `{plugin}` could not be run: {message}")]
    Host { plugin: String, message: String },
}

impl PluginError {
    /// The party at fault.
    #[must_use]
    pub const fn blame(&self) -> Blame {
        match self {
            Self::Trap { .. }
            | Self::Deadline { .. }
            | Self::Memory { .. }
            | Self::ResultTooLarge { .. }
            | Self::BadOutput { .. }
            | Self::BadCall { .. } => Blame::Guest,
            Self::ForgeTooSlow { .. } => Blame::Forge,
            Self::Busy { .. } | Self::Host { .. } => Blame::Host,
        }
    }
}

/// The reason why a file is no plugin that this gateway runs. The file is named by its label.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "every variant's `plugin` is the file's label")]
pub enum LoadError {
    /// It is larger than any plugin should be.
    #[error("{plugin} has {bytes} bytes; a plugin has at most {limit}")]
    TooLarge { plugin: String, bytes: usize, limit: usize },
    /// It cannot be compiled.
    #[error("{plugin} is no component that can be run: {message}")]
    NotAComponent { plugin: String, message: String },
    /// It was made for another version of the contract.
    #[error("{plugin} was made for `{theirs}`; this gateway speaks `{ours}`")]
    OtherVersion {
        plugin: String,
        theirs: String,
        ours: &'static str,
    },
    /// It asks for, or lacks, what the contract does not.
    #[error("{plugin} does not fit the plugin contract: {message}")]
    OtherWorld { plugin: String, message: String },
    /// It could not describe itself.
    #[error("{plugin} could not describe itself: {cause}")]
    Describe { plugin: String, cause: PluginError },
    /// Its description is against the contract.
    #[error("{plugin} describes itself against the contract: {what}")]
    Description { plugin: String, what: String },
    /// The host failed.
    #[error("{plugin} could not be loaded: {message}")]
    Host { plugin: String, message: String },
}

/// The reason why there is no sandbox.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The engine refuses the settings, or the system refuses the engine.
    #[error("the plugin engine could not be started: {0}")]
    Engine(String),
    /// The folder of compiled plugins cannot be used.
    #[error("the folder `{folder}` for compiled plugins cannot be used")]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

fn seconds(time: Duration) -> String {
    if time.subsec_millis() == 0 && time.as_secs() > 0 {
        format!("{} s", time.as_secs())
    } else {
        format!("{} ms", time.as_millis())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_name_the_plugin_and_the_limit() {
        let missed = PluginError::Deadline {
            plugin: "anyforge".to_owned(),
            limit: Duration::from_secs(2),
        };
        assert_eq!(missed.to_string(), "plugin `anyforge` missed its 2 s deadline");
        let busy = PluginError::Busy {
            plugin: "anyforge".to_owned(),
            waited: Duration::from_millis(1500),
        };
        assert_eq!(busy.to_string(), "plugin `anyforge` had no free slot within 1500 ms");
        assert_eq!(missed.blame(), Blame::Guest);
        assert_eq!(busy.blame(), Blame::Host);
    }
}
