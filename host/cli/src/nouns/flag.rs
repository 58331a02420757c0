//! A flag: a field of a body, or a parameter of a query.

use clap::{Arg, ArgAction, ArgMatches};
use forgegate_api::all;
use forgegate_api::fields::{Field, FieldKind};
use forgegate_api::parameters::{self, Parameter};
use serde_json::Value;

use crate::{Failure, read_secret};

/// The place of a flag's value in a call.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Location {
    Body,
    Query,
}

/// The way from a flag to a value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A field: an empty text is null, an empty list value is none, a secret is read from a file.
    Of(FieldKind),
    /// A switch that is there or not.
    Switch,
}

/// A flag of a command, which becomes a field of the body or a parameter of the URL.
pub(super) struct Flag {
    pub(super) name: String,
    pub(super) location: Location,
    kind: Kind,
    doc: String,
}

impl From<Field> for Flag {
    fn from(field: Field) -> Self {
        Self {
            name: field.name,
            location: Location::Body,
            kind: Kind::Of(field.kind),
            doc: field.doc.trim_end_matches('.').to_owned(),
        }
    }
}

impl From<&Parameter> for Flag {
    fn from(parameter: &Parameter) -> Self {
        Self {
            name: parameter.name.to_owned(),
            location: Location::Query,
            kind: match parameter.kind {
                parameters::Kind::Flag => Kind::Switch,
                _ => Kind::Of(FieldKind::Text),
            },
            doc: parameter.doc.to_owned(),
        }
    }
}

impl Flag {
    /// The flag's long name: hyphens for underscores. `--token-file` is the caller's own token.
    pub(super) fn long(&self) -> String {
        let name = self.name.replace('_', "-");
        match self.kind {
            Kind::Of(FieldKind::Secret) if name == "token" => "token-value-file".to_owned(),
            Kind::Of(FieldKind::Secret) => format!("{name}-file"),
            _ => name,
        }
    }

    /// True if it is a secret that comes from standard input.
    pub(super) fn reads_stdin(&self, given: &ArgMatches) -> bool {
        self.kind == Kind::Of(FieldKind::Secret) && text(given, &self.name).as_deref() == Some("-")
    }

    /// The argument of a command.
    pub(super) fn arg(&self) -> Arg {
        let arg = Arg::new(self.name.clone()).long(self.long()).help(self.help());
        match self.kind {
            Kind::Of(FieldKind::Text) => arg.value_name("TEXT"),
            Kind::Of(FieldKind::List) => arg.value_name("TEXT").action(ArgAction::Append),
            Kind::Of(FieldKind::Bool) => arg.value_name("BOOL").value_parser(["true", "false"]),
            Kind::Of(FieldKind::Json) => arg.value_name("JSON").value_parser(json),
            Kind::Of(FieldKind::JsonList) => arg
                .value_name("JSON")
                .value_parser(json_or_nothing)
                .action(ArgAction::Append),
            Kind::Of(FieldKind::Secret) => arg.value_name("FILE"),
            Kind::Switch => arg.action(ArgAction::SetTrue),
        }
    }

    fn help(&self) -> String {
        let doc = &self.doc;
        match self.kind {
            Kind::Of(FieldKind::List | FieldKind::JsonList) => format!("{doc}; may be repeated"),
            Kind::Of(FieldKind::Secret) => {
                let (first, rest) = doc.split_at_checked(1).unwrap_or_default();
                let first = first.to_lowercase();
                format!("The file that holds {first}{rest}; `-` is standard input")
            }
            _ if self.name == "url" => format!("{doc}; the gateway's own `--url` stands before the verb"),
            _ => doc.clone(),
        }
    }

    /// The value that was given for it.
    ///
    /// # Errors
    /// When a secret cannot be read.
    pub(super) fn value(&self, given: &ArgMatches) -> Result<Option<Value>, Failure> {
        let name = self.name.as_str();
        Ok(match self.kind {
            Kind::Of(FieldKind::Text) => {
                text(given, name).map(|text| if text.is_empty() { Value::Null } else { text.into() })
            }
            Kind::Of(FieldKind::List) => given
                .get_many::<String>(name)
                .map(|all| all.filter(|text| !text.is_empty()).cloned().collect()),
            Kind::Of(FieldKind::Bool) => text(given, name).map(|text| (text == "true").into()),
            Kind::Of(FieldKind::Json) => given.get_one::<Value>(name).cloned(),
            Kind::Of(FieldKind::JsonList) => given
                .get_many::<Option<Value>>(name)
                .map(|all| all.flatten().cloned().collect()),
            Kind::Of(FieldKind::Secret) => text(given, name)
                .map(|file| self.secret(&file))
                .transpose()?
                .map(Value::String),
            Kind::Switch => given.get_flag(name).then_some(Value::Bool(true)),
        })
    }

    /// Reads a secret. A file that came out empty by mistake must not clear what is stored.
    fn secret(&self, file: &str) -> Result<String, Failure> {
        if file.is_empty() {
            return Ok(String::new());
        }
        let text = read_secret(file)?;
        if text.is_empty() {
            return Err(Failure::new(format!(
                "`{file}` is empty; `--{} ''` clears what is stored",
                self.long()
            )));
        }
        Ok(text)
    }
}

/// A flag for each field of the body that a route takes.
pub(super) fn of_route(method: &str, path: &str) -> impl Iterator<Item = Flag> {
    let route = all().iter().find(|route| (route.method, route.path) == (method, path));
    let request = route.and_then(|route| route.operation.request);
    let fields = request.map(|request| request.fields()).unwrap_or_default();
    fields.into_iter().map(Flag::from)
}

/// The text that was given under a name.
pub(super) fn text(given: &ArgMatches, name: &str) -> Option<String> {
    given.get_one::<String>(name).cloned()
}

fn json(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

fn json_or_nothing(text: &str) -> Result<Option<Value>, String> {
    if text.is_empty() {
        Ok(None)
    } else {
        json(text).map(Some)
    }
}
