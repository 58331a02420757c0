//! Runs of the forge's automation that ended, and releases.

use forgegate_sdk::events::{Detail, Pipeline, ReleaseAction};
use forgegate_sdk::json::Part;
use forgegate_sdk::outbound::{History, Listed, OutboundError};

use super::{actor, list};
use crate::outbound::api::PER_PAGE;
use crate::parse::{self, ended, forgejo_run, run, run_state, time};

/// Runs that ended. One that has not will be told of by a delivery.
pub fn runs(history: &History, page: Option<&str>) -> Result<Listed, OutboundError> {
    list(
        history,
        &["actions", "runs"],
        &[],
        page,
        PER_PAGE,
        &mut |entry, events| {
            let (at, by, pipeline) = read(entry)?;
            let Some(at) = at else { return Ok(true) };
            events.extend(history.event(Some(&at), actor(entry, by)?, Detail::Pipeline(pipeline)));
            Ok(history.holds(Some(&at)))
        },
    )
}

/// The time at which a run ended, the field that names who caused it, and the run, in either of the family's forms.
fn read(entry: Part) -> Result<(Option<String>, &'static str, Pipeline), OutboundError> {
    if entry.at_or_none("commit_sha").is_some() {
        let state = run_state(entry.text("status")?);
        return Ok((ended(entry, "stopped")?, "trigger_user", forgejo_run(state, entry)?));
    }
    Ok((ended(entry, "completed_at")?, "trigger_actor", run(entry)?))
}

/// Releases that are published.
pub fn releases(history: &History, page: Option<&str>) -> Result<Listed, OutboundError> {
    list(history, &["releases"], &[], page, PER_PAGE, &mut |release, events| {
        let at = time(release, "published_at")?;
        if release.flag("draft")? != Some(true) {
            let detail = Detail::Release(parse::release(ReleaseAction::Published, release)?);
            events.extend(history.event(at.as_deref(), actor(release, "author")?, detail));
        }
        Ok(history.holds(at.as_deref()))
    })
}
