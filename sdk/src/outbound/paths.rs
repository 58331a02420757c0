//! The calls that a plugin declares.

use crate::{Method, PathTemplate};

impl PathTemplate {
    /// The templates of a table of methods and paths.
    pub fn all(table: &[(Method, &str)]) -> Vec<Self> {
        let template = |&(method, path): &(Method, &str)| Self {
            method,
            path: path.to_owned(),
        };
        table.iter().map(template).collect()
    }
}
