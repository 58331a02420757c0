//! From the forge's payloads to the vocabulary of events: which reader reads which event.

mod comment;
mod common;
mod fields;
mod issue;
mod limits;
mod pull_request;
mod push;
mod release;
mod review;
mod runs;
mod wiki;

use forgegate_sdk::events::{Detail, Event, RepositoryChange};
use forgegate_sdk::json::{Part, Tree};
use forgegate_sdk::{Headers, ParseError};

pub(crate) use comment::told as comment;
pub(crate) use common::{full_branch, time, user};
pub(crate) use fields::FIELDS;
pub(crate) use issue::told as issue;
pub(crate) use limits::cut;
pub(crate) use pull_request::told as pull_request;
pub(crate) use release::told as release;
pub(crate) use runs::{ended, forgejo_told as forgejo_run, state as run_state, told as run};

/// When something happened, where that is told, and what it is.
type Told = Result<(Option<String>, Detail), ParseError>;

/// Reads what an event of that name is about.
type Reader = fn(&str, Part<'_>) -> Told;

/// Translates a payload. `event` is what [`verify`](crate::verify()) named.
pub fn parse(event: &str, _headers: &Headers, payload: &[u8]) -> Result<Event, ParseError> {
    let Some(reader) = reader(event) else {
        return Ok(unread(event, payload));
    };
    let tree = Tree::read(payload, FIELDS)?;
    let (time, detail) = reader(event, tree.root())?;
    common::event(tree.root(), time, detail)
}

/// Who reads an event of that name. A name is that of the event or, where the forge leaves that empty, its finer event-type, so
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
        | "pull_request_sync" => pull_request::read,
        "issue_comment" => comment::read,
        "pull_request_approved"
        | "pull_request_comment"
        | "pull_request_rejected"
        | "pull_request_review"
        | "pull_request_review_approved"
        | "pull_request_review_comment"
        | "pull_request_review_rejected" => review::read,
        "release" => release::read,
        "issues" | "issue_assign" | "issue_label" | "issue_milestone" => issue::read,
        "wiki" => wiki::read,
        "repository" => repository,
        "workflow_run" => runs::run,
        "workflow_job" => runs::job,
        // Forgejo ends the names of these with the state.
        _ if event.starts_with("action_run_") => runs::forgejo_run,
        _ if event.starts_with("workflow_run_") => runs::forgejo_run,
        _ if event.starts_with("workflow_job_") => runs::forgejo_job,
        _ => return None,
    })
}

/// A `repository`. The forge sends none for a new name, owner or default branch.
fn repository(_event: &str, root: Part) -> Told {
    let change = match root.text("action")? {
        "deleted" => RepositoryChange::Deleted,
        other => RepositoryChange::Other(other.to_owned()),
    };
    Ok((None, Detail::Repository(change)))
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
