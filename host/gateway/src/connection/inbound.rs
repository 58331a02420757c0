//! The test of an inbound integration: a sample down the request path, and, where the forge can be asked, a delivery of its own.

use std::sync::Arc;

use forgegate_model::ids::DeliveryId;
use forgegate_storage::ProjectEntry;
use http::StatusCode;
use serde_json::Value;

use super::finding::{Deadline, Finding, all_well};
use super::forge_delivery::ask_for_delivery;
use super::sample_delivery::{DeliveryTest, send_sample};
use super::service::Connections;
use crate::forge_access::{identity, lies_at};
use crate::response::Problem;

/// What the test of an inbound integration found.
#[derive(Debug)]
pub struct InboundResult {
    /// The record of the sample.
    pub delivery: Option<DeliveryId>,
    /// What the sample was answered.
    pub answer: Option<(StatusCode, Value)>,
    /// Whether the sample was taken.
    pub ok: bool,
    /// Whether a delivery that the forge was asked for arrived; none where it could not be asked.
    pub arrived: Option<bool>,
    /// What was found.
    pub findings: Vec<Finding>,
}

/// Tests an inbound integration.
///
/// # Errors
/// `no_secret` and `app_not_configured` where there is nothing to seal a sample with, `bad_request` where the forge has no such event.
pub async fn test_inbound(service: &Connections, test: &DeliveryTest<'_>) -> Result<InboundResult, Problem> {
    let deadline = Deadline::from_now();
    let project = test_project(service, test);
    let sample = send_sample(service, test, project.as_deref()).await?;
    let ok = all_well(&sample.findings);
    let asked = ask_for_delivery(service, test, project.as_deref(), deadline).await;
    let mut findings = sample.findings;
    findings.extend(asked.findings);
    Ok(InboundResult {
        delivery: sample.delivery,
        answer: sample.answer,
        ok,
        arrived: asked.arrived,
        findings,
    })
}

/// The oldest project that is linked to the integration, one at this forge first.
fn test_project(service: &Connections, test: &DeliveryTest<'_>) -> Option<Arc<ProjectEntry>> {
    let principals = &service.forges.principals;
    let entries = principals.linked_projects(test.integration);
    let is_at_forge = |entry: &&Arc<ProjectEntry>| {
        let identity = identity(entry);
        let known = principals.of_hook(test.integration, test.plugin, Some(&identity));
        known.is_some() || lies_at(test.plugin.description(), test.integration, &identity)
    };
    entries.iter().find(is_at_forge).or_else(|| entries.first()).cloned()
}
