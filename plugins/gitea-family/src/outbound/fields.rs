//! The fields of the answers that are read, except those of pull requests.

use forgegate_sdk::json::{FieldNames, Fields};

/// In alphabetical order.
pub const FIELDS: Fields = &FieldNames::new(&[
    "active",
    "admin",
    "body",
    "branch_filter",
    "commit",
    "commit_id",
    "config",
    "content_type",
    "default_branch",
    "dismissed",
    "events",
    "full_name",
    "head",
    "id",
    "login",
    "name",
    "number",
    "official",
    "permission",
    "permissions",
    "pull",
    "push",
    "sha",
    "stale",
    "state",
    "type",
    "url",
    "user",
    "username",
    "version",
]);
