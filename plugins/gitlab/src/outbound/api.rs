//! Calls by their templates, and answers read field by field.
//!
//! Kept apart from what is asked, and out of line, because a component is compiled when it is first started: what each question
//! does by itself is paid for as often as there are questions.

use std::cell::Cell;

use forgegate_sdk::events::User;
use forgegate_sdk::json::{Part, Tree};
use forgegate_sdk::outbound::{Answer, Call, OutboundError, RepositoryRef};
use forgegate_sdk::{Method, ParseError, commit_id};

use super::fields::FIELDS;

/// The most entries that GitLab puts on a page.
pub const PER_PAGE: &str = "100";

/// The level from which on GitLab lets a member change code.
pub const DEVELOPER: u64 = 30;

/// The level from which on GitLab lets a member change settings.
pub const MAINTAINER: u64 = 40;

/// The segment that names a project: its number, which survives renaming, or its whole path in one.
pub fn project(repository: &RepositoryRef) -> &str {
    let number = repository.id.as_deref().filter(|id| !id.is_empty());
    number.unwrap_or(&repository.full_name)
}

/// A call by its template, each `{}` of which stands for the next value, and by its query.
pub fn call(method: Method, template: &str, values: &[&str], query: &[(&str, &str)]) -> Call {
    let mut values = values.iter();
    let fill = |segment| match segment {
        "{}" => values.next().copied().unwrap_or_default(),
        _ => segment,
    };
    let path: Vec<&str> = template.split('/').map(fill).collect();
    Call::new(method, &path).queries(query)
}

/// Asks for what lies there, which must be found.
#[inline(never)]
pub fn get(template: &str, values: &[&str], query: &[(&str, &str)]) -> Result<Answer, OutboundError> {
    call(Method::Get, template, values, query).ok()
}

/// The answer's body.
#[inline(never)]
pub fn tree(answer: &Answer) -> Result<Tree<'_>, OutboundError> {
    answer.tree(FIELDS)
}

/// Reads fields. What is not as GitLab answers is remembered, and stands in for itself by something empty until [`Reader::done`].
#[derive(Default)]
pub struct Reader(Cell<Option<ParseError>>);

impl Reader {
    /// Ends the reading: hands on what was made of the fields, or the first error where one was not as it should be.
    pub fn done<T>(&self, made: T) -> Result<T, OutboundError> {
        match self.0.take() {
            None => Ok(made),
            Some(error) => Err(error.into()),
        }
    }

    /// The value that was read; an empty one where that failed.
    pub fn keep<T: Default>(&self, read: Result<T, ParseError>) -> T {
        read.unwrap_or_else(|error| {
            let first = self.0.take();
            self.0.set(first.or(Some(error)));
            T::default()
        })
    }

    #[inline(never)]
    pub fn text<'t>(&self, part: Part<'t>, path: &'static str) -> &'t str {
        self.keep(part.text(path))
    }

    #[inline(never)]
    pub fn text_or_none<'t>(&self, part: Part<'t>, path: &'static str) -> Option<&'t str> {
        self.keep(part.text_or_none(path))
    }

    #[inline(never)]
    pub fn number(&self, part: Part, path: &'static str) -> u64 {
        self.keep(part.number(path))
    }

    #[inline(never)]
    pub fn id(&self, part: Part, path: &'static str) -> String {
        self.keep(part.id(path))
    }

    #[inline(never)]
    pub fn id_or_none(&self, part: Part, path: &'static str) -> Option<String> {
        self.keep(part.id_or_none(path))
    }

    #[inline(never)]
    pub fn flag(&self, part: Part, path: &'static str) -> Option<bool> {
        self.keep(part.flag(path))
    }

    /// The id of a commit.
    #[inline(never)]
    pub fn commit(&self, part: Part, path: &'static str) -> String {
        let id = part.text(path);
        let id = id.and_then(|id| commit_id(id).ok_or_else(|| part.malformed(path, "is no commit id")));
        self.keep(id)
    }

    /// The entries of the list there; none where it is null.
    #[inline(never)]
    pub fn list<'t>(&self, part: Part<'t>, path: &'static str) -> Vec<Part<'t>> {
        let list = part.list(path).map(|list| list.map(Vec::from_iter));
        self.keep(list).unwrap_or_default()
    }

    /// The texts that are listed there; none where it is null.
    #[inline(never)]
    pub fn texts(&self, part: Part, path: &'static str) -> Vec<String> {
        let texts = self.list(part, path).into_iter().map(|part| self.keep(part.as_text()));
        texts.map(str::to_owned).collect()
    }

    /// The entries that the answer itself lists.
    #[inline(never)]
    pub fn items<'t>(&self, part: Part<'t>) -> Vec<Part<'t>> {
        self.keep(part.items().map(Vec::from_iter))
    }

    /// An account.
    #[inline(never)]
    pub fn user(&self, part: Part) -> User {
        User {
            id: Some(self.id(part, "id")),
            login: self.text(part, "username").to_owned(),
        }
    }
}

/// The number of what was made or changed.
#[inline(never)]
pub fn id_of(answer: &Answer) -> Result<String, OutboundError> {
    let (tree, read) = (tree(answer)?, Reader::default());
    read.done(read.id(tree.root(), "id"))
}

/// The number of the account whose token it is.
pub fn own_id() -> Result<String, OutboundError> {
    id_of(&get("user", &[], &[])?)
}
