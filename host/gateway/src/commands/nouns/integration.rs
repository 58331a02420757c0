//! Integrations: connections to a forge, one way each.

use super::Noun;
use super::field::Shape::{List, Secret, Text};
use super::field::{CURSOR, Field, LIMIT, body, query};
use super::verb::{delete, get, patch, post, test};

pub(super) const NOUN: Noun = Noun {
    name: "integration",
    about: "Integrations: connections to a forge, one way each",
    columns: &[
        "name",
        "kind",
        "forge",
        "base_url",
        "has_secret",
        "has_signing_key",
        "has_token",
        "created_at",
    ],
    verbs: &[
        get(
            "list",
            "List those of an organization",
            "orgs/ORG/integrations",
            &[query("kind", "`inbound` or `outbound`"), LIMIT, CURSOR],
        ),
        get(
            "show",
            "Show one; KIND is `inbound` or `outbound`",
            "orgs/ORG/integrations/KIND/NAME",
            &[],
        ),
        post("create", "Make one", "orgs/ORG/integrations#NAME?", CREATE),
        patch(
            "edit",
            "Change one; an empty value clears",
            "orgs/ORG/integrations/KIND/NAME",
            EDIT,
        ),
        delete("delete", "Delete one", "orgs/ORG/integrations/KIND/NAME", &[]),
        test(
            "test",
            "Try the connection: outbound the token at the forge, inbound a signed sample and a delivery of the forge's own",
            "orgs/ORG/integrations/KIND/NAME/test",
            &[
                body(
                    "forge",
                    Text,
                    "The forge whose delivery is tried, inbound; the integration's own unless given",
                ),
                body(
                    "event",
                    Text,
                    "The kind of event of the sample, inbound; `push` unless given",
                ),
            ],
        ),
        get(
            "hook-guide",
            "Say what to enter in the forge's webhook form",
            "orgs/ORG/integrations/inbound/NAME/hook-guide",
            &[query("forge", "The forge; the integration's own unless given")],
        ),
    ],
};

const FORGES: Field = body("forges", List, "A path segment that it answers to; may be repeated");
const MODE: Field = body("mode", Text, "`push` or `pull`");
const BASE_URL: Field = body("base_url", Text, "The forge's web address");
const SECRET: Field = body(
    "secret",
    Secret,
    "The file that holds the webhook secret; `-` is standard input",
);
const SIGNING_KEY: Field = body(
    "signing_key",
    Secret,
    "The file that holds the signing key; `-` is standard input",
);
const TOKEN: Field = body(
    "token",
    Secret,
    "The file that holds the forge's token; `-` is standard input",
);
const ALLOWED_IPS: Field = body(
    "allowed_ips",
    List,
    "An address or network that may deliver; may be repeated",
);
const REPOSITORIES: Field = body("repositories", List, "A repository that it is for; may be repeated");

const CREATE: &[Field] = &[
    body("kind", Text, "`inbound` or `outbound`"),
    body("forge", Text, "The forge"),
    FORGES,
    MODE,
    BASE_URL,
    SECRET,
    SIGNING_KEY,
    TOKEN,
    ALLOWED_IPS,
    REPOSITORIES,
    body(
        "installation_id",
        Text,
        "The installation of the forge's app: makes its pair of integrations",
    ),
    body("account", Text, "The account of that installation"),
];

const EDIT: &[Field] = &[
    body("name", Text, "Another name: its hooks' URLs change with it"),
    FORGES,
    MODE,
    BASE_URL,
    SECRET,
    body(
        "keep_previous",
        Text,
        "How long the older secret still counts, such as `24h`",
    ),
    SIGNING_KEY,
    TOKEN,
    ALLOWED_IPS,
    REPOSITORIES,
];
