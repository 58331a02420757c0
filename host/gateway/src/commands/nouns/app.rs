//! Apps: which of their installations belong to which organization.

use super::Noun;
use super::field::Shape::{List, Text};
use super::field::{CURSOR, Field, LIMIT, body, query};
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
        get("list", "List what is bound", "apps/FORGE/installations", LIST),
        get(
            "show",
            "Show an installation",
            "apps/FORGE/installations/ID",
            &[OF_ORGANIZATION],
        ),
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
            &[ALLOWED_IPS, OF_ORGANIZATION],
        ),
        delete(
            "delete",
            "Delete the binding of an installation",
            "apps/FORGE/installations/ID",
            &[OF_ORGANIZATION],
        ),
        post(
            "confirm",
            "Confirm an account for an organization: its installations may be bound to it",
            "apps/FORGE/installations/accounts",
            CONFIRM,
        ),
        get(
            "accounts",
            "List the accounts that were confirmed",
            "apps/FORGE/installations/accounts",
            LIST,
        ),
    ],
};

const ALLOWED_IPS: Field = body(
    "allowed_ips",
    List,
    "An address or network that may deliver; may be repeated",
);

/// A binding is one organization's; which, where an installation is bound to several.
const OF_ORGANIZATION: Field = query("organization", "The organization, where it is bound to several");

const LIST: &[Field] = &[query("organization", "Of this organization only"), LIMIT, CURSOR];

const CONFIRM: &[Field] = &[
    body("organization", Text, "The organization"),
    body("account", Text, "The account's name at the forge"),
    body(
        "account_id",
        Text,
        "The account's number at the forge, where it is known",
    ),
];

const BIND: &[Field] = &[
    body("organization", Text, "The organization"),
    body("installation_id", Text, "The forge's id of the installation"),
    body(
        "account",
        Text,
        "The account that it is installed for; needed where the forge cannot be asked",
    ),
    ALLOWED_IPS,
];
