//! The API: one file a noun. `forgegate-api` has the table of routes, with requests and responses.
//!
//! A handler reads what was sent, asks the store, shows what came back. Rules stand in `forgegate-model`, transactions in
//! `forgegate-storage`, status codes in `response`.

mod actions;
mod activity;
mod audit;
mod check;
mod deliveries;
mod evaluations;
pub mod extract;
mod filters;
mod health;
mod hooks;
mod installations;
mod integrations;
mod leases;
mod manifests;
mod metrics;
mod openapi;
mod orgs;
mod plugins;
mod projects;
mod refusals;
pub mod shape;
mod start;
mod statuses;
mod sync;
mod tokens;
mod triggers;
mod why;

use axum::Router;
use axum::middleware;
use axum::routing::{delete, get, patch, post};
use forgegate_api::Scope;

use crate::access;
use crate::gateway::AppState;

pub use check::checkup;
pub use tokens::fresh_text as fresh_token;

/// Binds every route of the table to its handler, which is known here by the name that the table has.
macro_rules! bind {
    ($($method:ident $path:literal $scope:ident $handler:path $operation:block)*) => {
        fn bound() -> (Router<AppState>, Router<AppState>) {
            let (mut open, mut called) = (Router::new(), Router::new());
            $(match Scope::$scope {
                Scope::Open => open = open.route($path, $method($handler)),
                _ => called = called.route($path, $method($handler)),
            })*
            (open, called)
        }
    };
}

forgegate_api::routes!(bind);

/// Every route of the API.
pub fn routes() -> Router<AppState> {
    let (open, called) = bound();
    open.merge(called.route_layer(middleware::from_fn(access::audit_refusals)))
}
