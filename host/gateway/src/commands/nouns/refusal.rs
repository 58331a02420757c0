//! Refusals: what was not let in, counted.

use super::Noun;
use super::field::{CURSOR, Field, LIMIT, query};
use super::verb::get;

pub(super) const NOUN: Noun = Noun {
    name: "refusal",
    about: "Refusals: what was not let in, counted",
    columns: &[
        "organization",
        "integration",
        "forge",
        "code",
        "count",
        "last_at",
        "source_ip",
        "message",
    ],
    verbs: &[get("list", "List them", "refusals", FILTERS)],
};

const FILTERS: &[Field] = &[
    query("organization", "Only of this organization"),
    query("integration", "Only of this integration, by name or id"),
    query("forge", "Only of this forge"),
    query("code", "Only with this code, such as `signature_mismatch`"),
    LIMIT,
    CURSOR,
];
