//! A line of the table of routes: what is called, what it takes, what it answers.

/// What a route answers where all went well.
#[derive(Clone, Copy, Debug)]
pub enum Answer {
    /// 200 with one thing.
    One(&'static str),
    /// 200 with one thing, or 204 where there is none.
    OneOrNothing(&'static str),
    /// 202 with how what was begun stands.
    Begun(&'static str),
    /// 201 with what was made.
    Made(&'static str),
    /// 200 with a page of a list.
    List(&'static str),
    /// 200 with `deleted`.
    Deleted,
    /// 200 with `deleted` and the links that this cleared.
    Unlinked,
    /// 200 without an envelope, of this content type.
    Bare(&'static str),
}

/// A route. Shapes are named as the schemas of the document are.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    /// The method, in lower case.
    pub method: &'static str,
    /// The path, as the router has it.
    pub path: &'static str,
    /// What it does, in one sentence.
    pub summary: &'static str,
    /// The shape of the body, where it takes one.
    pub takes: Option<&'static str>,
    /// The parameters after the question mark, besides those that every list has.
    pub query: &'static [&'static str],
    /// What it answers.
    pub answer: Answer,
}

impl Route {
    const fn new(method: &'static str, path: &'static str, summary: &'static str, answer: Answer) -> Self {
        Self {
            method,
            path,
            summary,
            takes: None,
            query: &[],
            answer,
        }
    }

    /// The same with a body of this shape.
    pub const fn taking(self, shape: &'static str) -> Self {
        Self {
            takes: Some(shape),
            ..self
        }
    }

    /// The same with these parameters.
    pub const fn with(self, query: &'static [&'static str]) -> Self {
        Self { query, ..self }
    }
}

/// A route that looks.
pub const fn get(path: &'static str, summary: &'static str, answer: Answer) -> Route {
    Route::new("get", path, summary, answer)
}

/// A route that makes or does something.
pub const fn post(path: &'static str, summary: &'static str, answer: Answer) -> Route {
    Route::new("post", path, summary, answer)
}

/// A route that changes something.
pub const fn patch(path: &'static str, summary: &'static str, answer: Answer) -> Route {
    Route::new("patch", path, summary, answer)
}

/// A route that removes something.
pub const fn delete(path: &'static str, summary: &'static str, answer: Answer) -> Route {
    Route::new("delete", path, summary, answer)
}
