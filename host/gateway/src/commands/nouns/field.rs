//! A field of a body or a parameter, and the flag that it is in a shell.

use clap::{Arg, ArgAction, ArgMatches};
use serde_json::Value;

use crate::commands::{Failure, read_secret};

/// How a flag becomes a field.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Text; an empty one is null.
    Text,
    /// A list of texts; one that is empty makes an empty list.
    List,
    /// `true` or `false`.
    Bool,
    /// JSON.
    Json,
    /// A list of JSON values; one that is empty makes an empty list.
    JsonList,
    /// What a file holds; the flag ends in `-file`, `-` is standard input. An empty name is empty text, which clears.
    Secret,
    /// A switch that is there or not.
    Switch,
}

/// Where it goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum FieldLocation {
    Body,
    Query,
}

/// A flag.
#[derive(Clone, Copy)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) shape: Shape,
    pub(super) place: FieldLocation,
    help: &'static str,
}

/// What every list takes.
pub(super) const LIMIT: Field = query("limit", "How many at most, 1 to 500");
/// Where a list goes on.
pub(super) const CURSOR: Field = query("cursor", "Where the list goes on, as the page before said");
/// A list without filters.
pub(super) const PAGE: &[Field] = &[LIMIT, CURSOR];

/// A field of the body.
pub(super) const fn body(name: &'static str, shape: Shape, help: &'static str) -> Field {
    Field {
        name,
        shape,
        place: FieldLocation::Body,
        help,
    }
}

/// A parameter.
pub(super) const fn query(name: &'static str, help: &'static str) -> Field {
    Field {
        name,
        shape: Shape::Text,
        place: FieldLocation::Query,
        help,
    }
}

/// A parameter that is there or not.
pub(super) const fn switch(name: &'static str, help: &'static str) -> Field {
    Field {
        name,
        shape: Shape::Switch,
        place: FieldLocation::Query,
        help,
    }
}

impl Field {
    /// The flag: hyphens for underscores. `--token-file` is the caller's own token.
    pub(super) fn long(&self) -> String {
        match (self.shape, self.name) {
            (Shape::Secret, "token") => "token-value-file".to_owned(),
            (Shape::Secret, name) => format!("{}-file", name.replace('_', "-")),
            (_, name) => name.replace('_', "-"),
        }
    }

    /// The flag of a command.
    pub(super) fn flag(&self) -> Arg {
        let arg = Arg::new(self.name).long(self.long()).help(self.help);
        match self.shape {
            Shape::Text => arg.value_name("TEXT"),
            Shape::List => arg.value_name("TEXT").action(ArgAction::Append),
            Shape::Bool => arg.value_name("BOOL").value_parser(["true", "false"]),
            Shape::Json => arg.value_name("JSON").value_parser(json),
            Shape::JsonList => arg
                .value_name("JSON")
                .value_parser(json_or_nothing)
                .action(ArgAction::Append),
            Shape::Secret => arg.value_name("FILE"),
            Shape::Switch => arg.action(ArgAction::SetTrue),
        }
    }

    /// What was given for it.
    ///
    /// # Errors
    /// When a secret cannot be read.
    pub(super) fn value(&self, given: &ArgMatches) -> Result<Option<Value>, Failure> {
        Ok(match self.shape {
            Shape::Text => text(given, self.name).map(|text| if text.is_empty() { Value::Null } else { text.into() }),
            Shape::List => given
                .get_many::<String>(self.name)
                .map(|all| all.filter(|text| !text.is_empty()).cloned().collect()),
            Shape::Bool => text(given, self.name).map(|text| (text == "true").into()),
            Shape::Json => given.get_one::<Value>(self.name).cloned(),
            Shape::JsonList => given
                .get_many::<Option<Value>>(self.name)
                .map(|all| all.flatten().cloned().collect()),
            Shape::Secret => text(given, self.name)
                .map(|file| self.secret(&file))
                .transpose()?
                .map(Value::String),
            Shape::Switch => given.get_flag(self.name).then_some(Value::Bool(true)),
        })
    }

    /// A file that came out empty by mistake must not clear what is stored.
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
