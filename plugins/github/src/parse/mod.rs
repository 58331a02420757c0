//! Translates what GitHub sends, one file a kind of event.
//!
//! Payloads are read once and borrowed from. What a kind cannot do without is demanded and named in the error; all the rest
//! may be absent or null. No error repeats a value of the payload.

mod common;
mod time;

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
mod run;
mod wiki;

use forgegate_sdk::events::{Detail, Event};
use forgegate_sdk::{Headers, ParseError, json};

use common::Envelope;

pub use time::rfc3339;

/// GitHub announces every branch and tag twice, by `push` and by `create` or `delete`: the push is the event, the other is
/// unknown. So are comments on lines and commits, `status` (which our own reports cause), and whatever is not named here.
pub fn parse(event: &str, headers: &Headers, payload: &[u8]) -> Result<Event, ParseError> {
    match event {
        "push" => push::parse(payload),
        "pull_request" => pull_request::parse(payload),
        "pull_request_review" => review::parse(payload),
        "issue_comment" => comment::parse(payload),
        "release" => release::parse(payload),
        "issues" => issue::parse(payload),
        "workflow_run" => pipeline::workflow_run(payload),
        "check_suite" => pipeline::check_suite(payload),
        "workflow_job" => job::workflow_job(payload),
        "check_run" => job::check_run(headers, payload),
        "deployment" => deployment::deployment(payload),
        "deployment_status" => deployment::deployment_status(payload),
        "gollum" => wiki::parse(payload),
        "merge_group" => merge_group::parse(payload),
        "repository" => repository::parse(payload),
        "installation" => installation::installation(payload),
        "installation_repositories" => installation::installation_repositories(payload),
        "installation_target" => installation::installation_target(payload),
        "ping" => ping(payload),
        _ => Ok(unknown(event, payload)),
    }
}

/// Sent when a hook is made; an organization's names no repository.
fn ping(payload: &[u8]) -> Result<Event, ParseError> {
    let envelope: Envelope = json::parse(payload)?;
    Ok(envelope.event(Detail::Ping))
}

/// Repository, sender and installation as far as they can be read: what nobody knows may have any shape.
fn unknown(event: &str, payload: &[u8]) -> Event {
    let envelope: Envelope = json::parse(payload).unwrap_or_default();
    envelope.event(Detail::Unknown(event.to_owned()))
}
