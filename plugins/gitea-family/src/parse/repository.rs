//! Changes of the repository itself.

use forgegate_sdk::events::{Detail, RepositoryChange};
use forgegate_sdk::json::Part;

use super::Told;

/// A `repository`. The forge sends none for a new name, owner or default branch.
pub fn parse(_event: &str, root: Part) -> Told {
    let change = match root.text("action")? {
        "deleted" => RepositoryChange::Deleted,
        other => RepositoryChange::Other(other.to_owned()),
    };
    Ok((None, Detail::Repository(change)))
}
