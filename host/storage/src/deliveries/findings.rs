//! The findings of a delivery: what each project made of it, and the outcome that follows.

use forgegate_model::delivery::{Delivery, MatchedTrigger, Outcome, Reason, Skipped};

use crate::memory::ProjectEntry;

/// Writes down that a project skipped the delivery, and why.
pub(crate) fn skip(delivery: &mut Delivery, entry: &ProjectEntry, decider: Option<MatchedTrigger>, reason: Reason) {
    let project = entry.project();
    delivery.findings.skipped.push(Skipped {
        project_id: project.id,
        project_name: project.name.to_string(),
        organization_id: project.organization,
        organization: entry.organization_name.to_string(),
        reason,
        matched_trigger: decider,
    });
}

/// The outcome: the first of queued, held, skipped that any project got, else what was handed in.
pub(crate) fn conclude(delivery: &mut Delivery) {
    let findings = &mut delivery.findings;
    if findings.queued.iter().any(|it| !it.held) {
        delivery.outcome = Outcome::Queued;
    } else if !findings.queued.is_empty() {
        delivery.outcome = Outcome::Held;
    } else if !findings.skipped.is_empty() {
        delivery.outcome = Outcome::Skipped;
    } else {
        return;
    }
    findings.reason = None;
}
