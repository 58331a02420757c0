//! Evaluations: what is queued, runs and ran.

use super::Noun;
use super::field::Shape::Text;
use super::field::{CURSOR, Field, LIMIT, body, query};
use super::verb::{get, post};

pub(super) const NOUN: Noun = Noun {
    name: "evaluation",
    about: "Evaluations: what is queued, runs and ran",
    columns: &[
        "id",
        "organization",
        "project",
        "ref",
        "sha",
        "state",
        "trust",
        "attempt",
        "worker",
        "created_at",
    ],
    verbs: &[
        get("list", "List them", "evaluations", FILTERS),
        get("show", "Show one", "evaluations/ID", &[]),
        post(
            "approve",
            "Release a held one, for one commit",
            "evaluations/ID/approve",
            &[body("sha", Text, "The commit that was looked at")],
        ),
        post("cancel", "Cancel one", "evaluations/ID/cancel", &[]),
        post("rerun", "Do it again", "evaluations/ID/rerun", &[]),
    ],
};

const FILTERS: &[Field] = &[
    query("organization", "Only of this organization"),
    query("project", "Only of this project, by name or id"),
    query("state", "Only in this state, such as `running`"),
    query("ref", "Only of this ref, full or short"),
    query("sha", "Only of this commit"),
    query("since", "Only from this time on, RFC 3339"),
    query("until", "Only before this time, RFC 3339"),
    LIMIT,
    CURSOR,
];
