//! Apps: which of their installations belong to which organization.

use super::Noun;
use super::field::Shape::{List, Text};
use super::field::{Field, PAGE, body};
use super::verb::{delete, get, patch, post};

pub(super) const NOUN: Noun = Noun {
    name: "app",
    about: "Apps: which of a forge's installations belong to which organization",
    columns: &[
        "id",
        "account",
        "organization",
        "suspended",
        "integrations.inbound",
        "integrations.outbound",
    ],
    verbs: &[
        get("list", "List what is bound", "apps/FORGE/installations", PAGE),
        get("show", "Show an installation", "apps/FORGE/installations/ID", &[]),
        post(
            "bind",
            "Bind an installation to an organization",
            "apps/FORGE/installations",
            BIND,
        ),
        patch(
            "edit",
            "Change an installation",
            "apps/FORGE/installations/ID",
            &[ALLOWED_IPS],
        ),
        delete(
            "delete",
            "Delete the binding of an installation",
            "apps/FORGE/installations/ID",
            &[],
        ),
    ],
};

const ALLOWED_IPS: Field = body(
    "allowed_ips",
    List,
    "An address or network that may deliver; may be repeated",
);

const BIND: &[Field] = &[
    body("organization", Text, "The organization"),
    body("installation_id", Text, "The forge's id of the installation"),
    body("account", Text, "The account that it is installed for"),
    ALLOWED_IPS,
];
