//! The sync of a project: begun, and how it stands.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use forgegate_api::{SyncRequest, SyncView};
use forgegate_model::activity::ActivityKind;
use forgegate_model::sync::{Fetched, Sync, SyncState};
use forgegate_model::timestamp::Timestamp;

use super::extract::{JsonBody, PathParams};
use super::projects;
use crate::access::Caller;
use crate::core::Core;
use crate::response::{Problem, accepted, ok};
use crate::sync::{self, Syncs};

/// Begins one.
pub async fn begin(
    State(core): State<Arc<Core>>,
    State(syncs): State<Arc<Syncs>>,
    caller: Caller,
    PathParams((org, name)): PathParams<(String, String)>,
    JsonBody(request): JsonBody<SyncRequest>,
) -> Result<Response, Problem> {
    let entry = projects::find(&core, &caller, &org, &name)?;
    let kept = core.config.deliveries.activity_retention;
    let since = reach(request.since.as_deref(), core.clock.now(), kept)?;
    syncs.reachable(&entry).map_err(Problem::bad_request)?;
    let project = entry.project();
    let audit = caller.changed(&core, Some(project.organization), format!("{org}/{name}"));
    let sync = syncs.begin(project.id, since, Some(audit)).await?;
    Ok(accepted(view(Some(sync))))
}

/// Shows how the last one stands.
pub async fn show(
    State(core): State<Arc<Core>>,
    caller: Caller,
    PathParams((org, name)): PathParams<(String, String)>,
) -> Result<Response, Problem> {
    let entry = projects::find(&core, &caller, &org, &name)?;
    Ok(ok(view(core.store.sync(entry.project().id).await?)))
}

/// The time that a request names. What is not kept need not be read.
fn reach(since: Option<&str>, now: Timestamp, kept: Duration) -> Result<Timestamp, Problem> {
    let Some(text) = since else {
        return Ok(now.minus(sync::USUAL_REACH.min(kept)));
    };
    let span = humantime::parse_duration(text).ok().map(|span| now.minus(span));
    let since = span.or_else(|| Timestamp::parse(text)).ok_or_else(|| {
        Problem::bad_request("`since`: a span such as `90d`, or a time such as `2026-01-02T03:04:05Z`")
    })?;
    if since > now {
        return Err(Problem::bad_request("`since` lies in the future"));
    }
    if since < now.minus(kept) {
        let kept = humantime::format_duration(kept);
        return Err(Problem::bad_request(format!(
            "`since`: what happened is kept for {kept}"
        )));
    }
    Ok(since)
}

fn view(sync: Option<Sync>) -> SyncView {
    let fetched = sync.as_ref().map(|sync| sync.fetched).unwrap_or_default();
    SyncView {
        state: state(sync.as_ref()),
        since: sync.as_ref().map(|sync| sync.since),
        fetched: counts(&fetched),
        updated_at: sync.as_ref().map(|sync| sync.updated_at),
        message: sync.and_then(message),
    }
}

fn state(sync: Option<&Sync>) -> &'static str {
    match sync.map(|sync| sync.state) {
        None => "none",
        Some(SyncState::Running) => "running",
        Some(SyncState::Done) => "done",
        Some(SyncState::Failed) => "failed",
    }
}

fn counts(fetched: &Fetched) -> BTreeMap<&'static str, u64> {
    fetched.each().map(|(kind, number)| (plural(kind), number)).collect()
}

const fn plural(kind: ActivityKind) -> &'static str {
    match kind {
        ActivityKind::Commit => "commits",
        ActivityKind::Branch => "branches",
        ActivityKind::Tag => "tags",
        ActivityKind::PullRequest => "pull_requests",
        ActivityKind::Review => "reviews",
        ActivityKind::Issue => "issues",
        ActivityKind::Comment => "comments",
        ActivityKind::Pipeline => "pipelines",
        ActivityKind::Release => "releases",
    }
}

fn message(sync: Sync) -> Option<String> {
    let left_out = || {
        format!(
            "The credential may not see everything; left out: {}",
            sync.missing.join("; ")
        )
    };
    let has_missing = !sync.missing.is_empty();
    sync.message.clone().or_else(|| has_missing.then(left_out))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sync_reaches_back_a_span_or_to_a_time() {
        let now = Timestamp::parse("2026-11-21T10:00:00Z").unwrap();
        let time = |text| Timestamp::parse(text).unwrap();
        let year = Duration::from_hours(365 * 24);
        let reach = |text| reach(text, now, year);
        assert_eq!(reach(None).unwrap(), time("2026-08-23T10:00:00Z"));
        assert_eq!(reach(Some("7d")).unwrap(), time("2026-11-14T10:00:00Z"));
        assert_eq!(
            reach(Some("2026-01-02T03:04:05Z")).unwrap(),
            time("2026-01-02T03:04:05Z")
        );
        for bad in ["", "soon", "7", "2026-01-02", "2027-01-01T00:00:00Z", "2years"] {
            assert!(reach(Some(bad)).is_err(), "{bad}");
        }
        let day = Duration::from_hours(24);
        assert_eq!(super::reach(None, now, day).unwrap(), time("2026-11-20T10:00:00Z"));
    }
}
