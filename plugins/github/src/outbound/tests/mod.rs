//! Calls to a forge that answers by a script.

mod access;
mod api;
mod app;
mod approvals;
mod comment;
mod heads;
mod history;
mod hook;
mod missed;
mod probe;
mod pull_request;
mod report;
mod repositories;
mod resolve;

use forgegate_sdk::events::User;
use forgegate_sdk::outbound::RepositoryRef;
use forgegate_sdk::testing::{Forge, Step, script};

use crate::describe::describe;

/// The commit of the tests.
pub const SHA: &str = "2222222222222222222222222222222222222222";

/// The body of GitHub's refusal where an App lacks a permission.
pub const NO_PERMISSION: &str = r#"{"message": "Resource not accessible by integration"}"#;

pub const NOT_FOUND: &str = r#"{"message": "Not Found"}"#;

/// A forge that expects these calls.
pub fn forge(steps: impl IntoIterator<Item = Step>) -> Forge {
    script(&describe(), steps)
}

pub fn repository() -> RepositoryRef {
    RepositoryRef {
        id: Some("42".into()),
        full_name: "acme/widgets".into(),
    }
}

pub fn ana() -> User {
    User {
        id: Some("7".into()),
        login: "ana".into(),
    }
}

/// A link to the next page.
pub fn next(query: &str) -> String {
    format!(r#"<https://api.github.com/x?{query}>; rel="next", <https://api.github.com/x?page=9>; rel="last""#)
}
