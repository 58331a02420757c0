//! A line of the table of routes.

use std::borrow::Cow;

use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

use crate::parameters::{CURSOR, LIMIT, Parameter};

/// A route: what is called by whom, and what it does.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    /// The method, in lower case.
    pub method: &'static str,
    /// The path, with its parameters in braces.
    pub path: &'static str,
    /// The callers that it admits.
    pub scope: Scope,
    /// The handler's path within the gateway, such as `orgs::list`.
    pub handler: &'static str,
    /// Its request, its answer and its command.
    pub operation: Operation,
}

impl Route {
    /// The names of the path's parameters, in their order.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        let segments = self.path.split('/');
        segments.filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
    }
}

/// The callers that a route admits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everybody. A delivery proves itself, and so does a browser that comes to make an app, by its state.
    Open,
    /// An administrator's token.
    Administrator,
    /// A token that reaches the organization; a list shows what is within the token's reach.
    Organization,
    /// A worker's or an administrator's token.
    Worker,
    /// The lease of the evaluation itself, or a worker's or an administrator's token.
    Lease,
}

impl Scope {
    /// The sentence of the OpenAPI document.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Open => "Takes no token.",
            Self::Administrator => "Takes an administrator's token.",
            Self::Organization => "Takes a token that reaches the organization.",
            Self::Worker => "Takes a worker's or an administrator's token.",
            Self::Lease => "Takes the token of the lease, or a worker's or an administrator's token.",
        }
    }
}

/// The request and the answer of a route, and the command that calls it.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// One sentence for people, in the OpenAPI document and the help.
    pub summary: &'static str,
    /// The body that it takes.
    pub request: Option<Type>,
    /// The parameters after the question mark, besides those that every list has.
    pub parameters: &'static [Parameter],
    /// The answer where all went well.
    pub answer: Answer,
    /// The command that calls it.
    pub command: Option<Command>,
}

/// A command of the shell that calls a route.
#[derive(Clone, Copy, Debug)]
pub struct Command {
    /// Noun, verb, and positional names. The names stand for the parameters of the path, in their order; one more goes into the
    /// body as `name`, and may be left out where a `?` follows.
    pub usage: &'static str,
    /// The path that it calls, where that is not the route's own.
    pub path: Option<&'static str>,
    /// The sentence of its help, where that is not the route's summary.
    pub help: Option<&'static str>,
}

/// A type of a body, known by its schema.
#[derive(Clone, Copy, Debug)]
pub struct Type {
    /// Its name in the OpenAPI document.
    pub name: fn() -> Cow<'static, str>,
    /// The schema of the type itself.
    pub schema: fn() -> RefOr<Schema>,
    /// The schemas of the types within it, by name.
    pub within: fn(&mut Vec<(String, RefOr<Schema>)>),
}

impl Type {
    /// The type `T`.
    #[must_use]
    pub const fn of<T: ToSchema>() -> Self {
        Self {
            name: T::name,
            schema: T::schema,
            within: T::schemas,
        }
    }
}

/// The answer of a route where all went well.
#[derive(Clone, Copy, Debug)]
pub enum Answer {
    /// 200 with one thing.
    One(Type),
    /// 200 with one thing, or 204 where there is none.
    OneOrNone(Type),
    /// 202 with the state of what was begun.
    Begun(Type),
    /// 201 with what was made.
    Made(Type),
    /// 200 with a page of a list.
    List(Type),
    /// 200 without an envelope, of this content type.
    Bare(&'static str),
}

impl Answer {
    /// The type of the answer's message, or of a list's items.
    #[must_use]
    pub const fn message(self) -> Option<Type> {
        match self {
            Self::One(it) | Self::OneOrNone(it) | Self::Begun(it) | Self::Made(it) | Self::List(it) => Some(it),
            Self::Bare(_) => None,
        }
    }

    /// The parameters that every list has.
    #[must_use]
    pub const fn parameters(self) -> &'static [Parameter] {
        match self {
            Self::List(_) => &[LIMIT, CURSOR],
            _ => &[],
        }
    }
}

impl Operation {
    const fn new(summary: &'static str, answer: Answer) -> Self {
        Self {
            summary,
            request: None,
            parameters: &[],
            answer,
            command: None,
        }
    }

    /// The same with a body.
    #[must_use]
    pub const fn takes<T: ToSchema>(self) -> Self {
        Self {
            request: Some(Type::of::<T>()),
            ..self
        }
    }

    /// The same with parameters after the question mark.
    #[must_use]
    pub const fn with(self, parameters: &'static [Parameter]) -> Self {
        Self { parameters, ..self }
    }

    /// The same with a command.
    #[must_use]
    pub const fn command(self, usage: &'static str) -> Self {
        let command = Command {
            usage,
            path: None,
            help: None,
        };
        Self {
            command: Some(command),
            ..self
        }
    }

    /// The same with a command that calls another path.
    #[must_use]
    pub const fn command_at(self, usage: &'static str, path: &'static str) -> Self {
        let command = Command {
            usage,
            path: Some(path),
            help: None,
        };
        Self {
            command: Some(command),
            ..self
        }
    }

    /// The same with a sentence of its own in the help of the command.
    #[must_use]
    pub const fn help(self, help: &'static str) -> Self {
        let command = match self.command {
            Some(command) => Some(Command {
                help: Some(help),
                ..command
            }),
            None => None,
        };
        Self { command, ..self }
    }
}

/// Answers 200 with one thing.
#[must_use]
pub const fn one<T: ToSchema>(summary: &'static str) -> Operation {
    Operation::new(summary, Answer::One(Type::of::<T>()))
}

/// Answers 200 with one thing, or 204.
#[must_use]
pub const fn one_or_none<T: ToSchema>(summary: &'static str) -> Operation {
    Operation::new(summary, Answer::OneOrNone(Type::of::<T>()))
}

/// Answers 202 with the state of what was begun.
#[must_use]
pub const fn begun<T: ToSchema>(summary: &'static str) -> Operation {
    Operation::new(summary, Answer::Begun(Type::of::<T>()))
}

/// Answers 201 with what was made.
#[must_use]
pub const fn made<T: ToSchema>(summary: &'static str) -> Operation {
    Operation::new(summary, Answer::Made(Type::of::<T>()))
}

/// Answers a page of a list.
#[must_use]
pub const fn list<T: ToSchema>(summary: &'static str) -> Operation {
    Operation::new(summary, Answer::List(Type::of::<T>()))
}

/// Answers 200 without an envelope, of this content type.
#[must_use]
pub const fn bare(summary: &'static str, content_type: &'static str) -> Operation {
    Operation::new(summary, Answer::Bare(content_type))
}
