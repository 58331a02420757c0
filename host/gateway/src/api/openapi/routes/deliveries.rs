//! Deliveries as they come in, as they are kept, and what was not let in.

use crate::api::filters;
use crate::api::openapi::route::Answer::{Bare, List, Made, One};
use crate::api::openapi::route::{Route, get, post};

pub const ROUTES: &[Route] = &[
    post("/api/v1/hooks/{forge}", "A delivery to an app.", One("DeliveryAnswer")).taking("Object"),
    post(
        "/api/v1/hooks/{forge}/{organization}/{integration}",
        "A delivery to an integration.",
        One("DeliveryAnswer"),
    )
    .taking("Object"),
    get("/api/v1/deliveries", "List deliveries.", List("DeliveryView")).with(filters::DELIVERIES),
    get(
        "/api/v1/deliveries/{id}",
        "Show a delivery in full.",
        One("DeliveryView"),
    ),
    get(
        "/api/v1/deliveries/{id}/payload",
        "The payload; each time is audited.",
        Bare("application/octet-stream"),
    ),
    get(
        "/api/v1/deliveries/{id}/why",
        "Why a delivery did what it did.",
        One("Why"),
    ),
    post(
        "/api/v1/deliveries/{id}/replay",
        "Take a delivery down the path again.",
        Made("DeliveryAnswer"),
    ),
    get("/api/v1/refusals", "List what was not let in.", List("RefusalView")).with(filters::REFUSALS),
];
