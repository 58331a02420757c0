//! Evaluations, and the work on their leases.

use crate::api::filters;
use crate::api::openapi::route::Answer::{List, Made, One, OneOrNothing};
use crate::api::openapi::route::{Route, get, post};

pub const ROUTES: &[Route] = &[
    get("/api/v1/evaluations", "List evaluations.", List("EvaluationView")).with(filters::EVALUATIONS),
    post(
        "/api/v1/evaluations/claim",
        "Claim the next evaluation; 204 where none came.",
        OneOrNothing("ClaimedView"),
    )
    .taking("ClaimRequest"),
    get("/api/v1/evaluations/{id}", "Show an evaluation.", One("EvaluationView")),
    post("/api/v1/evaluations/{id}/heartbeat", "Hold a lease.", One("BeatView")).taking("Heartbeat"),
    post(
        "/api/v1/evaluations/{id}/checks",
        "Note how a named part is.",
        One("EvaluationView"),
    )
    .taking("CheckRequest"),
    post(
        "/api/v1/evaluations/{id}/finish",
        "End the work.",
        One("EvaluationView"),
    )
    .taking("Finish"),
    post(
        "/api/v1/evaluations/{id}/cancel",
        "Cancel an evaluation.",
        One("EvaluationView"),
    ),
    post(
        "/api/v1/evaluations/{id}/approve",
        "Release a held evaluation for one commit.",
        One("EvaluationView"),
    )
    .taking("Approval"),
    post("/api/v1/evaluations/{id}/rerun", "Do it again.", Made("EvaluationView")),
];
