//! Runs of workflows that ended, and releases.

use forgegate_sdk::events::{Detail, ReleaseAction};
use forgegate_sdk::outbound::{History, Listed, OutboundError};

use super::{actor, list};
use crate::outbound::api::PER_PAGE;
use crate::parse;

/// The length of a page of runs, each of which is long.
const RUNS: &str = "50";

/// Runs of workflows that were made since and ended. One that has not will be told of by a delivery. Of one list GitHub shows the
/// newest thousand.
pub fn runs(history: &History, page: Option<&str>) -> Result<Listed, OutboundError> {
    let since = [">=", history.since].concat();
    let pairs = [("status", "completed"), ("created", since.as_str())];
    list(history, &["actions", "runs"], &pairs, page, RUNS, &mut |run, events| {
        let repository = run.number_or_none("repository.id")?;
        let at = run.text_or_none("updated_at")?;
        let detail = Detail::Pipeline(parse::run(run, repository)?);
        events.extend(history.event(at, actor(run, "actor")?, detail));
        Ok(true)
    })
}

/// Releases that are published. The list is in the order of making, which a draft may long precede.
pub fn releases(history: &History, page: Option<&str>) -> Result<Listed, OutboundError> {
    list(history, &["releases"], &[], page, PER_PAGE, &mut |release, events| {
        let at = release.text_or_none("published_at")?;
        if release.flag("draft")? != Some(true) {
            let detail = parse::release(ReleaseAction::Published, release)?;
            events.extend(history.event(at, actor(release, "author")?, Detail::Release(detail)));
        }
        Ok(history.holds(at))
    })
}
