//! Runs of the forge's automation that ended, and releases.

use forgegate_sdk::events::{Detail, ReleaseAction};
use forgegate_sdk::json::Part;
use forgegate_sdk::outbound::{History, Listed, OutboundError};

use super::{actor, newest_first};
use crate::outbound::PAGE;
use crate::parse::{self, ended, forgejo_run, run, run_state, time};

/// Runs that ended. One that has not will be told of by a delivery.
pub fn runs(history: &History, page: Option<&str>) -> Result<Listed, OutboundError> {
    newest_first(history, &["actions", "runs"], &[], page, PAGE, &mut |entry, events| {
        let (at, by, pipeline) = read(entry)?;
        let Some(at) = at else { return Ok(true) };
        events.extend(history.event(Some(&at), actor(entry, by)?, Detail::Pipeline(pipeline)));
        Ok(history.holds(Some(&at)))
    })
}

/// When it ended, where it is told who caused it, and what it was, in either of the family's ways.
fn read(entry: Part) -> Result<(Option<String>, &'static str, forgegate_sdk::events::Pipeline), OutboundError> {
    if entry.at_or_none("commit_sha").is_some() {
        let state = run_state(entry.text("status")?);
        return Ok((ended(entry, "stopped")?, "trigger_user", forgejo_run(state, entry)?));
    }
    Ok((ended(entry, "completed_at")?, "trigger_actor", run(entry)?))
}

/// Releases that are published.
pub fn releases(history: &History, page: Option<&str>) -> Result<Listed, OutboundError> {
    newest_first(history, &["releases"], &[], page, PAGE, &mut |release, events| {
        let at = time(release, "published_at")?;
        if release.flag("draft")? != Some(true) {
            let told = Detail::Release(parse::release(ReleaseAction::Published, release)?);
            events.extend(history.event(at.as_deref(), actor(release, "author")?, told));
        }
        Ok(history.holds(at.as_deref()))
    })
}
