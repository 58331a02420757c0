//! Events about what runs at the forge, and about the forge's own things.

use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::people::User;

/// The state of something that runs. Shown as `state`, and the forge's own word beside it as `forge_state` where it is `other`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "documented case by case in wit/events.wit")]
pub enum RunState {
    Created,
    Pending,
    Running,
    Success,
    Failed,
    Canceled,
    Skipped,
    Other(String),
}

impl RunState {
    /// The state's name, as it is shown.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Success => "success",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
            Self::Skipped => "skipped",
            Self::Other(_) => "other",
        }
    }
}

impl Serialize for RunState {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("state", self.as_str())?;
        let word = if let Self::Other(word) = self { Some(word) } else { None };
        map.serialize_entry("forge_state", &word)?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for RunState {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Shown {
            state: String,
            forge_state: Option<String>,
        }
        let Shown { state, forge_state } = Shown::deserialize(deserializer)?;
        let known = [
            Self::Created,
            Self::Pending,
            Self::Running,
            Self::Success,
            Self::Failed,
            Self::Canceled,
            Self::Skipped,
        ];
        let found = known.into_iter().find(|it| it.as_str() == state);
        Ok(found.unwrap_or(Self::Other(forge_state.unwrap_or(state))))
    }
}

/// A run of the forge's own automation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "documented field by field in wit/events.wit")]
pub struct Pipeline {
    pub id: String,
    pub number: Option<u64>,
    pub sha: Option<String>,
    pub before: Option<String>,
    #[serde(rename = "ref")]
    pub ref_name: Option<String>,
    pub tag: bool,
    pub source: Option<String>,
    #[serde(flatten)]
    pub state: RunState,
    pub stages: Vec<String>,
    pub duration_s: Option<f64>,
    pub queued_s: Option<f64>,
    pub requested_action: Option<String>,
}

/// One job of such a run, or one check of a commit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "documented field by field in wit/events.wit")]
pub struct Job {
    pub id: String,
    pub name: String,
    pub stage: Option<String>,
    pub pipeline_id: Option<String>,
    #[serde(rename = "ref")]
    pub ref_name: Option<String>,
    pub sha: Option<String>,
    #[serde(flatten)]
    pub state: RunState,
    pub duration_s: Option<f64>,
    pub allow_failure: bool,
    pub failure_reason: Option<String>,
    pub environment: Option<String>,
    pub external_id: Option<String>,
    pub requested_action: Option<String>,
}

/// A deployment of a commit to an environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "documented field by field in wit/events.wit")]
pub struct Deployment {
    pub id: String,
    pub environment: String,
    pub tier: Option<String>,
    #[serde(flatten)]
    pub state: RunState,
    pub sha: Option<String>,
    pub url: Option<String>,
}

/// The action of a wiki event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "documented case by case in wit/events.wit")]
pub enum WikiAction {
    Created,
    Updated,
    Deleted,
}

/// A page of a wiki.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "documented field by field in wit/events.wit")]
pub struct Wiki {
    #[serde(skip_serializing)]
    pub action: WikiAction,
    pub page: String,
    pub slug: Option<String>,
    pub url: Option<String>,
    pub message: Option<String>,
}

/// A group of pull requests that is to be merged, and must be checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "documented field by field in wit/events.wit")]
pub struct MergeGroup {
    pub head_sha: String,
    pub base_sha: Option<String>,
    pub head_ref: String,
    pub base_ref: Option<String>,
    #[serde(skip_serializing, rename = "action", deserialize_with = "is_destroyed")]
    pub destroyed: bool,
}

fn is_destroyed<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    String::deserialize(deserializer).map(|action| action == "destroyed")
}

/// The change of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "documented case by case in wit/events.wit")]
pub enum RepositoryChange {
    Renamed(String),
    Transferred(String),
    DefaultBranch(String),
    Deleted,
    Other(String),
}

impl RepositoryChange {
    /// The change's name, as it is shown.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Renamed(_) => "renamed",
            Self::Transferred(_) => "transferred",
            Self::DefaultBranch(_) => "default_branch",
            Self::Deleted => "deleted",
            Self::Other(word) => word,
        }
    }

    /// The change that is shown by this name, with the name or branch from before where there was one.
    pub(super) fn of_shown(change: String, previous: Option<String>) -> Self {
        match (change.as_str(), previous) {
            ("renamed", Some(name)) => Self::Renamed(name),
            ("transferred", Some(name)) => Self::Transferred(name),
            ("default_branch", Some(name)) => Self::DefaultBranch(name),
            ("deleted", None) => Self::Deleted,
            _ => Self::Other(change),
        }
    }
}

/// The action of an installation event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "documented case by case in wit/events.wit")]
pub enum InstallationAction {
    Created,
    Deleted,
    Suspended,
    Unsuspended,
    PermissionsAccepted,
    RepositoriesChanged,
    Renamed,
    Other,
}

impl InstallationAction {
    /// The action's name, as it is shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Deleted => "deleted",
            Self::Suspended => "suspended",
            Self::Unsuspended => "unsuspended",
            Self::PermissionsAccepted => "permissions_accepted",
            Self::RepositoriesChanged => "repositories_changed",
            Self::Renamed => "renamed",
            Self::Other => "other",
        }
    }
}

/// A repository by number and name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "documented field by field in wit/events.wit")]
pub struct RepositoryName {
    pub id: Option<String>,
    pub full_name: String,
}

/// The installation of an app on an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "documented field by field in wit/events.wit")]
pub struct Installation {
    #[serde(skip_serializing)]
    pub action: InstallationAction,
    pub id: String,
    pub account: User,
    pub all_repositories: Option<bool>,
    pub added: Vec<RepositoryName>,
    pub removed: Vec<RepositoryName>,
}
