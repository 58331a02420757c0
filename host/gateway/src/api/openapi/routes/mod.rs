//! The table of routes, one file a noun.

mod apps;
mod deliveries;
mod evaluations;
mod integrations;
mod operating;
mod orgs;
mod projects;
mod statuses;
mod tokens;

use super::route::Route;

/// Every route.
pub const ALL: &[&[Route]] = &[
    operating::ROUTES,
    orgs::ROUTES,
    integrations::ROUTES,
    projects::ROUTES,
    deliveries::ROUTES,
    evaluations::ROUTES,
    statuses::ROUTES,
    apps::ROUTES,
    tokens::ROUTES,
];
