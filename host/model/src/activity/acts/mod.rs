//! The acts that an event reports.

mod code;
mod people;
mod runs;

use super::{Act, Activity, ActivityAction, ActivityKind, Counter, Identity, Origin};
use crate::event::{Detail, Event};
use crate::timestamp::Timestamp;

/// The most bytes that are kept of a title, an actor or an address: a row stays small whatever a forge sends.
const LONGEST: usize = 200;

const TAGS: &str = "refs/tags/";

/// The acts that an event tells, the oldest first; `received` is the time when the gateway first received it.
///
/// News of a mere state (labels, people, texts, jobs, pipelines under way) is no act; nor is a push that moves nothing, by
/// which a forge tries its hook. Of a push each listed commit is one: what a forge leaves out of a long list is found by asking.
#[must_use]
pub fn acts(event: &Event, received: Timestamp, origin: Origin) -> Vec<Act> {
    let at_forge = event.time.as_deref().and_then(Timestamp::parse);
    let teller = Teller {
        at: at_forge.map_or(received, |at| at.min(received)),
        actor: event.actor.as_ref().map(|actor| actor.user.login.as_str()),
        origin,
    };
    match &event.detail {
        Detail::Push(push) => teller.push(push),
        Detail::Tag(tag) => teller.tag(tag).into_iter().collect(),
        Detail::PullRequest(it) => teller.pull_request(it).into_iter().collect(),
        Detail::Review(it) => vec![teller.review(it)],
        Detail::Issue(it) => teller.issue(it).into_iter().collect(),
        Detail::Comment(it) => teller.comment(it).into_iter().collect(),
        Detail::Release(it) => teller.release(it).into_iter().collect(),
        Detail::Pipeline(it) => teller.pipeline(it).into_iter().collect(),
        Detail::Job(_)
        | Detail::Deployment(_)
        | Detail::Wiki(_)
        | Detail::MergeGroup(_)
        | Detail::Repository(_)
        | Detail::Installation(_)
        | Detail::Ping
        | Detail::Unknown(_) => Vec::new(),
    }
}

/// The facts that all acts of one event have in common.
struct Teller<'e> {
    at: Timestamp,
    actor: Option<&'e str>,
    origin: Origin,
}

impl Teller<'_> {
    fn line(&self, kind: ActivityKind, action: ActivityAction) -> Activity {
        Activity {
            at: self.at,
            kind,
            action,
            actor: self.actor.map(cut),
            title: None,
            number: None,
            sha: None,
            ref_name: None,
            url: None,
            recovered: self.origin == Origin::Recovered,
        }
    }
}

impl Act {
    const fn new(activity: Activity, identity: Identity) -> Self {
        Self {
            activity,
            identity,
            counts: None,
            took: None,
        }
    }

    fn counting(self, counter: Counter) -> Self {
        Self {
            counts: Some(counter),
            ..self
        }
    }
}

/// A text's beginning, where there is one.
fn text(text: &str) -> Option<String> {
    Some(cut(text.trim())).filter(|text| !text.is_empty())
}

fn cut(text: &str) -> String {
    let end = text.floor_char_boundary(LONGEST);
    text.get(..end).unwrap_or(text).to_owned()
}

/// An address is whole or none, and one that a browser may follow.
fn address(url: &str) -> Option<String> {
    let follows = url.starts_with("https://") || url.starts_with("http://");
    (follows && url.len() <= LONGEST * 2).then(|| url.to_owned())
}
