//! The sealed part of a delivery's row, as this version writes it and as older ones did.

use std::net::IpAddr;

use forgegate_engine::StoreError;
use forgegate_model::delivery::{Delivery, Findings, Queued, Reason, Skipped};
use forgegate_model::ids::{EvaluationId, OrganizationId, ProjectId};
use serde::{Deserialize, Serialize};

use super::row::DeliveryRow;

use crate::rows::Row;

/// The sealed part of the row.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Private {
    pub(crate) source_ip: IpAddr,
    pub(crate) findings: Findings,
}

impl Private {
    /// The part of a delivery that is to be sealed.
    pub(crate) fn encode(delivery: &Delivery) -> Result<Vec<u8>, StoreError> {
        #[derive(Serialize)]
        struct Borrowed<'d> {
            source_ip: IpAddr,
            findings: &'d Findings,
        }
        let private = Borrowed {
            source_ip: delivery.source_ip,
            findings: &delivery.findings,
        };
        postcard::to_allocvec(&private)
            .map_err(|error| StoreError::Invalid(format!("the findings cannot be encoded: {error}")))
    }

    /// Decodes the sealed part of a row of that version.
    pub(crate) fn decode(version: u8, plain: &[u8]) -> Result<Self, StoreError> {
        let private = match version {
            DeliveryRow::VERSION => postcard::from_bytes(plain).ok(),
            1 => postcard::from_bytes(plain).ok().map(PrivateV1::into_current),
            _ => None,
        };
        private.ok_or_else(|| StoreError::Unavailable("the findings cannot be decoded".to_owned()))
    }
}

/// As version 1 had it: it did not keep which trigger decided.
#[derive(Deserialize)]
struct PrivateV1 {
    source_ip: IpAddr,
    findings: FindingsV1,
}

#[derive(Deserialize)]
struct FindingsV1 {
    event: String,
    repository_urls: Vec<String>,
    projects_scanned: u32,
    queued: Vec<QueuedV1>,
    skipped: Vec<SkippedV1>,
    reason: Option<Reason>,
}

#[derive(Deserialize)]
struct QueuedV1 {
    project_id: ProjectId,
    project_name: String,
    organization_id: OrganizationId,
    organization: String,
    evaluation_id: EvaluationId,
    held: bool,
}

#[derive(Deserialize)]
struct SkippedV1 {
    project_id: ProjectId,
    project_name: String,
    organization_id: OrganizationId,
    organization: String,
    reason: Reason,
}

impl PrivateV1 {
    fn into_current(self) -> Private {
        let findings = self.findings;
        Private {
            source_ip: self.source_ip,
            findings: Findings {
                event: findings.event,
                repository_urls: findings.repository_urls,
                projects_scanned: findings.projects_scanned,
                queued: findings.queued.into_iter().map(QueuedV1::into_current).collect(),
                skipped: findings.skipped.into_iter().map(SkippedV1::into_current).collect(),
                reason: findings.reason,
            },
        }
    }
}

impl QueuedV1 {
    fn into_current(self) -> Queued {
        Queued {
            project_id: self.project_id,
            project_name: self.project_name,
            organization_id: self.organization_id,
            organization: self.organization,
            evaluation_id: self.evaluation_id,
            held: self.held,
            matched_trigger: None,
        }
    }
}

impl SkippedV1 {
    fn into_current(self) -> Skipped {
        Skipped {
            project_id: self.project_id,
            project_name: self.project_name,
            organization_id: self.organization_id,
            organization: self.organization,
            reason: self.reason,
            matched_trigger: None,
        }
    }
}
