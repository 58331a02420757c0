//! What was counted of a project, as it is shown.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use forgegate_api::{
    CommentCounts, Counts, DayView, DeliveryCounts, EvaluationCounts, IssueCounts, PipelineCounts, PullRequestCounts,
    RefCounts, ReviewCounts, StatsView, parameters,
};
use forgegate_model::activity::{Counter, Tally, Timing};
use forgegate_storage::DayTally;

use crate::access::Caller;
use crate::api::extract::{PathParams, Query};
use crate::api::projects;
use crate::core::Core;
use crate::response::{Problem, ok};

/// How far back counts go unless `since` is given.
const USUAL: Duration = Duration::from_hours(30 * 24);

/// Shows what was counted.
pub async fn show(
    State(core): State<Arc<Core>>,
    caller: Caller,
    PathParams((org, name)): PathParams<(String, String)>,
    query: Query,
) -> Result<Response, Problem> {
    let entry = projects::find(&core, &caller, &org, &name)?;
    query.only(parameters::RANGE)?;
    let until = query.time("until")?.unwrap_or_else(|| core.clock.now());
    let since = query.time("since")?.unwrap_or_else(|| until.minus(USUAL));
    let stats = core.store.stats(entry.project().id, since, until).await?;
    Ok(ok(StatsView {
        since: stats.since,
        until: stats.until,
        counts: counts(&stats.total),
        days: stats.days.iter().map(day).collect(),
    }))
}

fn day(of: &DayTally) -> DayView {
    let text = of.day.to_string();
    DayView {
        day: text.split('T').next().unwrap_or_default().to_owned(),
        counts: counts(&of.tally),
    }
}

fn counts(tally: &Tally) -> Counts {
    let of = |counter| tally.of(counter);
    Counts {
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
        evaluations: evaluation_counts(tally),
    }
}

fn evaluation_counts(tally: &Tally) -> EvaluationCounts {
    let of = |counter| tally.of(counter);
    let succeeded = of(Counter::EvaluationsSucceeded);
    let results = succeeded + of(Counter::EvaluationsFailed) + of(Counter::EvaluationsErrored);
    EvaluationCounts {
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

fn seconds(tally: &Tally, timing: Timing, percent: u8) -> Option<f64> {
    tally
        .percentile(timing, percent)
        .map(|milliseconds| milliseconds as f64 / 1_000.0)
}
