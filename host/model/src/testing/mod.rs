//! Builders for tests: plain, valid values, which a test varies with `..` or by a field.
//!
//! Rows are built by `rows`, events by `events`. The rows fit each other: one organization has one project, whose repository is
//! that of the events, and the integrations, trigger and action that link it to the forge. Present in tests, and for other crates
//! with the feature `testing`.
#![expect(clippy::unwrap_used, reason = "a builder's own names parse")]

mod events;
mod rows;

pub use events::*;
pub use rows::*;
