//! Integrations of an organization.

use crate::api::openapi::route::Answer::{List, Made, One, Unlinked};
use crate::api::openapi::route::{Route, delete, get, patch, post};

pub const ROUTES: &[Route] = &[
    post(
        "/api/v1/orgs/{org}/integrations",
        "Make an integration.",
        Made("IntegrationView"),
    )
    .taking("NewIntegration"),
    get(
        "/api/v1/orgs/{org}/integrations",
        "List integrations.",
        List("IntegrationView"),
    )
    .with(&["kind"]),
    get(
        "/api/v1/orgs/{org}/integrations/{kind}",
        "List integrations of one kind.",
        List("IntegrationView"),
    ),
    get(
        "/api/v1/orgs/{org}/integrations/{kind}/{name}",
        "Show an integration.",
        One("IntegrationView"),
    ),
    patch(
        "/api/v1/orgs/{org}/integrations/{kind}/{name}",
        "Change an integration.",
        One("IntegrationView"),
    )
    .taking("IntegrationChanges"),
    delete(
        "/api/v1/orgs/{org}/integrations/{kind}/{name}",
        "Delete an integration.",
        Unlinked,
    ),
    get(
        "/api/v1/orgs/{org}/integrations/{kind}/{name}/hook-guide",
        "What to enter at the forge.",
        One("HookGuide"),
    )
    .with(&["forge"]),
    post(
        "/api/v1/orgs/{org}/integrations/outbound/{name}/test",
        "Try the stored token at the forge.",
        One("OutboundTest"),
    ),
    post(
        "/api/v1/orgs/{org}/integrations/inbound/{name}/test",
        "Send a sample down the real path, and ask the forge for a delivery of its own.",
        One("InboundTest"),
    )
    .taking("InboundTrial"),
    post(
        "/api/v1/orgs/{org}/integrations/inbound/{name}/hook",
        "Make or repair the webhook at the forge, or rotate its secret.",
        One("HookView"),
    )
    .taking("HookWish"),
];
