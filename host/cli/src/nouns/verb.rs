//! A verb of a noun: the command that it is in a shell, and the call that its arguments make.

use clap::{Arg, ArgMatches, Command};
use forgegate_api::route::Type;
use forgegate_api::{Answer, Route, all};
use reqwest::Method;
use serde_json::{Map, Value};

use super::flag::{Flag, Location, text};
use crate::Failure;

/// A verb of a noun.
pub(super) struct Verb {
    route: &'static Route,
    words: Vec<&'static str>,
    /// The path under `/api/v1`.
    path: &'static str,
    flags: Vec<Flag>,
}

/// A call of the API.
pub(super) struct Call {
    path: Vec<String>,
    pub(super) query: Vec<(String, String)>,
    /// None for what only reads or deletes.
    pub(super) body: Option<Value>,
}

/// The verbs of a noun, in the order of the table.
pub(super) fn of(noun: &str) -> impl Iterator<Item = Verb> {
    all()
        .iter()
        .filter_map(Verb::of)
        .filter(move |verb| verb.words.first() == Some(&noun))
}

impl Verb {
    fn of(route: &'static Route) -> Option<Self> {
        let command = route.operation.command?;
        let path = command.path.unwrap_or(route.path);
        let mut verb = Self {
            route,
            words: command.usage.split(' ').collect(),
            path: path.strip_prefix("/api/v1/").unwrap_or(path),
            flags: Vec::new(),
        };
        verb.flags = verb.all_flags();
        Some(verb)
    }

    /// A flag for each field of the body that is not positional, and for each parameter.
    fn all_flags(&self) -> Vec<Flag> {
        let operation = &self.route.operation;
        let named = self.name_in_body().is_some();
        let fields = operation
            .request
            .iter()
            .flat_map(Type::fields)
            .filter(|field| !(named && field.name == "name"));
        let parameters = operation.parameters.iter().chain(operation.answer.parameters());
        fields.map(Flag::from).chain(parameters.map(Flag::from)).collect()
    }

    pub(super) fn name(&self) -> &'static str {
        self.words.get(1).copied().unwrap_or_default()
    }

    /// The positional names, in order.
    fn names(&self) -> impl Iterator<Item = &'static str> {
        self.words.iter().skip(2).copied()
    }

    /// The positional name that goes into the body: the one that no parameter of the path takes.
    fn name_in_body(&self) -> Option<&'static str> {
        self.names().nth(self.path.matches('{').count())
    }

    pub(super) const fn answers_bytes(&self) -> bool {
        matches!(self.route.operation.answer, Answer::Bare(_))
    }

    /// The name of the schema of the answer, or of a list's items.
    pub(super) fn message(&self) -> String {
        let message = self.route.operation.answer.message();
        message.map(|it| (it.name)().into_owned()).unwrap_or_default()
    }

    pub(super) fn method(&self) -> Result<Method, Failure> {
        Method::from_bytes(self.route.method.to_uppercase().as_bytes()).map_err(Failure::new)
    }

    /// Its command, without the flags that all have in common.
    pub(super) fn command(&self) -> Command {
        let positional = |word: &'static str| {
            let name = word.trim_end_matches('?');
            Arg::new(name)
                .value_name(name)
                .required(name == word)
                .value_parser(segment)
        };
        let operation = &self.route.operation;
        let help = operation.command.and_then(|command| command.help);
        Command::new(self.name())
            .about(help.unwrap_or(operation.summary).trim_end_matches('.'))
            .args(self.names().map(positional))
            .args(self.flags.iter().map(Flag::arg))
    }

    /// True if it has a flag of that name.
    pub(super) fn has(&self, long: &str) -> bool {
        self.flags.iter().any(|flag| flag.long() == long)
    }

    /// The call that the arguments make.
    ///
    /// # Errors
    /// When a secret cannot be read.
    pub(super) fn call(&self, given: &ArgMatches) -> Result<Call, Failure> {
        if self.flags.iter().filter(|flag| flag.reads_stdin(given)).count() > 1 {
            return Err(Failure::new("standard input holds one secret, not two"));
        }
        let (mut body, mut query) = (Map::new(), Vec::new());
        if let Some(name) = self
            .name_in_body()
            .and_then(|word| text(given, word.trim_end_matches('?')))
        {
            body.insert("name".to_owned(), Value::String(name));
        }
        for flag in &self.flags {
            let Some(value) = flag.value(given)? else { continue };
            match flag.location {
                Location::Body => _ = body.insert(flag.name.clone(), value),
                Location::Query => query.push((
                    flag.name.clone(),
                    value.as_str().map_or_else(|| value.to_string(), str::to_owned),
                )),
            }
        }
        let sends = !matches!(self.route.method, "get" | "delete");
        Ok(Call {
            path: self.segments(given),
            query,
            body: sends.then_some(Value::Object(body)),
        })
    }

    /// The segments of the path, with the positional names in the places of its parameters.
    fn segments(&self, given: &ArgMatches) -> Vec<String> {
        let mut names = self.names();
        let segment = |segment: &str| {
            if segment.starts_with('{') {
                names.next().and_then(|name| text(given, name)).unwrap_or_default()
            } else {
                segment.to_owned()
            }
        };
        self.path.split('/').map(segment).collect()
    }
}

impl Call {
    /// The path's segments.
    pub(super) fn path(&self) -> Vec<&str> {
        self.path.iter().map(String::as_str).collect()
    }
}

/// A name that can stand in a path.
fn segment(text: &str) -> Result<String, String> {
    if matches!(text, "" | "." | "..") {
        Err("a name is neither empty nor made of dots".to_owned())
    } else {
        Ok(text.to_owned())
    }
}
