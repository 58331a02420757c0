//! Apps and their installations.

use crate::api::openapi::route::Answer::{Bare, Deleted, List, Made, One};
use crate::api::openapi::route::{Route, delete, get, patch, post};

pub const ROUTES: &[Route] = &[
    post(
        "/api/v1/apps/{forge}/manifest",
        "Begin to make an app; answers the link to open.",
        Made("ManifestView"),
    )
    .taking("NewManifest"),
    get(
        "/api/v1/apps/{forge}/manifest/{id}",
        "How the making of an app stands.",
        One("MakingView"),
    )
    .with(&["wait_ms"]),
    get(
        "/api/v1/apps/{forge}/manifest/form",
        "The page that leads to the forge's form.",
        Bare("text/html"),
    )
    .with(&["state"]),
    get(
        "/api/v1/apps/{forge}/manifest/callback",
        "Where the forge sends the browser back to.",
        One("AppView"),
    )
    .with(&["code", "state"]),
    post(
        "/api/v1/apps/{forge}/installations",
        "Bind an installation.",
        Made("InstallationView"),
    )
    .taking("Binding"),
    get(
        "/api/v1/apps/{forge}/installations",
        "List installations.",
        List("InstallationView"),
    ),
    post(
        "/api/v1/apps/{forge}/installations/accounts",
        "Confirm an account for an organization.",
        Made("AccountView"),
    )
    .taking("Confirmation"),
    get(
        "/api/v1/apps/{forge}/installations/accounts",
        "List confirmed accounts.",
        List("AccountView"),
    ),
    get(
        "/api/v1/apps/{forge}/installations/{id}",
        "Show an installation.",
        One("InstallationView"),
    ),
    patch(
        "/api/v1/apps/{forge}/installations/{id}",
        "Change an installation's addresses.",
        One("InstallationView"),
    )
    .taking("BindingChanges"),
    delete("/api/v1/apps/{forge}/installations/{id}", "End a binding.", Deleted),
];
