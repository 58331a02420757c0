//! Deliveries: what was received and proved.

use super::Noun;
use super::field::{CURSOR, Field, LIMIT, query};
use super::verb::{Answer, bytes, get, look, post};

pub(super) const NOUN: Noun = Noun {
    name: "delivery",
    about: "Deliveries: what was received and proved",
    columns: &[
        "id",
        "received_at",
        "forge",
        "organization",
        "integration",
        "event.kind",
        "outcome",
        "reason",
        "answer.status",
        "duplicates",
    ],
    verbs: &[
        get("list", "List them", "deliveries", FILTERS),
        get("show", "Show one in full", "deliveries/ID", &[]),
        look(
            "why",
            "Say why one did what it did, step by step",
            "deliveries/ID/why",
            &[],
            Answer::Reasons,
        ),
        bytes(
            "payload",
            "Print the payload of one as it was received",
            "deliveries/ID/payload",
        ),
        post(
            "replay",
            "Match the payload of one again, and queue what comes of it",
            "deliveries/ID/replay",
            &[],
        ),
    ],
};

const FILTERS: &[Field] = &[
    query("organization", "Only of this organization"),
    query("integration", "Only of this integration, by name or id"),
    query("project", "Only of this project, by name or id"),
    query("forge", "Only of this forge"),
    query("outcome", "Only with this outcome, such as `queued` or `skipped`"),
    query("event", "Only of this kind of event, such as `push`"),
    query("since", "Only from this time on, RFC 3339"),
    query("until", "Only before this time, RFC 3339"),
    LIMIT,
    CURSOR,
];
