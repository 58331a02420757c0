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
    query("since", "Only those that came again from this time on, RFC 3339"),
    query("until", "Only those that first came before this time, RFC 3339"),
    LIMIT,
    CURSOR,
];
