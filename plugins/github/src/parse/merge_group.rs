//! `merge_group`: a merge queue asks for checks of a commit, or gives it up.

use forgegate_sdk::events::{Detail, Event, MergeGroup};
use forgegate_sdk::{ParseError, commit_id, json};
use serde::Deserialize;

use super::common::{Account, Envelope, Numbered, Repo, Text, malformed, required_id};

#[derive(Deserialize)]
struct Payload<'a> {
    #[serde(borrow)]
    action: Text<'a>,
    #[serde(borrow)]
    merge_group: Group<'a>,
    #[serde(borrow)]
    repository: Repo<'a>,
    #[serde(borrow)]
    sender: Option<Account<'a>>,
    installation: Option<Numbered>,
}

#[derive(Deserialize)]
struct Group<'a> {
    #[serde(borrow)]
    head_sha: Text<'a>,
    /// Full, unlike other events' refs: `refs/heads/gh-readonly-queue/…`.
    #[serde(borrow)]
    head_ref: Text<'a>,
    #[serde(borrow)]
    base_sha: Option<Text<'a>>,
}

pub fn parse(payload: &[u8]) -> Result<Event, ParseError> {
    let payload: Payload = json::parse(payload)?;
    let detail = match &*payload.action {
        "checks_requested" => group(&payload.merge_group, false)?,
        "destroyed" => group(&payload.merge_group, true)?,
        _ => Detail::Unknown("merge_group".into()),
    };
    let envelope = Envelope::of(payload.repository, payload.sender, payload.installation);
    Ok(envelope.event(detail))
}

fn group(group: &Group, destroyed: bool) -> Result<Detail, ParseError> {
    if !group.head_ref.starts_with("refs/") {
        return Err(malformed("merge_group.head_ref", "is not a full ref"));
    }
    Ok(Detail::MergeGroup(MergeGroup {
        head_sha: required_id("merge_group.head_sha", &group.head_sha)?,
        base_sha: group.base_sha.as_deref().and_then(commit_id),
        head_ref: group.head_ref.to_string(),
        destroyed,
    }))
}
