//! Organizations.

use super::Noun;
use super::field::{PAGE, switch};
use super::verb::{delete, get, post};

pub(super) const NOUN: Noun = Noun {
    name: "org",
    about: "Organizations",
    columns: &["name", "id", "created_at"],
    verbs: &[
        get("list", "List them", "orgs", PAGE),
        get("show", "Show one", "orgs/ORG", &[]),
        post("create", "Make one", "orgs#NAME", &[]),
        delete(
            "delete",
            "Delete one",
            "orgs/ORG",
            &[switch("cascade", "Also while it owns projects: with everything in it")],
        ),
    ],
};
