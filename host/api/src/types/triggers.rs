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
    /// Let pull requests that are drafts match too; true unless given.
    #[serde(default)]
    pub drafts: Option<bool>,
    /// Hold the code of strangers until it is released; true unless given.
    #[serde(default)]
    pub require_approval: Option<bool>,
    /// Let pre-releases match too; true unless given.
    #[serde(default)]
    pub prereleases: Option<bool>,
    /// Obey a commit message that asks for nothing to run; true unless given.
    #[serde(default)]
    pub skip_ci: Option<bool>,
    /// The times when one of kind `schedule` starts, in cron's notation: `30 4 * * 1-5`.
    #[serde(default)]
    pub schedule: Option<String>,
    /// The time zone of the schedule, such as `Europe/Berlin`; UTC unless given.
    #[serde(default)]
    pub time_zone: Option<String>,
    /// The interval of one of kind `poll`, from a second to a year; `5m` unless given.
    #[serde(default)]
    pub interval: Option<String>,
    /// False to let the trigger start nothing; true unless given.
    #[serde(default)]
    pub active: Option<bool>,
}

/// A trigger. An empty list of patterns means all.
#[derive(Serialize, ToSchema)]
pub struct TriggerView {
    /// The trigger's id.
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
    /// True if drafts match too.
    pub drafts: bool,
    /// True if the code of strangers is held until it is released.
    pub require_approval: bool,
    /// True if pre-releases match too.
    pub prereleases: bool,
    /// True if a commit message may ask for nothing to run.
    pub skip_ci: bool,
    /// The times when one of kind `schedule` starts, in cron's notation.
    pub schedule: Option<String>,
    /// The time zone of the schedule.
    pub time_zone: Option<String>,
    /// The interval of one of kind `poll`, such as `5m`.
    pub interval: String,
    /// The time of its next start by the clock; null where it has none, or none yet.
    #[schema(value_type = Option<String>)]
    pub next_at: Option<Timestamp>,
    /// False if the trigger starts nothing.
    pub active: bool,
    /// The time when it was made.
    #[schema(value_type = String)]
    pub created_at: Timestamp,
}
