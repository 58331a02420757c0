//! Triggers of a project.

use forgegate_model::timestamp::Timestamp;
use forgegate_model::trigger::TriggerKind;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::present;

/// The fields of a trigger, to make or to change one; `kind` and, to begin with, `integration` are needed to make one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TriggerFields)]
pub struct TriggerRequest {
    /// `push`, `tag`, `pull_request`, `release`, `comment`, `schedule` or `poll`; fixed once made.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub kind: Option<TriggerKind>,
    /// The inbound integration that delivers, by name or id.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub integration: Option<Option<String>>,
    /// A pattern for branches.
    #[serde(default)]
    pub branches: Option<Vec<String>>,
    /// A pattern for tags.
    #[serde(default)]
    pub tags: Option<Vec<String>>,
    /// A pattern for what a pull request goes into.
    #[serde(default)]
    pub target_branches: Option<Vec<String>>,
    /// A pattern for changed files.
    #[serde(default)]
    pub paths: Option<Vec<String>>,
    /// An action of the event.
    #[serde(default)]
    pub actions: Option<Vec<String>>,
    /// A label of the pull request.
    #[serde(default)]
    pub labels: Option<Vec<String>>,
    /// Also drafts.
    #[serde(default)]
    pub drafts: Option<bool>,
    /// Hold what strangers send until it is released.
    #[serde(default)]
    pub require_approval: Option<bool>,
    /// Also pre-releases.
    #[serde(default)]
    pub prereleases: Option<bool>,
    /// Obey a commit message that asks for nothing to run.
    #[serde(default)]
    pub skip_ci: Option<bool>,
    /// When one of kind `schedule` starts, in cron's notation: `30 4 * * 1-5`.
    #[serde(default)]
    pub schedule: Option<String>,
    /// The time zone of the schedule, such as `Europe/Berlin`; UTC unless given.
    #[serde(default)]
    pub time_zone: Option<String>,
    /// How often one of kind `poll` asks, such as `5m`.
    #[serde(default)]
    pub interval: Option<String>,
    /// Whether it takes part.
    #[serde(default)]
    pub active: Option<bool>,
}

/// A trigger. An empty list of patterns means all.
#[derive(Serialize, ToSchema)]
pub struct TriggerView {
    /// Its id.
    pub id: String,
    /// The name of its project.
    pub project: String,
    /// `push`, `tag`, `pull_request`, `release`, `comment`, `schedule` or `poll`.
    #[schema(value_type = String)]
    pub kind: TriggerKind,
    /// The inbound integration that delivers; null for one that is linked to none and fires nothing.
    pub integration: Option<String>,
    /// Patterns for branches.
    pub branches: Vec<String>,
    /// Patterns for tags.
    pub tags: Vec<String>,
    /// Patterns for what a pull request goes into.
    pub target_branches: Vec<String>,
    /// Patterns for changed files.
    pub paths: Vec<String>,
    /// Actions of the event.
    pub actions: Vec<String>,
    /// Labels of the pull request.
    pub labels: Vec<String>,
    /// Whether drafts count.
    pub drafts: bool,
    /// Whether what strangers send is held until it is released.
    pub require_approval: bool,
    /// Whether pre-releases count.
    pub prereleases: bool,
    /// Whether a commit message may ask for nothing to run.
    pub skip_ci: bool,
    /// When one of kind `schedule` starts, in cron's notation.
    pub schedule: Option<String>,
    /// The time zone of the schedule.
    pub time_zone: Option<String>,
    /// How often one of kind `poll` asks.
    pub interval: String,
    /// When it starts next by the clock; null for one that does not, and until it was given its time.
    #[schema(value_type = Option<String>)]
    pub next_at: Option<Timestamp>,
    /// Whether it takes part.
    pub active: bool,
    /// When it was made.
    #[schema(value_type = String)]
    pub created_at: Timestamp,
}
