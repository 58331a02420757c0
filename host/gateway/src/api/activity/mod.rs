//! What happened in a project's repository, and what was counted of it: `stats` shows the counts.

mod stats;

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use forgegate_api::{ActivityView, parameters};
use forgegate_model::activity::Activity;
use forgegate_storage::ActivityFilter;

use super::extract::{PathParams, Query};
use super::projects;
use super::shape::page_view;
use crate::access::Caller;
use crate::core::Core;
use crate::response::{Problem, ok};

pub use stats::show as stats;

/// Lists what happened, the newest first.
pub async fn list(
    State(core): State<Arc<Core>>,
    caller: Caller,
    PathParams((org, name)): PathParams<(String, String)>,
    query: Query,
) -> Result<Response, Problem> {
    let entry = projects::find(&core, &caller, &org, &name)?;
    let page = query.page(parameters::ACTIVITY)?;
    let filter = ActivityFilter {
        kind: query.word("kind")?,
        since: query.time("since")?,
        until: query.time("until")?,
    };
    let listed = core.store.activities(entry.project().id, filter, page).await?;
    Ok(ok(page_view(listed, view)))
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
