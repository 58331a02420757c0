//! Refusals: what is not let in is counted, with the way out, and never a payload.

use std::net::IpAddr;

use axum::response::{IntoResponse, Response};
use forgegate_model::header::Headers;
use forgegate_model::ids::{IntegrationId, OrganizationId};
use forgegate_model::refusal::RefusalKey;

use crate::core::Core;
use crate::response::Problem;

/// The most header names that are kept of a refused delivery, and the most bytes of each: a stranger chose them.
const MOST_NAMES: usize = 32;
const MOST_NAME_BYTES: usize = 64;

/// As much of a delivery's way in as is known when it is refused. What names nothing that exists stays empty, so that unknown
/// names share one counter.
#[derive(Clone, Debug, Default)]
pub struct KnownRoute {
    /// The forge, if a plugin of it is loaded.
    pub forge: Option<String>,
    /// The organization, if it exists.
    pub organization: Option<OrganizationId>,
    /// The integration, if it exists.
    pub integration: Option<IntegrationId>,
}

/// Counts a refusal and answers it.
pub fn refuse(core: &Core, route: KnownRoute, headers: &Headers, source: IpAddr, problem: Problem) -> Response {
    let code = problem.code.as_str();
    core.metrics.refused(code);
    let key = RefusalKey {
        organization: route.organization,
        integration: route.integration,
        forge: route.forge,
        code: code.to_owned(),
    };
    let names = headers
        .fields()
        .iter()
        .take(MOST_NAMES)
        .map(|field| field.name.chars().take(MOST_NAME_BYTES).collect())
        .collect();
    let count = core
        .store
        .count_refusal(key, core.clock.now(), Some(source), names, problem.message.clone());
    // Strangers decide how many there are: the log grows with their order of magnitude.
    if count.is_power_of_two() {
        tracing::info!(
            refusal.code = code,
            refusal.count = count,
            "refused a delivery: {}",
            problem.message
        );
    } else {
        tracing::debug!(
            refusal.code = code,
            refusal.count = count,
            "refused a delivery: {}",
            problem.message
        );
    }
    problem.into_response()
}
