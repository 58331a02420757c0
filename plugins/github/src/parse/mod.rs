//! Translates what GitHub sends, one file a kind of event.
//!
//! Payloads are read once and borrowed from. What a kind cannot do without is demanded and named in the error; all the rest
//! may be absent or null. No error repeats a value of the payload.

mod common;
mod fields;

mod comment;
mod deployment;
mod installation;
mod issue;
mod job;
mod merge_group;
mod pipeline;
mod pull_request;
mod push;
mod release;
mod repository;
mod review;
mod run_state;
mod wiki;

use forgegate_sdk::events::{Detail, Event};
use forgegate_sdk::json::{Part, Tree};
use forgegate_sdk::{Headers, ParseError};

pub use comment::written as comment;
pub use common::{actor, author, branch_ref, commit, commit_or_none, labels};
pub use issue::issue;
pub use pipeline::run;
pub use pull_request::{fetch_ref, pull_request};
pub use push::MESSAGE_BYTES;
pub use release::release;

use common::event_anywhere;
use fields::FIELDS;

/// GitHub announces every branch and tag twice, by `push` and by `create` or `delete`: the push is the event, the other is
/// unknown. So are comments on lines and commits, `status` (which our own reports cause), and whatever is not named here.
pub fn parse(event: &str, headers: &Headers, payload: &[u8]) -> Result<Event, ParseError> {
    let Some(reader) = Reader::of(event) else {
        return Ok(unknown(event, payload));
    };
    let tree = Tree::read(payload, FIELDS)?;
    match reader {
        Reader::Payload(read) => read(tree.root()),
        Reader::Delivery(read) => read(headers, tree.root()),
    }
}

/// A reader of one kind of payload.
enum Reader {
    Payload(fn(Part) -> Result<Event, ParseError>),
    Delivery(fn(&Headers, Part) -> Result<Event, ParseError>),
}

impl Reader {
    fn of(event: &str) -> Option<Self> {
        Some(Self::Payload(match event {
            "push" => push::parse,
            "pull_request" => pull_request::parse,
            "pull_request_review" => review::parse,
            "issue_comment" => comment::parse,
            "release" => release::parse,
            "issues" => issue::parse,
            "workflow_run" => pipeline::workflow_run,
            "check_suite" => pipeline::check_suite,
            "workflow_job" => job::workflow_job,
            "check_run" => return Some(Self::Delivery(job::check_run)),
            "deployment" => deployment::deployment,
            "deployment_status" => deployment::deployment_status,
            "gollum" => wiki::parse,
            "merge_group" => merge_group::parse,
            "repository" => repository::parse,
            "installation" => installation::installation,
            "installation_repositories" => installation::installation_repositories,
            "installation_target" => installation::installation_target,
            "ping" => ping,
            _ => return None,
        }))
    }
}

/// Sent when a hook is made; an organization's names no repository.
fn ping(root: Part) -> Result<Event, ParseError> {
    event_anywhere(root, None, Detail::Ping)
}

/// Repository, sender and installation as far as they can be read: what nobody knows may have any shape.
fn unknown(event: &str, payload: &[u8]) -> Event {
    let tree = Tree::read(payload, FIELDS).ok();
    let root = tree.as_ref().map(Tree::root);
    let at = |path| root.and_then(|root| root.at_or_none(path));
    Event {
        repository: at("repository").and_then(|part| common::repository(part).ok()),
        actor: at("sender").and_then(|part| actor(part).ok()),
        time: None,
        installation: at("installation").and_then(|part| part.id("id").ok()),
        detail: Detail::Unknown(event.to_owned()),
    }
}

/// Reads one payload of a test.
#[cfg(test)]
fn read_with(read: fn(Part) -> Result<Event, ParseError>, payload: &serde_json::Value) -> Result<Event, ParseError> {
    let payload = payload.to_string();
    read(Tree::read(payload.as_bytes(), FIELDS)?.root())
}
