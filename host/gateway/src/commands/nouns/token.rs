//! Access tokens.

use super::Noun;
use super::field::Shape::{List, Text};
use super::field::{Field, PAGE, body};
use super::verb::{delete, get, post};

pub(super) const NOUN: Noun = Noun {
    name: "token",
    about: "Access tokens",
    columns: &[
        "id",
        "name",
        "scope",
        "organizations",
        "labels",
        "created_at",
        "expires_at",
    ],
    verbs: &[
        get("list", "List them", "tokens", PAGE),
        get("show", "Show one, without its value", "tokens/ID", &[]),
        post("create", "Make one; its value is shown this once", "tokens", CREATE),
        delete("delete", "Delete one: it stops to count at once", "tokens/ID", &[]),
    ],
};

const CREATE: &[Field] = &[
    body("name", Text, "What people call it"),
    body("scope", Text, "`admin`, `organization` or `worker`"),
    body(
        "organizations",
        List,
        "An organization that it reaches; may be repeated",
    ),
    body("labels", List, "A label that its worker may have; may be repeated"),
    body("expires_in", Text, "How long it counts, such as `90d`"),
];
