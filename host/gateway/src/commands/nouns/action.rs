//! Actions: what a project tells the world.

use super::Noun;
use super::field::Shape::{List, Secret, Text};
use super::field::{Field, PAGE, body};
use super::verb::{delete, get, patch, post};

pub(super) const NOUN: Noun = Noun {
    name: "action",
    about: "Actions: what a project tells the world",
    columns: &[
        "name",
        "kind",
        "integration",
        "url",
        "events",
        "has_signing_key",
        "created_at",
    ],
    verbs: &[
        get(
            "list",
            "List those of a project",
            "orgs/ORG/projects/PROJECT/actions",
            PAGE,
        ),
        get("show", "Show one", "orgs/ORG/projects/PROJECT/actions/NAME", &[]),
        post(
            "create",
            "Make one",
            "orgs/ORG/projects/PROJECT/actions#NAME",
            &[KIND, INTEGRATION, TARGET, EVENTS, SIGNING_KEY],
        ),
        patch(
            "edit",
            "Change one; an empty value clears",
            "orgs/ORG/projects/PROJECT/actions/NAME",
            &[RENAME, INTEGRATION, TARGET, EVENTS, SIGNING_KEY],
        ),
        delete("delete", "Delete one", "orgs/ORG/projects/PROJECT/actions/NAME", &[]),
    ],
};

const KIND: Field = body("kind", Text, "`forge_status_report`, `comment` or `web_request`");
const RENAME: Field = body("name", Text, "Another name");
const INTEGRATION: Field = body(
    "integration",
    Text,
    "The outbound integration that it uses, by name or id",
);
const TARGET: Field = body(
    "url",
    Text,
    "Where a web request goes; the gateway's own `--url` stands before the verb",
);
const SIGNING_KEY: Field = body(
    "signing_key",
    Secret,
    "The file that holds the key that web requests are signed with; `-` is standard input",
);
const EVENTS: Field = body("events", List, "A state of evaluations that it tells; may be repeated");
