//! Projects: what is built when a repository changes.

use super::Noun;
use super::field::Shape::{Bool, Json, JsonList, List, Text};
use super::field::{CURSOR, Field, LIMIT, PAGE, body, query};
use super::verb::{Answer, delete, get, look, patch, post};

pub(super) const NOUN: Noun = Noun {
    name: "project",
    about: "Projects: what is built when a repository changes",
    columns: &[
        "name",
        "repository",
        "inbound_integration",
        "outbound_integration",
        "concurrency",
        "active",
        "created_at",
    ],
    verbs: &[
        get("list", "List those of an organization", "orgs/ORG/projects", PAGE),
        get("show", "Show one", "orgs/ORG/projects/NAME", &[]),
        post("create", "Make one", "orgs/ORG/projects#NAME", CREATE),
        patch(
            "edit",
            "Change one; an empty value clears",
            "orgs/ORG/projects/NAME",
            EDIT,
        ),
        delete("delete", "Delete one", "orgs/ORG/projects/NAME", &[]),
        post(
            "evaluate",
            "Queue an evaluation by hand",
            "orgs/ORG/projects/NAME/evaluate",
            EVALUATE,
        ),
        look(
            "stats",
            "Count what happened, by whole days, of the last thirty unless said otherwise",
            "orgs/ORG/projects/NAME/stats",
            RANGE,
            Answer::Counts,
        ),
        look(
            "activity",
            "List what happened, the newest first",
            "orgs/ORG/projects/NAME/activity",
            ACTIVITY,
            Answer::Table(&[
                "at",
                "kind",
                "action",
                "actor",
                "number",
                "ref",
                "sha",
                "title",
                "recovered",
            ]),
        ),
    ],
};

const SINCE: Field = query("since", "Only from this time on, RFC 3339");
const UNTIL: Field = query("until", "Only before this time, RFC 3339");
const RANGE: &[Field] = &[SINCE, UNTIL];
const ACTIVITY: &[Field] = &[
    query("kind", "Only of this kind, such as `commit` or `pull_request`"),
    SINCE,
    UNTIL,
    LIMIT,
    CURSOR,
];

const REPOSITORY: Field = body("repository", Text, "The repository's URL");
const CONCURRENCY: Field = body(
    "concurrency",
    Text,
    "`cancel_superseded`, `queue`, `parallel` or `skip`",
);
const BOOTSTRAP: Field = body("bootstrap", Text, "`automatic` or `manual`");
const RUNS_ON: Field = body("runs_on", List, "A label that a worker must have; may be repeated");
const TRUSTED: Field = body(
    "trusted",
    JsonList,
    "Somebody who is trusted, `{\"forge\", \"host\", \"id\"}`; may be repeated",
);
const INBOUND: Field = body(
    "inbound_integration",
    Text,
    "The integration that delivers its pushes, by name or id",
);
const OUTBOUND: Field = body(
    "outbound_integration",
    Text,
    "The integration that reports its statuses, by name or id",
);
const ACTIVE: Field = body("active", Bool, "Whether it takes part");

const CREATE: &[Field] = &[
    REPOSITORY,
    CONCURRENCY,
    BOOTSTRAP,
    RUNS_ON,
    TRUSTED,
    INBOUND,
    OUTBOUND,
    ACTIVE,
];

const EDIT: &[Field] = &[
    body("name", Text, "Another name"),
    REPOSITORY,
    CONCURRENCY,
    BOOTSTRAP,
    RUNS_ON,
    TRUSTED,
    INBOUND,
    OUTBOUND,
    ACTIVE,
    body(
        "repository_id",
        Json,
        "`null`: the next repository that is proved is pinned",
    ),
];

const EVALUATE: &[Field] = &[
    body("ref", Text, "The full ref, such as `refs/heads/main`"),
    body("sha", Text, "The commit"),
];
