//! The reading of payloads, one file a kind of event.
//!
//! The body decides which event it is (`object_kind`, in system hooks `event_name`); the event field of the header only has
//! to agree. A body that is no JSON is malformed. A body of JSON that lacks what GitLab always sends was made by a custom
//! webhook template: that is an unknown event and no error, for GitLab switches off a hook that is answered with errors.

mod changes;
mod comment;
mod commits;
mod common;
mod deployment;
mod fields;
mod issue;
mod job;
pub mod limits;
mod older;
mod pipeline;
mod pull_request;
mod push;
mod release;
mod repository;
mod run_state;
mod time;
mod wiki;

use forgegate_sdk::events::{Detail, Event};
use forgegate_sdk::json::{Part, Tree};
use forgegate_sdk::{ParseError, log};

pub use common::{User as Person, full_ref};
pub use run_state::run_state;
pub use time::rfc3339;

use common::FieldError;
use fields::FIELDS;

/// The value of the event field on every delivery of a system hook.
const SYSTEM_HOOK: &str = "System Hook";

/// The part of every body that tells what it is.
#[derive(Default)]
struct Envelope<'t> {
    object_kind: Option<&'t str>,
    event_name: Option<&'t str>,
    event_type: Option<&'t str>,
}

/// The facts beside a body that bear on its meaning.
struct Context {
    /// True if the event field or the envelope says that the event is not for everybody.
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
    let tree = Tree::read_any(payload, FIELDS)?;
    let root = tree.root();
    if !root.is_object() {
        return Ok(unknown(event, &Envelope::default(), None));
    }
    // Empty where it has not GitLab's form.
    let envelope = Envelope::of(root).unwrap_or_default();
    let Some((word, kind)) = envelope.kind() else {
        return Ok(unknown(event, &envelope, Some(root)));
    };
    if Kind::of_header(event).is_some_and(|expected| expected != kind) {
        let text = format!("the body is of another kind than its event field says: {kind:?}");
        return Err(ParseError::Malformed(text));
    }
    match read(kind, &envelope.context(event), word, root, payload) {
        Ok(event) => Ok(event),
        Err(FieldError::Malformed(error)) => Err(error),
        Err(FieldError::NoEvent) => Ok(unknown(event, &envelope, Some(root))),
        Err(FieldError::Absent(field)) => {
            log::warn(&format!("a body of kind {kind:?} lacks `{field}`: a custom template?"));
            Ok(unknown(event, &envelope, Some(root)))
        }
    }
}

fn read(kind: Kind, context: &Context, word: &str, root: Part, payload: &[u8]) -> Result<Event, FieldError> {
    match kind {
        Kind::Push | Kind::TagPush => push::parse(kind, root),
        Kind::MergeRequest => pull_request::parse(root),
        Kind::Note => comment::parse(context, root),
        Kind::Issue => issue::parse(context, root),
        Kind::Release => release::parse(root),
        Kind::Pipeline => pipeline::parse(root),
        Kind::Job => job::parse(root, payload),
        Kind::Deployment => deployment::parse(root),
        Kind::WikiPage => wiki::parse(root),
        Kind::Repository => repository::parse(word, root),
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
            "repository_update" | "project_create" | "project_update" | "project_rename" | "project_transfer"
            | "project_destroy" => Self::Repository,
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

impl<'t> Envelope<'t> {
    fn of(root: Part<'t>) -> Result<Self, ParseError> {
        Ok(Self {
            object_kind: root.text_or_none("object_kind")?,
            event_name: root.text_or_none("event_name")?,
            event_type: root.text_or_none("event_type")?,
        })
    }

    /// The word for what happened, and what it means; `None` where it means nothing here.
    fn kind(&self) -> Option<(&'t str, Kind)> {
        let word = self.object_kind.or(self.event_name)?;
        Some((word, Kind::of_body(word)?))
    }

    /// One sign of confidentiality is enough.
    fn context(&self, event: &str) -> Context {
        let event_type = self.event_type.unwrap_or_default();
        Context {
            confidential: event.starts_with("Confidential ") || event_type.starts_with("confidential_"),
        }
    }
}

/// An event by GitLab's name for it: the event field, which says nothing in system hooks, or else the word in the body.
/// Project and person as far as they can be read: what nobody knows may have any shape.
fn unknown(event: &str, envelope: &Envelope, root: Option<Part>) -> Event {
    let by_body = envelope.event_name.or(envelope.object_kind);
    let name = match event {
        "" | SYSTEM_HOOK => by_body.unwrap_or(event),
        _ => event,
    };
    Event {
        repository: root.and_then(|root| common::project(root, None).ok()),
        actor: root.and_then(|root| common::actor(root).ok()?),
        time: None,
        installation: None,
        detail: Detail::Unknown(limits::cut(name, limits::TITLE)),
    }
}

#[cfg(test)]
mod tests;
