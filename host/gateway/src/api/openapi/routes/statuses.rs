//! The outbox.

use crate::api::filters;
use crate::api::openapi::route::Answer::{List, One};
use crate::api::openapi::route::{Route, get, post};

pub const ROUTES: &[Route] = &[
    get("/api/v1/statuses", "List statuses.", List("StatusView")).with(filters::STATUSES),
    get("/api/v1/statuses/{id}", "Show a status.", One("StatusView")),
    post(
        "/api/v1/statuses/{id}/retry",
        "Try one again that was given up.",
        One("StatusView"),
    ),
];
