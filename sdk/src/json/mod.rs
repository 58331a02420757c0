//! Payloads and answers read as a [`Tree`], borrowed from where that can be; and small bodies written as an [`Object`].

mod fields;
mod object;
mod tree;

pub use fields::{FieldNames, Fields};
pub use object::{Object, escaped};
pub use tree::{Part, Tree};
