//! Statuses: what is told to forges and others.

use super::Noun;
use super::field::{CURSOR, Field, LIMIT, query};
use super::verb::{get, post};

pub(super) const NOUN: Noun = Noun {
    name: "status",
    about: "Statuses: what is told to forges and others, and what became of it",
    columns: &[
        "id",
        "organization",
        "project",
        "kind",
        "sha",
        "context",
        "state",
        "outcome",
        "attempts",
        "last_error",
        "created_at",
    ],
    verbs: &[
        get("list", "List them", "statuses", FILTERS),
        get("show", "Show one", "statuses/ID", &[]),
        post("retry", "Try one again that was given up", "statuses/ID/retry", &[]),
    ],
};

const FILTERS: &[Field] = &[
    query("organization", "Only of this organization"),
    query("project", "Only of this project, by name or id"),
    query("integration", "Only through this outbound integration, by name or id"),
    query("state", "Only what says this, such as `succeeded`"),
    query("outcome", "Only `waiting`, `sent`, `superseded` or `failed`"),
    query("sha", "Only of this commit"),
    query("since", "Only from this time on, RFC 3339"),
    query("until", "Only before this time, RFC 3339"),
    LIMIT,
    CURSOR,
];
