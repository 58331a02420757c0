//! The activity in a project's repository, and statistics of it.

use std::collections::BTreeMap;

use forgegate_model::activity::{ActivityAction, ActivityKind};
use forgegate_model::timestamp::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// One thing that happened.
#[derive(Serialize, ToSchema)]
pub struct ActivityView {
    /// The time that the forge gives it.
    #[schema(value_type = String)]
    pub at: Timestamp,
    /// The kind of object that it happened to, such as `commit` or `pull_request`.
    #[schema(value_type = String)]
    pub kind: ActivityKind,
    /// The action, such as `opened`.
    #[schema(value_type = String)]
    pub action: ActivityAction,
    /// The actor's name at the forge.
    pub actor: Option<String>,
    /// A title, or the first line of a message.
    pub title: Option<String>,
    /// The number of the issue or pull request.
    pub number: Option<u64>,
    /// The commit's hash.
    pub sha: Option<String>,
    /// The name of the branch or tag.
    #[serde(rename = "ref")]
    pub ref_name: Option<String>,
    /// Its page at the forge.
    pub url: Option<String>,
    /// True if it was read from the forge afterwards, not from a delivery.
    pub recovered: bool,
}

/// Counts over whole days, in UTC.
#[derive(Serialize, ToSchema)]
pub struct StatsView {
    /// The begin of the first day.
    #[schema(value_type = String)]
    pub since: Timestamp,
    /// The end of the last day.
    #[schema(value_type = String)]
    pub until: Timestamp,
    /// The sums over all days.
    #[serde(flatten)]
    pub counts: Counts,
    /// The days on which something happened.
    pub days: Vec<DayView>,
}

/// The counts of a day.
#[derive(Serialize, ToSchema)]
pub struct DayView {
    /// The day, such as `2026-01-31`.
    pub day: String,
    /// The counts of this day.
    #[serde(flatten)]
    pub counts: Counts,
}

/// Everything that is counted.
#[derive(Serialize, ToSchema)]
pub struct Counts {
    /// Counts of deliveries.
    pub deliveries: DeliveryCounts,
    /// The number of commits.
    pub commits: u64,
    /// Counts of pull requests.
    pub pull_requests: PullRequestCounts,
    /// Counts of reviews.
    pub reviews: ReviewCounts,
    /// Counts of issues.
    pub issues: IssueCounts,
    /// Counts of comments.
    pub comments: CommentCounts,
    /// Counts of branches.
    pub branches: RefCounts,
    /// Counts of tags.
    pub tags: RefCounts,
    /// The number of releases that were published.
    pub releases: u64,
    /// Runs of the forge's own automation.
    pub pipelines: PipelineCounts,
    /// Counts of evaluations.
    pub evaluations: EvaluationCounts,
}

/// Deliveries, by the kind of their event.
#[derive(Serialize, ToSchema)]
pub struct DeliveryCounts {
    /// Counts by kind, such as `push`.
    pub by_event: BTreeMap<&'static str, u64>,
    /// Those that reconciliation made up for.
    pub recovered: u64,
}

/// Pull requests; `closed` are those that were not merged.
#[derive(Serialize, ToSchema)]
pub struct PullRequestCounts {
    /// Pull requests that were opened.
    pub opened: u64,
    /// Pull requests that were merged.
    pub merged: u64,
    /// Pull requests that were closed without a merge.
    pub closed: u64,
}

/// Reviews, by what they say.
#[derive(Serialize, ToSchema)]
pub struct ReviewCounts {
    /// Reviews that approve.
    pub approved: u64,
    /// Reviews that request changes.
    pub changes_requested: u64,
    /// Reviews that only comment.
    pub commented: u64,
    /// Reviews that were dismissed.
    pub dismissed: u64,
}

/// Counts of issues.
#[derive(Serialize, ToSchema)]
pub struct IssueCounts {
    /// Issues that were opened.
    pub opened: u64,
    /// Issues that were closed.
    pub closed: u64,
}

/// Comments, by what they are on.
#[derive(Serialize, ToSchema)]
pub struct CommentCounts {
    /// Comments on pull requests.
    pub on_pull_requests: u64,
    /// Comments on issues.
    pub on_issues: u64,
}

/// Counts of branches or of tags.
#[derive(Serialize, ToSchema)]
pub struct RefCounts {
    /// Branches or tags that were created.
    pub created: u64,
    /// Branches or tags that were deleted.
    pub deleted: u64,
}

/// Runs of the forge's own automation that came to an end. Durations are in seconds, null where none was told.
#[derive(Serialize, ToSchema)]
pub struct PipelineCounts {
    /// Those that succeeded.
    pub success: u64,
    /// Those that failed.
    pub failed: u64,
    /// Those that ended otherwise.
    pub other: u64,
    /// The median duration.
    pub duration_p50_s: Option<f64>,
    /// The 95th percentile of the durations.
    pub duration_p95_s: Option<f64>,
}

/// Evaluations that came to an end. Times are in seconds, null where there was none.
#[derive(Serialize, ToSchema)]
pub struct EvaluationCounts {
    /// Those that succeeded.
    pub succeeded: u64,
    /// Those that failed.
    pub failed: u64,
    /// Those that could not be tried.
    pub errored: u64,
    /// Those that were cancelled.
    pub cancelled: u64,
    /// Those that newer work replaced.
    pub superseded: u64,
    /// The share of successes among those that succeeded, failed or errored, from 0 to 1.
    pub success_rate: Option<f64>,
    /// The median time in the queue.
    pub queue_wait_p50_s: Option<f64>,
    /// The 95th percentile of the times in the queue.
    pub queue_wait_p95_s: Option<f64>,
    /// The median time of the work.
    pub run_p50_s: Option<f64>,
    /// The 95th percentile of the times of the work.
    pub run_p95_s: Option<f64>,
}
