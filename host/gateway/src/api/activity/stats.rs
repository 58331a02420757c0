//! What was counted of a project, as it is shown.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use forgegate_model::activity::{Counter, Tally, Timing};
use forgegate_model::timestamp::Timestamp;
use forgegate_storage::DayTally;
use serde::Serialize;
use utoipa::ToSchema;

use super::RANGE;
use crate::access::Caller;
use crate::api::extract::{PathParams, Query};
use crate::api::projects;
use crate::gateway::Gateway;
use crate::response::{Problem, ok};

/// How far back counts go unless `since` is given.
const USUAL: Duration = Duration::from_hours(30 * 24);

/// What was counted over whole days, in UTC.
#[derive(Serialize, ToSchema)]
pub struct StatsView {
    #[schema(value_type = String)]
    since: Timestamp,
    #[schema(value_type = String)]
    until: Timestamp,
    #[serde(flatten)]
    counts: Counts,
    days: Vec<DayView>,
}

/// What was counted on a day.
#[derive(Serialize, ToSchema)]
pub struct DayView {
    day: String,
    #[serde(flatten)]
    counts: Counts,
}

/// What is counted.
#[derive(Serialize, ToSchema)]
pub struct Counts {
    deliveries: DeliveryCounts,
    commits: u64,
    pull_requests: PullRequestCounts,
    reviews: ReviewCounts,
    issues: IssueCounts,
    comments: CommentCounts,
    branches: RefCounts,
    tags: RefCounts,
    releases: u64,
    pipelines: PipelineCounts,
    evaluations: EvaluationCounts,
}

/// Deliveries, by the kind of their event.
#[derive(Serialize, ToSchema)]
pub struct DeliveryCounts {
    by_event: BTreeMap<&'static str, u64>,
    recovered: u64,
}

/// Pull requests; `closed` are those that were not merged.
#[derive(Serialize, ToSchema)]
pub struct PullRequestCounts {
    opened: u64,
    merged: u64,
    closed: u64,
}

/// Reviews, by what they say.
#[derive(Serialize, ToSchema)]
pub struct ReviewCounts {
    approved: u64,
    changes_requested: u64,
    commented: u64,
    dismissed: u64,
}

/// Issues.
#[derive(Serialize, ToSchema)]
pub struct IssueCounts {
    opened: u64,
    closed: u64,
}

/// Comments, by what they are on.
#[derive(Serialize, ToSchema)]
pub struct CommentCounts {
    on_pull_requests: u64,
    on_issues: u64,
}

/// Branches or tags.
#[derive(Serialize, ToSchema)]
pub struct RefCounts {
    created: u64,
    deleted: u64,
}

/// Runs of the forge's own automation that came to an end, and how long they ran; null where no duration was told.
#[derive(Serialize, ToSchema)]
pub struct PipelineCounts {
    success: u64,
    failed: u64,
    other: u64,
    duration_p50_s: Option<f64>,
    duration_p95_s: Option<f64>,
}

/// Evaluations that came to an end; `success_rate` is of those with a result, null where there was none.
#[derive(Serialize, ToSchema)]
pub struct EvaluationCounts {
    succeeded: u64,
    failed: u64,
    errored: u64,
    cancelled: u64,
    superseded: u64,
    success_rate: Option<f64>,
    queue_wait_p50_s: Option<f64>,
    queue_wait_p95_s: Option<f64>,
    run_p50_s: Option<f64>,
    run_p95_s: Option<f64>,
}

/// Shows what was counted.
pub async fn show(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    PathParams((org, name)): PathParams<(String, String)>,
    query: Query,
) -> Result<Response, Problem> {
    let entry = projects::find(&gateway, &caller, &org, &name)?;
    query.only(RANGE)?;
    let until = query.time("until")?.unwrap_or_else(|| gateway.clock.now());
    let since = query.time("since")?.unwrap_or_else(|| until.minus(USUAL));
    let stats = gateway.store.stats(entry.project().id, since, until).await?;
    Ok(ok(StatsView {
        since: stats.since,
        until: stats.until,
        counts: Counts::of(&stats.total),
        days: stats.days.iter().map(day).collect(),
    }))
}

fn day(of: &DayTally) -> DayView {
    let text = of.day.to_string();
    DayView {
        day: text.split('T').next().unwrap_or_default().to_owned(),
        counts: Counts::of(&of.tally),
    }
}

impl Counts {
    fn of(tally: &Tally) -> Self {
        let of = |counter| tally.of(counter);
        Self {
            deliveries: DeliveryCounts {
                by_event: tally.deliveries().map(|(kind, count)| (kind.as_str(), count)).collect(),
                recovered: of(Counter::DeliveriesRecovered),
            },
            commits: of(Counter::Commits),
            pull_requests: PullRequestCounts {
                opened: of(Counter::PullRequestsOpened),
                merged: of(Counter::PullRequestsMerged),
                closed: of(Counter::PullRequestsClosed),
            },
            reviews: ReviewCounts {
                approved: of(Counter::ReviewsApproved),
                changes_requested: of(Counter::ReviewsChangesRequested),
                commented: of(Counter::ReviewsCommented),
                dismissed: of(Counter::ReviewsDismissed),
            },
            issues: IssueCounts {
                opened: of(Counter::IssuesOpened),
                closed: of(Counter::IssuesClosed),
            },
            comments: CommentCounts {
                on_pull_requests: of(Counter::CommentsOnPullRequests),
                on_issues: of(Counter::CommentsOnIssues),
            },
            branches: RefCounts {
                created: of(Counter::BranchesCreated),
                deleted: of(Counter::BranchesDeleted),
            },
            tags: RefCounts {
                created: of(Counter::TagsCreated),
                deleted: of(Counter::TagsDeleted),
            },
            releases: of(Counter::Releases),
            pipelines: PipelineCounts {
                success: of(Counter::PipelinesSucceeded),
                failed: of(Counter::PipelinesFailed),
                other: of(Counter::PipelinesOther),
                duration_p50_s: seconds(tally, Timing::PipelineDuration, 50),
                duration_p95_s: seconds(tally, Timing::PipelineDuration, 95),
            },
            evaluations: EvaluationCounts::of(tally),
        }
    }
}

impl EvaluationCounts {
    fn of(tally: &Tally) -> Self {
        let of = |counter| tally.of(counter);
        let succeeded = of(Counter::EvaluationsSucceeded);
        let results = succeeded + of(Counter::EvaluationsFailed) + of(Counter::EvaluationsErrored);
        Self {
            succeeded,
            failed: of(Counter::EvaluationsFailed),
            errored: of(Counter::EvaluationsErrored),
            cancelled: of(Counter::EvaluationsCancelled),
            superseded: of(Counter::EvaluationsSuperseded),
            success_rate: (results > 0).then(|| succeeded as f64 / results as f64),
            queue_wait_p50_s: seconds(tally, Timing::QueueWait, 50),
            queue_wait_p95_s: seconds(tally, Timing::QueueWait, 95),
            run_p50_s: seconds(tally, Timing::Run, 50),
            run_p95_s: seconds(tally, Timing::Run, 95),
        }
    }
}

fn seconds(tally: &Tally, timing: Timing, percent: u8) -> Option<f64> {
    tally
        .percentile(timing, percent)
        .map(|milliseconds| milliseconds as f64 / 1_000.0)
}
