//! What a GitLab delivery says.
//!
//! The body decides which event it is (`object_kind`, in system hooks `event_name`); the event field of the header only has
//! to agree. A body that is no JSON is malformed. A body of JSON that lacks what GitLab always sends was made by a custom
//! webhook template: that is an unknown event and no error, for GitLab switches off a hook that is answered with errors.

mod changes;
mod common;
mod deployment;
mod issue;
mod job;
mod limits;
mod merge_request;
mod note;
mod pipeline;
mod push;
mod release;
mod repository;
mod run_state;
mod time;
mod wiki;

use forgegate_sdk::events::{Detail, Event};
use forgegate_sdk::{ParseError, json, log};
use serde::Deserialize;
use serde::de::IgnoredAny;

use common::{Project, Trouble, User};

/// The value of the event field on every delivery of a system hook.
const SYSTEM_HOOK: &str = "System Hook";

/// The part of every body that tells what it is.
#[derive(Deserialize, Default)]
struct Envelope {
    object_kind: Option<String>,
    event_name: Option<String>,
    event_type: Option<String>,
}

/// What else was sent with a body that bears on its meaning.
struct Context {
    /// Whether the event field or the envelope says that the event is not for everybody.
    confidential: bool,
}

/// The kinds of body that have a meaning here.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Kind {
    Push,
    TagPush,
    MergeRequest,
    Note,
    Issue,
    Release,
    Pipeline,
    Job,
    Deployment,
    WikiPage,
    Repository,
}

/// Reads one body.
pub fn parse(event: &str, payload: &[u8]) -> Result<Event, ParseError> {
    let envelope = envelope(payload)?;
    let word = envelope.word();
    let Some(kind) = word.and_then(Kind::of_body) else {
        return Ok(unknown(event, &envelope, payload));
    };
    if Kind::of_header(event).is_some_and(|expected| expected != kind) {
        let text = format!("the body is of another kind than its event field says: {kind:?}");
        return Err(ParseError::Malformed(text));
    }
    match read(
        kind,
        &envelope.context(event),
        word.unwrap_or_default(),
        payload,
    ) {
        Ok(event) => Ok(event),
        Err(Trouble::Malformed(error)) => Err(error),
        Err(Trouble::NoEvent) => Ok(unknown(event, &envelope, payload)),
        Err(Trouble::Absent(field)) => {
            log::warn(&format!(
                "a body of kind {kind:?} lacks `{field}`: a custom template?"
            ));
            Ok(unknown(event, &envelope, payload))
        }
    }
}

fn read(kind: Kind, context: &Context, word: &str, payload: &[u8]) -> Result<Event, Trouble> {
    match kind {
        Kind::Push | Kind::TagPush => push::parse(kind, payload),
        Kind::MergeRequest => merge_request::parse(payload),
        Kind::Note => note::parse(context, payload),
        Kind::Issue => issue::parse(context, payload),
        Kind::Release => release::parse(payload),
        Kind::Pipeline => pipeline::parse(payload),
        Kind::Job => job::parse(payload),
        Kind::Deployment => deployment::parse(payload),
        Kind::WikiPage => wiki::parse(payload),
        Kind::Repository => repository::parse(word, payload),
    }
}

impl Kind {
    /// By the word in the body.
    fn of_body(word: &str) -> Option<Self> {
        Some(match word {
            "push" => Self::Push,
            "tag_push" => Self::TagPush,
            "merge_request" => Self::MergeRequest,
            "note" => Self::Note,
            "issue" | "work_item" => Self::Issue,
            "release" => Self::Release,
            "pipeline" => Self::Pipeline,
            "build" => Self::Job,
            "deployment" => Self::Deployment,
            "wiki_page" => Self::WikiPage,
            "repository_update" | "project_create" | "project_update" | "project_rename"
            | "project_transfer" | "project_destroy" => Self::Repository,
            _ => return None,
        })
    }

    /// By the event field; `None` where it goes with several kinds or with none of these.
    fn of_header(event: &str) -> Option<Self> {
        Some(match event {
            "Push Hook" => Self::Push,
            "Tag Push Hook" => Self::TagPush,
            "Merge Request Hook" => Self::MergeRequest,
            "Note Hook" | "Confidential Note Hook" => Self::Note,
            "Issue Hook" | "Confidential Issue Hook" => Self::Issue,
            "Release Hook" => Self::Release,
            "Pipeline Hook" => Self::Pipeline,
            "Job Hook" => Self::Job,
            "Deployment Hook" => Self::Deployment,
            "Wiki Page Hook" => Self::WikiPage,
            _ => return None,
        })
    }
}

impl Envelope {
    fn word(&self) -> Option<&str> {
        self.object_kind.as_deref().or(self.event_name.as_deref())
    }

    /// One sign of confidentiality is enough.
    fn context(&self, event: &str) -> Context {
        let event_type = self.event_type.as_deref().unwrap_or_default();
        Context {
            confidential: event.starts_with("Confidential ")
                || event_type.starts_with("confidential_"),
        }
    }
}

/// The envelope; empty where the body is JSON, but has no envelope of this form.
fn envelope(payload: &[u8]) -> Result<Envelope, ParseError> {
    json::parse(payload).or_else(|error| match json::parse::<IgnoredAny>(payload) {
        Ok(_) => Ok(Envelope::default()),
        Err(_) => Err(error),
    })
}

/// An event by GitLab's name for it: the event field, which says nothing in system hooks, or else the word in the body.
fn unknown(event: &str, envelope: &Envelope, payload: &[u8]) -> Event {
    let by_body = [
        envelope.event_name.as_deref(),
        envelope.object_kind.as_deref(),
    ];
    let name = match event {
        "" | SYSTEM_HOOK => by_body.into_iter().flatten().next().unwrap_or(event),
        _ => event,
    };
    let about: About = json::parse(payload).unwrap_or_default();
    Event {
        repository: about
            .project
            .and_then(|project| project.into_repository(None).ok()),
        actor: about.user.map(User::into_actor),
        time: None,
        installation: None,
        detail: Detail::Unknown(limits::cut(name.to_owned(), limits::TITLE)),
    }
}

/// What most bodies say about where and by whom.
#[derive(Deserialize, Default)]
struct About {
    project: Option<Project>,
    user: Option<User>,
}

#[cfg(test)]
mod tests;
