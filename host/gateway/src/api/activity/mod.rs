//! What happened in a project's repository, and what was counted of it: `stats` shows the counts.

mod stats;

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use forgegate_model::activity::{Activity, ActivityAction, ActivityKind};
use forgegate_model::timestamp::Timestamp;
use forgegate_storage::ActivityFilter;
use serde::Serialize;
use utoipa::ToSchema;

use super::extract::{PathParams, Query};
use super::projects;
use super::shape::Items;
use crate::access::Caller;
use crate::gateway::Gateway;
use crate::response::{Problem, ok};

pub use stats::{StatsView, show as stats};

/// What a list of activity can be filtered by.
pub const FILTERS: &[&str] = &["kind", "since", "until"];
/// What counts can be narrowed by.
pub const RANGE: &[&str] = &["since", "until"];

/// One act, as it is shown.
#[derive(Serialize, ToSchema)]
pub struct ActivityView {
    #[schema(value_type = String)]
    at: Timestamp,
    #[schema(value_type = String)]
    kind: ActivityKind,
    #[schema(value_type = String)]
    action: ActivityAction,
    actor: Option<String>,
    title: Option<String>,
    number: Option<u64>,
    sha: Option<String>,
    #[serde(rename = "ref")]
    ref_name: Option<String>,
    url: Option<String>,
    recovered: bool,
}

/// Lists what happened, the newest first.
pub async fn list(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    PathParams((org, name)): PathParams<(String, String)>,
    query: Query,
) -> Result<Response, Problem> {
    let entry = projects::find(&gateway, &caller, &org, &name)?;
    let page = query.page(FILTERS)?;
    let filter = ActivityFilter {
        kind: query.word("kind")?,
        since: query.time("since")?,
        until: query.time("until")?,
    };
    let listed = gateway.store.activities(entry.project().id, filter, page).await?;
    Ok(ok(Items::of(listed, view)))
}

fn view(activity: Activity) -> ActivityView {
    ActivityView {
        at: activity.at,
        kind: activity.kind,
        action: activity.action,
        actor: activity.actor,
        title: activity.title,
        number: activity.number,
        sha: activity.sha,
        ref_name: activity.ref_name,
        url: activity.url,
        recovered: activity.recovered,
    }
}
