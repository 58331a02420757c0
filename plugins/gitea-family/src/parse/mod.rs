//! The reading of payloads, one file a kind of event.

mod comment;
mod common;
mod fields;
mod issue;
mod job;
mod limits;
mod pipeline;
mod pull_request;
mod push;
mod release;
mod repository;
mod review;
mod run_state;
mod wiki;

use forgegate_sdk::ParseError;
use forgegate_sdk::events::{Detail, Event};
use forgegate_sdk::json::{Part, Tree};

pub(crate) use comment::written as comment;
pub(crate) use common::{full_branch, time, user};
pub(crate) use fields::FIELDS;
pub(crate) use issue::issue;
pub(crate) use pipeline::{ended, forgejo_run, gitea_run as run};
pub(crate) use pull_request::pull_request;
pub(crate) use release::release;
pub(crate) use run_state::run_state;

/// The time of an event, where that is told, and its detail.
type Told = Result<(Option<String>, Detail), ParseError>;

/// A reader of one kind of payload, given the event's name.
type Reader = fn(&str, Part<'_>) -> Told;

/// Translates a payload. `event` is what `verify` named.
pub fn parse(event: &str, payload: &[u8]) -> Result<Event, ParseError> {
    let Some(reader) = reader(event) else {
        return Ok(unread(event, payload));
    };
    let tree = Tree::read(payload, FIELDS)?;
    let (time, detail) = reader(event, tree.root())?;
    common::event(tree.root(), time, detail)
}

/// The reader of an event of that name. A name is that of the event or, where the forge leaves that empty, its finer event-type, so
/// that both sets of names occur.
///
/// What is not named stays `unknown`: `create` (the push says it), `status` (our own reports come back as such), `fork`, `package`
/// and what the forge will think of next.
fn reader(event: &str) -> Option<Reader> {
    Some(match event {
        "push" => push::moved,
        "delete" => push::removed,
        "pull_request"
        | "pull_request_assign"
        | "pull_request_label"
        | "pull_request_milestone"
        | "pull_request_review_request"
        | "pull_request_sync" => pull_request::parse,
        "issue_comment" => comment::parse,
        "pull_request_approved"
        | "pull_request_comment"
        | "pull_request_rejected"
        | "pull_request_review"
        | "pull_request_review_approved"
        | "pull_request_review_comment"
        | "pull_request_review_rejected" => review::parse,
        "release" => release::parse,
        "issues" | "issue_assign" | "issue_label" | "issue_milestone" => issue::parse,
        "wiki" => wiki::parse,
        "repository" => repository::parse,
        "workflow_run" => pipeline::workflow_run,
        "workflow_job" => job::workflow_job,
        // Forgejo ends the names of these with the state.
        _ if event.starts_with("action_run_") => pipeline::action_run,
        _ if event.starts_with("workflow_run_") => pipeline::action_run,
        _ if event.starts_with("workflow_job_") => job::action_job,
        _ => return None,
    })
}

/// An event of which nothing needs to be read; its surroundings are told as far as they can be.
fn unread(event: &str, payload: &[u8]) -> Event {
    let tree = Tree::read(payload, FIELDS).ok();
    let root = tree.as_ref().map(Tree::root);
    let repository = root.and_then(|root| root.at_or_none("repository"));
    Event {
        repository: repository.and_then(|part| common::repository(part).ok()),
        actor: root.and_then(|root| common::sender(root).ok().flatten()),
        time: None,
        installation: None,
        detail: match event {
            "ping" | "test" => Detail::Ping,
            other => Detail::Unknown(other.to_owned()),
        },
    }
}
