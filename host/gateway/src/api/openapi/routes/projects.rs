//! Projects, with their triggers and actions.

use crate::api::activity;
use crate::api::openapi::route::Answer::{Begun, Deleted, List, Made, One};
use crate::api::openapi::route::{Route, delete, get, patch, post};

pub const ROUTES: &[Route] = &[
    post("/api/v1/orgs/{org}/projects", "Make a project.", Made("ProjectView")).taking("NewProject"),
    get("/api/v1/orgs/{org}/projects", "List projects.", List("ProjectView")),
    get(
        "/api/v1/orgs/{org}/projects/{name}",
        "Show a project.",
        One("ProjectView"),
    ),
    patch(
        "/api/v1/orgs/{org}/projects/{name}",
        "Change a project.",
        One("ProjectView"),
    )
    .taking("ProjectChanges"),
    delete("/api/v1/orgs/{org}/projects/{name}", "Delete a project.", Deleted),
    post(
        "/api/v1/orgs/{org}/projects/{name}/evaluate",
        "Queue an evaluation by hand.",
        Made("EvaluationView"),
    )
    .taking("Start"),
    get(
        "/api/v1/orgs/{org}/projects/{name}/stats",
        "Count what happened, by whole days.",
        One("StatsView"),
    )
    .with(activity::RANGE),
    get(
        "/api/v1/orgs/{org}/projects/{name}/activity",
        "List what happened.",
        List("ActivityView"),
    )
    .with(activity::FILTERS),
    post(
        "/api/v1/orgs/{org}/projects/{name}/sync",
        "Read what happened before from the forge.",
        Begun("SyncView"),
    )
    .taking("SyncWish"),
    get(
        "/api/v1/orgs/{org}/projects/{name}/sync",
        "Show how the last sync stands.",
        One("SyncView"),
    ),
    post(
        "/api/v1/orgs/{org}/projects/{name}/triggers",
        "Make a trigger.",
        Made("TriggerView"),
    )
    .taking("TriggerFields"),
    get(
        "/api/v1/orgs/{org}/projects/{name}/triggers",
        "List triggers.",
        List("TriggerView"),
    ),
    get(
        "/api/v1/orgs/{org}/projects/{name}/triggers/{id}",
        "Show a trigger.",
        One("TriggerView"),
    ),
    patch(
        "/api/v1/orgs/{org}/projects/{name}/triggers/{id}",
        "Change a trigger.",
        One("TriggerView"),
    )
    .taking("TriggerFields"),
    delete(
        "/api/v1/orgs/{org}/projects/{name}/triggers/{id}",
        "Delete a trigger.",
        Deleted,
    ),
    post(
        "/api/v1/orgs/{org}/projects/{name}/actions",
        "Make an action.",
        Made("ActionView"),
    )
    .taking("ActionFields"),
    get(
        "/api/v1/orgs/{org}/projects/{name}/actions",
        "List actions.",
        List("ActionView"),
    ),
    get(
        "/api/v1/orgs/{org}/projects/{name}/actions/{action}",
        "Show an action.",
        One("ActionView"),
    ),
    patch(
        "/api/v1/orgs/{org}/projects/{name}/actions/{action}",
        "Change an action.",
        One("ActionView"),
    )
    .taking("ActionFields"),
    delete(
        "/api/v1/orgs/{org}/projects/{name}/actions/{action}",
        "Delete an action.",
        Deleted,
    ),
];
