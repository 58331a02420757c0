//! What can be done with a noun: the command that it is in a shell, and the call that its arguments make.

use clap::{Arg, ArgMatches, Command};
use reqwest::Method;
use serde_json::{Map, Value};

use super::field::{Field, FieldLocation, Shape, text};
use crate::commands::Failure;

/// What the answer is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// The envelope's message.
    Message,
    /// A list that has columns of its own.
    Table(&'static [&'static str]),
    /// Counts over some days.
    Counts,
    /// Reasons, in sentences.
    Reasons,
    /// Bytes, as they are.
    Bytes,
    /// What a test found: not well is a failure.
    Findings,
}

/// What can be done with a noun.
pub(super) struct Verb {
    pub(super) name: &'static str,
    pub(super) method: Method,
    pub(super) answer: Answer,
    about: &'static str,
    /// The path under `/api/v1`; a segment in capitals is a positional name, and what is after a `#` goes into the body as `name`
    /// (and may be absent where a `?` follows).
    path: &'static str,
    fields: &'static [Field],
}

/// A call of the API.
pub(super) struct Call {
    path: Vec<String>,
    pub(super) query: Vec<(String, String)>,
    /// None for what only reads or deletes.
    pub(super) body: Option<Value>,
}

/// Reads.
pub(super) const fn get(name: &'static str, about: &'static str, path: &'static str, fields: &'static [Field]) -> Verb {
    Verb {
        name,
        method: Method::GET,
        answer: Answer::Message,
        about,
        path,
        fields,
    }
}

/// Reads what is not shown as a list or a thing of its noun is.
pub(super) const fn look(
    name: &'static str,
    about: &'static str,
    path: &'static str,
    fields: &'static [Field],
    answer: Answer,
) -> Verb {
    Verb {
        name,
        method: Method::GET,
        answer,
        about,
        path,
        fields,
    }
}

/// Makes or does.
pub(super) const fn post(
    name: &'static str,
    about: &'static str,
    path: &'static str,
    fields: &'static [Field],
) -> Verb {
    Verb {
        name,
        method: Method::POST,
        answer: Answer::Message,
        about,
        path,
        fields,
    }
}

/// Tries something.
pub(super) const fn test(
    name: &'static str,
    about: &'static str,
    path: &'static str,
    fields: &'static [Field],
) -> Verb {
    Verb {
        name,
        method: Method::POST,
        answer: Answer::Findings,
        about,
        path,
        fields,
    }
}

/// Changes.
pub(super) const fn patch(
    name: &'static str,
    about: &'static str,
    path: &'static str,
    fields: &'static [Field],
) -> Verb {
    Verb {
        name,
        method: Method::PATCH,
        answer: Answer::Message,
        about,
        path,
        fields,
    }
}

/// Deletes.
pub(super) const fn delete(
    name: &'static str,
    about: &'static str,
    path: &'static str,
    fields: &'static [Field],
) -> Verb {
    Verb {
        name,
        method: Method::DELETE,
        answer: Answer::Message,
        about,
        path,
        fields,
    }
}

/// Reads bytes.
pub(super) const fn bytes(name: &'static str, about: &'static str, path: &'static str) -> Verb {
    Verb {
        name,
        method: Method::GET,
        answer: Answer::Bytes,
        about,
        path,
        fields: &[],
    }
}

impl Verb {
    /// Its command, without what all have in common.
    pub(super) fn command(&self) -> Command {
        let name = |(name, is_required)| {
            Arg::new(name)
                .value_name(name)
                .required(is_required)
                .value_parser(segment)
        };
        Command::new(self.name)
            .about(self.about)
            .args(self.names().map(name))
            .args(self.fields.iter().map(Field::flag))
    }

    /// Whether it has a field with that flag.
    pub(super) fn has(&self, flag: &str) -> bool {
        self.fields.iter().any(|field| field.long() == flag)
    }

    /// The call that the arguments make.
    ///
    /// # Errors
    /// When a secret cannot be read.
    pub(super) fn call(&self, given: &ArgMatches) -> Result<Call, Failure> {
        let (path, last) = self.parts();
        let from_stdin =
            |field: &&Field| field.shape == Shape::Secret && text(given, field.name).as_deref() == Some("-");
        if self.fields.iter().filter(from_stdin).count() > 1 {
            return Err(Failure::new("standard input holds one secret, not two"));
        }
        let (mut body, mut query) = (Map::new(), Vec::new());
        if let Some(name) = last.and_then(|(last, _)| text(given, last)) {
            body.insert("name".to_owned(), Value::String(name));
        }
        for field in self.fields {
            let Some(value) = field.value(given)? else { continue };
            match field.place {
                FieldLocation::Body => _ = body.insert(field.name.to_owned(), value),
                FieldLocation::Query => query.push((
                    field.name.to_owned(),
                    value.as_str().map_or_else(|| value.to_string(), str::to_owned),
                )),
            }
        }
        let segment = |segment: &str| {
            if is_name(segment) {
                text(given, segment).unwrap_or_default()
            } else {
                segment.to_owned()
            }
        };
        let sends = self.method != Method::GET && self.method != Method::DELETE;
        Ok(Call {
            path: path.split('/').map(segment).collect(),
            query,
            body: sends.then_some(Value::Object(body)),
        })
    }

    /// The positional names, in order, and whether they are needed.
    fn names(&self) -> impl Iterator<Item = (&'static str, bool)> {
        let (path, last) = self.parts();
        path.split('/')
            .filter(|segment| is_name(segment))
            .map(|name| (name, true))
            .chain(last)
    }

    /// The path, and the name that goes into the body.
    fn parts(&self) -> (&'static str, Option<(&'static str, bool)>) {
        match self.path.split_once('#') {
            Some((path, last)) => (
                path,
                Some(last.strip_suffix('?').map_or((last, true), |last| (last, false))),
            ),
            None => (self.path, None),
        }
    }
}

impl Call {
    /// The path's segments.
    pub(super) fn path(&self) -> Vec<&str> {
        self.path.iter().map(String::as_str).collect()
    }
}

fn is_name(segment: &str) -> bool {
    segment.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// A name that can stand in a path.
fn segment(text: &str) -> Result<String, String> {
    if matches!(text, "" | "." | "..") {
        Err("a name is neither empty nor made of dots".to_owned())
    } else {
        Ok(text.to_owned())
    }
}
