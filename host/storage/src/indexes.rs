//! The secondary indexes of all nouns. Their numbers are on disk: none is given twice.

use forgegate_engine::Index;

/// De-duplication: the hash of a delivery's key → its id and time.
pub(crate) const SEEN: Index = Index::lookup(0, "seen");
/// The hash of where a delivery came in and its digest → its id and time.
pub(crate) const BYTES: Index = Index::lookup(1, "bytes");
/// An organization and a delivery.
pub(crate) const DELIVERIES_OF_ORGANIZATION: Index = Index::list(2, "deliveries_of_organization");
/// An integration and a delivery.
pub(crate) const DELIVERIES_OF_INTEGRATION: Index = Index::list(3, "deliveries_of_integration");
/// A project and a delivery.
pub(crate) const DELIVERIES_OF_PROJECT: Index = Index::list(4, "deliveries_of_project");
/// An organization and an evaluation.
pub(crate) const EVALUATIONS_OF_ORGANIZATION: Index = Index::list(5, "evaluations_of_organization");
/// A project and an evaluation.
pub(crate) const EVALUATIONS_OF_PROJECT: Index = Index::list(6, "evaluations_of_project");
/// The hash of a commit and an evaluation.
pub(crate) const EVALUATIONS_OF_COMMIT: Index = Index::list(7, "evaluations_of_commit");
/// An organization and an entry of the audit log.
pub(crate) const AUDIT_OF_ORGANIZATION: Index = Index::list(8, "audit_of_organization");
/// An organization and a status.
pub(crate) const STATUSES_OF_ORGANIZATION: Index = Index::list(9, "statuses_of_organization");
/// A project and a status.
pub(crate) const STATUSES_OF_PROJECT: Index = Index::list(10, "statuses_of_project");
/// An integration and a status.
pub(crate) const STATUSES_OF_INTEGRATION: Index = Index::list(11, "statuses_of_integration");
/// A lane of statuses → the last one's id.
pub(crate) const STATUS_OF_LANE: Index = Index::lookup(12, "status_of_lane");
/// The hash that an act is recognised by → the row that has it. Acts are kept for a year.
pub(crate) const ACTS: Index = Index::lookup(13, "acts").long_kept();
/// A project, a time, a row and a line of it → the kind of the act.
pub(crate) const ACTIVITIES_OF_PROJECT: Index = Index::list(14, "activities_of_project");
/// The hash of a project and a comment or review that was obeyed → the delivery that brought it.
pub(crate) const OBEYED: Index = Index::lookup(15, "obeyed");
/// The hash of a project's pull request and an evaluation.
pub(crate) const EVALUATIONS_OF_PULL_REQUEST: Index = Index::list(16, "evaluations_of_pull_request");
/// The hash of a project's head → its last row, and its content.
pub(crate) const HEAD_OF_PROJECT: Index = Index::lookup(20, "head_of_project");
/// A project and the last row of a head.
pub(crate) const HEADS_OF_PROJECT: Index = Index::list(21, "heads_of_project");

/// All of them.
pub(crate) const ALL: &[Index] = &[
    SEEN,
    BYTES,
    DELIVERIES_OF_ORGANIZATION,
    DELIVERIES_OF_INTEGRATION,
    DELIVERIES_OF_PROJECT,
    EVALUATIONS_OF_ORGANIZATION,
    EVALUATIONS_OF_PROJECT,
    EVALUATIONS_OF_COMMIT,
    AUDIT_OF_ORGANIZATION,
    STATUSES_OF_ORGANIZATION,
    STATUSES_OF_PROJECT,
    STATUSES_OF_INTEGRATION,
    STATUS_OF_LANE,
    ACTS,
    ACTIVITIES_OF_PROJECT,
    OBEYED,
    EVALUATIONS_OF_PULL_REQUEST,
    HEAD_OF_PROJECT,
    HEADS_OF_PROJECT,
];
