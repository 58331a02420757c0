//! The audit log.

use super::Noun;
use super::field::{CURSOR, LIMIT, query};
use super::verb::get;

pub(super) const NOUN: Noun = Noun {
    name: "audit",
    about: "The audit log: who did what",
    columns: &["at", "actor", "action", "target", "outcome", "source_ip"],
    verbs: &[get(
        "list",
        "List its entries",
        "audit",
        &[
            query("organization", "Only of this organization"),
            query("since", "Only from this time on, RFC 3339"),
            query("until", "Only before this time, RFC 3339"),
            LIMIT,
            CURSOR,
        ],
    )],
};
