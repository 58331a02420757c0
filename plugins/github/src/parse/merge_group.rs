//! `merge_group`: a merge queue asks for checks of a commit, or gives it up.

use forgegate_sdk::ParseError;
use forgegate_sdk::events::{Detail, Event, MergeGroup};
use forgegate_sdk::json::Part;

use super::common::{commit, commit_or_none, event};

pub fn parse(root: Part) -> Result<Event, ParseError> {
    let destroyed = match root.text("action")? {
        "checks_requested" => false,
        "destroyed" => true,
        _ => return event(root, None, Detail::Unknown("merge_group".into())),
    };
    let part = root.at("merge_group");
    // Full, unlike other events' refs: `refs/heads/gh-readonly-queue/…`.
    let head_ref = part.text("head_ref")?;
    if !head_ref.starts_with("refs/") {
        return Err(part.malformed("head_ref", "is not a full ref"));
    }
    let base_ref = part.text_or_none("base_ref")?;
    if base_ref.is_some_and(|full| !full.starts_with("refs/")) {
        return Err(part.malformed("base_ref", "is not a full ref"));
    }
    let group = MergeGroup {
        head_sha: commit(part, "head_sha")?,
        base_sha: commit_or_none(part, "base_sha")?,
        head_ref: head_ref.to_owned(),
        base_ref: base_ref.map(str::to_owned),
        destroyed,
    };
    event(root, None, Detail::MergeGroup(group))
}
