//! Triggers: which events make a project's evaluations.

use super::Noun;
use super::field::Shape::{Bool, List, Text};
use super::field::{Field, PAGE, body};
use super::verb::{delete, get, patch, post};

pub(super) const NOUN: Noun = Noun {
    name: "trigger",
    about: "Triggers: which events make a project's evaluations",
    columns: &["id", "kind", "integration", "branches", "active", "created_at"],
    verbs: &[
        get(
            "list",
            "List those of a project",
            "orgs/ORG/projects/PROJECT/triggers",
            PAGE,
        ),
        get("show", "Show one", "orgs/ORG/projects/PROJECT/triggers/ID", &[]),
        post("create", "Make one", "orgs/ORG/projects/PROJECT/triggers", FIELDS),
        patch(
            "edit",
            "Change one; an empty value clears",
            "orgs/ORG/projects/PROJECT/triggers/ID",
            FIELDS,
        ),
        delete("delete", "Delete one", "orgs/ORG/projects/PROJECT/triggers/ID", &[]),
    ],
};

const FIELDS: &[Field] = &[
    body(
        "kind",
        Text,
        "`push`, `tag`, `pull_request`, `release`, `comment`, `schedule` or `poll`; fixed once made",
    ),
    body(
        "integration",
        Text,
        "The inbound integration that delivers, by name or id",
    ),
    body("branches", List, "A pattern for branches; may be repeated"),
    body("tags", List, "A pattern for tags; may be repeated"),
    body(
        "target_branches",
        List,
        "A pattern for what a pull request goes into; may be repeated",
    ),
    body("paths", List, "A pattern for changed files; may be repeated"),
    body("actions", List, "An action of the event; may be repeated"),
    body("labels", List, "A label of the pull request; may be repeated"),
    body("drafts", Bool, "Also drafts"),
    body(
        "require_approval",
        Bool,
        "Hold what strangers send until it is released",
    ),
    body("prereleases", Bool, "Also pre-releases"),
    body("skip_ci", Bool, "Obey a commit message that asks for nothing to run"),
    body(
        "schedule",
        Text,
        "When one of kind `schedule` starts, in cron's notation: `30 4 * * 1-5`",
    ),
    body(
        "time_zone",
        Text,
        "Its time zone, such as `Europe/Berlin`; UTC where none is given",
    ),
    body("interval", Text, "How often one of kind `poll` asks, such as `5m`"),
    body("active", Bool, "Whether it takes part"),
];
