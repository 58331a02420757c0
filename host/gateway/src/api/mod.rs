//! The API: every route on this page, one file a noun.
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
use axum::routing::{get, post};

use crate::access;
use crate::gateway::AppState;

pub use check::checkup;
pub use tokens::fresh_text as fresh_token;

/// Every route of the API.
pub fn routes() -> Router<AppState> {
    let open = Router::new()
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .route("/api/v1/version", get(health::version))
        .route("/api/v1/openapi.json", get(openapi::document))
        .route("/api/v1/apps/{forge}/manifest/form", get(manifests::form))
        .route("/api/v1/apps/{forge}/manifest/callback", get(manifests::callback));
    let nouns = Router::new()
        .route("/metrics", get(metrics::show))
        .route("/api/v1/orgs", post(orgs::create).get(orgs::list))
        .route("/api/v1/orgs/{org}", get(orgs::show).delete(orgs::delete))
        .route(
            "/api/v1/orgs/{org}/integrations",
            post(integrations::create).get(integrations::list),
        )
        .route("/api/v1/orgs/{org}/integrations/{kind}", get(integrations::list_kind))
        .route(
            "/api/v1/orgs/{org}/integrations/{kind}/{name}",
            get(integrations::show)
                .patch(integrations::change)
                .delete(integrations::delete),
        )
        .route(
            "/api/v1/orgs/{org}/integrations/{kind}/{name}/hook-guide",
            get(integrations::hook_guide),
        )
        .route(
            "/api/v1/orgs/{org}/integrations/outbound/{name}/test",
            post(integrations::test_outbound),
        )
        .route(
            "/api/v1/orgs/{org}/integrations/inbound/{name}/test",
            post(integrations::test_inbound),
        )
        .route(
            "/api/v1/orgs/{org}/integrations/inbound/{name}/hook",
            post(integrations::ensure_hook),
        )
        .route(
            "/api/v1/orgs/{org}/projects",
            post(projects::create).get(projects::list),
        )
        .route(
            "/api/v1/orgs/{org}/projects/{name}",
            get(projects::show).patch(projects::change).delete(projects::delete),
        )
        .route("/api/v1/orgs/{org}/projects/{name}/evaluate", post(start::start))
        .route("/api/v1/orgs/{org}/projects/{name}/stats", get(activity::stats))
        .route("/api/v1/orgs/{org}/projects/{name}/activity", get(activity::list))
        .route(
            "/api/v1/orgs/{org}/projects/{name}/sync",
            post(sync::begin).get(sync::show),
        )
        .route(
            "/api/v1/orgs/{org}/projects/{name}/triggers",
            post(triggers::create).get(triggers::list),
        )
        .route(
            "/api/v1/orgs/{org}/projects/{name}/triggers/{id}",
            get(triggers::show).patch(triggers::change).delete(triggers::delete),
        )
        .route(
            "/api/v1/orgs/{org}/projects/{name}/actions",
            post(actions::create).get(actions::list),
        )
        .route(
            "/api/v1/orgs/{org}/projects/{name}/actions/{action}",
            get(actions::show).patch(actions::change).delete(actions::delete),
        )
        .route("/api/v1/deliveries", get(deliveries::list))
        .route("/api/v1/deliveries/{id}", get(deliveries::show))
        .route("/api/v1/deliveries/{id}/why", get(why::show))
        .route("/api/v1/deliveries/{id}/payload", get(deliveries::payload))
        .route("/api/v1/deliveries/{id}/replay", post(deliveries::replay))
        .route("/api/v1/refusals", get(refusals::list))
        .route("/api/v1/evaluations", get(evaluations::list))
        .route("/api/v1/evaluations/claim", post(leases::claim))
        .route("/api/v1/evaluations/{id}", get(evaluations::show))
        .route("/api/v1/evaluations/{id}/heartbeat", post(leases::heartbeat))
        .route("/api/v1/evaluations/{id}/checks", post(leases::checks))
        .route("/api/v1/evaluations/{id}/finish", post(leases::finish))
        .route("/api/v1/evaluations/{id}/cancel", post(evaluations::cancel))
        .route("/api/v1/evaluations/{id}/approve", post(evaluations::approve))
        .route("/api/v1/evaluations/{id}/rerun", post(evaluations::rerun))
        .route("/api/v1/statuses", get(statuses::list))
        .route("/api/v1/statuses/{id}", get(statuses::show))
        .route("/api/v1/statuses/{id}/retry", post(statuses::retry))
        .route("/api/v1/plugins", get(plugins::list))
        .route("/api/v1/plugins/{forge}", get(plugins::show))
        .route("/api/v1/apps/{forge}/manifest", post(manifests::create))
        .route("/api/v1/apps/{forge}/manifest/{id}", get(manifests::show))
        .route(
            "/api/v1/apps/{forge}/installations",
            post(installations::bind).get(installations::list),
        )
        .route(
            "/api/v1/apps/{forge}/installations/accounts",
            post(installations::confirm).get(installations::accounts),
        )
        .route(
            "/api/v1/apps/{forge}/installations/{id}",
            get(installations::show)
                .patch(installations::change)
                .delete(installations::delete),
        )
        .route("/api/v1/tokens", post(tokens::create).get(tokens::list))
        .route("/api/v1/tokens/{id}", get(tokens::show).delete(tokens::delete))
        .route("/api/v1/check", get(check::show))
        .route("/api/v1/audit", get(audit::list))
        .route_layer(middleware::from_fn(access::audit_refusals));
    open.merge(nouns)
}
