//! Organizations.

use crate::api::openapi::route::Answer::{Deleted, List, Made, One};
use crate::api::openapi::route::{Route, delete, get, post};

pub const ROUTES: &[Route] = &[
    post("/api/v1/orgs", "Make an organization.", Made("OrganizationView")).taking("NewOrganization"),
    get("/api/v1/orgs", "List organizations.", List("OrganizationView")),
    get("/api/v1/orgs/{org}", "Show an organization.", One("OrganizationView")),
    delete("/api/v1/orgs/{org}", "Delete an organization.", Deleted).with(&["cascade"]),
];
