//! Access tokens.

use crate::api::openapi::route::Answer::{Deleted, List, Made, One};
use crate::api::openapi::route::{Route, delete, get, post};

pub const ROUTES: &[Route] = &[
    post(
        "/api/v1/tokens",
        "Make a token; its value is shown this once.",
        Made("TokenView"),
    )
    .taking("NewToken"),
    get("/api/v1/tokens", "List tokens.", List("TokenView")),
    get("/api/v1/tokens/{id}", "Show a token.", One("TokenView")),
    delete("/api/v1/tokens/{id}", "Delete a token.", Deleted),
];
