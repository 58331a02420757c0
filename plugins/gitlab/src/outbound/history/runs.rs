//! Pipelines that ended, and releases.

use forgegate_sdk::Method;
use forgegate_sdk::commit_id;
use forgegate_sdk::events::{Asset, Detail, Event, Pipeline, Release, ReleaseAction, RunState};
use forgegate_sdk::json::Part;
use forgegate_sdk::outbound::{History, Listed, OutboundError};

use super::{FEW, actor, list};
use crate::outbound::api::{Reader, call, project, tree};
use crate::parse::limits::{self, cut};
use crate::parse::{full_ref, run_state};

/// The source of pipelines that hold statuses of others, ours among them.
const EXTERNAL: &str = "external";

/// Pipelines that ended. The list tells neither when nor after how long, so that each is asked for.
pub fn pipelines(history: &History, page: Option<&str>) -> Result<Listed, OutboundError> {
    let query = [
        ("updated_after", history.since),
        ("order_by", "id"),
        ("sort", "asc"),
        ("per_page", FEW),
    ];
    list(history, "projects/{}/pipelines", &query, page, &mut |part, events| {
        let read = Reader::default();
        let has_ended = has_ended(&run_state(read.text(part, "status")));
        if has_ended && read.text_or_none(part, "source") != Some(EXTERNAL) {
            events.extend(pipeline(history, &read.id(part, "id"))?);
        }
        read.done(true)
    })
}

fn has_ended(state: &RunState) -> bool {
    matches!(
        state,
        RunState::Success | RunState::Failed | RunState::Canceled | RunState::Skipped
    )
}

fn pipeline(history: &History, id: &str) -> Result<Option<Event>, OutboundError> {
    let values = [project(history.repository), id];
    // It may have been removed since it was listed.
    let Some(answer) = call(Method::Get, "projects/{}/pipelines/{}", &values, &[]).found()? else {
        return Ok(None);
    };
    let (tree, read) = (tree(&answer)?, Reader::default());
    let part = tree.root();
    let owned = |path| read.text_or_none(part, path).filter(|text| !text.is_empty());
    let tag = read.flag(part, "tag");
    let pipeline = Pipeline {
        number: part.at_or_none("iid").map(|_| read.number(part, "iid")),
        sha: owned("sha").and_then(commit_id),
        before: owned("before_sha").and_then(commit_id),
        ref_: owned("ref").map(|name| full_ref(name, tag)),
        tag: tag.unwrap_or(false),
        source: owned("source").map(str::to_owned),
        duration_s: read.keep(part.fraction_or_none("duration")),
        queued_s: read.keep(part.fraction_or_none("queued_duration")),
        ..Pipeline::new(read.id(part, "id"), run_state(read.text(part, "status")))
    };
    let by = actor(&read, part, "user");
    let ended = owned("finished_at").filter(|_| has_ended(&pipeline.state));
    read.done(history.event(ended, by, Detail::Pipeline(pipeline)))
}

/// Releases, the last made first.
pub fn releases(history: &History, page: Option<&str>) -> Result<Listed, OutboundError> {
    let query = [("order_by", "created_at"), ("sort", "desc"), ("per_page", FEW)];
    list(history, "projects/{}/releases", &query, page, &mut |part, events| {
        let read = Reader::default();
        let at = read.text_or_none(part, "created_at");
        let by = actor(&read, part, "author");
        events.extend(history.event(at, by, Detail::Release(release(&read, part))));
        read.done(history.holds(at))
    })
}

/// A release is visible from the moment in which it is made, as in deliveries.
fn release(read: &Reader, part: Part) -> Release {
    let links = read.list(part.at("assets"), "links").into_iter().take(limits::ASSETS);
    Release {
        action: ReleaseAction::Published,
        tag: read.text(part, "tag_name").to_owned(),
        name: read.text_or_none(part, "name").map(|name| cut(name, limits::TITLE)),
        url: None,
        draft: false,
        prerelease: false,
        target: None,
        commit: read.text_or_none(part.at("commit"), "id").and_then(commit_id),
        assets: links.map(|link| asset(read, link)).collect(),
    }
}

fn asset(read: &Reader, link: Part) -> Asset {
    Asset {
        name: read.text(link, "name").to_owned(),
        url: read.text(link, "url").to_owned(),
    }
}
