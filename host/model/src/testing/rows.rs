//! Rows: an organization with what it owns, and what deliveries make of it. All are made at time 0.

use uuid::Uuid;

use super::{FORGE, HOST, sha, stable};
use crate::action::{Action, ActionKind};
use crate::audit::AuditEntry;
use crate::delivery::{Contents, Delivery, Findings, MatchedTrigger, Outcome, Queued, Reason, Route, Skipped};
use crate::evaluation::{Cause, Evaluation, State, Trust, Work};
use crate::ids::{
    ActionId, AuditId, DeliveryId, EvaluationId, InstallationId, IntegrationId, OrganizationId, ProjectId, StatusId,
    TokenId, TriggerId,
};
use crate::installation::{Installation, InstallationStatus};
use crate::integration::{Integration, IntegrationKind, IntegrationMode};
use crate::organization::Organization;
use crate::project::{Bootstrap, Concurrency, Project};
use crate::status::{Message, RepositoryName, Status, StatusOutcome, StatusState};
use crate::timestamp::Timestamp;
use crate::token::{AccessToken, TokenScope};
use crate::trigger::{Trigger, TriggerKind};

/// The id of [`organization`].
pub const ORGANIZATION: OrganizationId = OrganizationId(Uuid::from_u128(1));
/// The id of [`project`].
pub const PROJECT: ProjectId = ProjectId(Uuid::from_u128(2));
/// The id of [`integration`].
pub const INTEGRATION: IntegrationId = IntegrationId(Uuid::from_u128(3));
/// The id of [`outbound`].
pub const OUTBOUND: IntegrationId = IntegrationId(Uuid::from_u128(4));

const AT: Timestamp = Timestamp::from_seconds(0);

/// The organization `acme`.
#[must_use]
pub fn organization() -> Organization {
    Organization {
        id: ORGANIZATION,
        name: "acme".parse().unwrap(),
        created_at: AT,
    }
}

/// The project `widgets` of [`organization`], pinned to repository 42, without labels and trusted people.
#[must_use]
pub fn project() -> Project {
    Project {
        id: PROJECT,
        organization: ORGANIZATION,
        name: "widgets".parse().unwrap(),
        repository: format!("git@{HOST}:acme/Widgets.git"),
        identity: format!("{HOST}/acme/widgets"),
        concurrency: Concurrency::CancelSuperseded,
        bootstrap: Bootstrap::Automatic,
        runs_on: Vec::new(),
        trusted: Vec::new(),
        active: true,
        repository_id: Some(stable("42")),
        has_evaluation: false,
        created_at: AT,
    }
}

/// The inbound integration `forge` of [`organization`], without credentials, open to all addresses and repositories.
#[must_use]
pub fn integration() -> Integration {
    Integration {
        id: INTEGRATION,
        organization: ORGANIZATION,
        name: "forge".parse().unwrap(),
        kind: IntegrationKind::Inbound,
        forge: FORGE.into(),
        forges: None,
        mode: IntegrationMode::Push,
        base_url: None,
        secrets: Vec::new(),
        signing_key: None,
        has_token: false,
        allowed_ips: Vec::new(),
        repositories: Vec::new(),
        installation_id: None,
        account: None,
        created_at: AT,
    }
}

/// The outbound integration `forge` of [`organization`], to `https://` [`HOST`], without a token.
#[must_use]
pub fn outbound() -> Integration {
    Integration {
        id: OUTBOUND,
        kind: IntegrationKind::Outbound,
        base_url: Some(format!("https://{HOST}")),
        ..integration()
    }
}

/// A trigger of [`project`] for [`integration`], with the contract's defaults. The number orders triggers by age.
#[must_use]
pub fn trigger(number: u128, kind: TriggerKind) -> Trigger {
    let id = TriggerId(Uuid::from_u128(number));
    Trigger::new(id, PROJECT, kind, Some(INTEGRATION), AT)
}

/// The status report `report` of [`project`] by [`outbound`].
#[must_use]
pub fn action() -> Action {
    Action {
        id: ActionId(Uuid::from_u128(5)),
        project: PROJECT,
        name: "report".parse().unwrap(),
        kind: ActionKind::ForgeStatusReport,
        integration: Some(OUTBOUND),
        url: None,
        events: Vec::new(),
        has_signing_key: false,
        created_at: AT,
    }
}

/// An administrator's token that never expires.
#[must_use]
pub fn access_token() -> AccessToken {
    AccessToken {
        id: TokenId(Uuid::from_u128(6)),
        name: "admin".into(),
        scope: TokenScope::Admin,
        organizations: None,
        labels: Vec::new(),
        created_at: AT,
        expires_at: None,
    }
}

/// An audit entry of [`organization`] about something that was made.
#[must_use]
pub fn audit_entry() -> AuditEntry {
    AuditEntry {
        id: AuditId(Uuid::from_u128(7)),
        at: AT,
        organization: Some(ORGANIZATION),
        actor: "token `admin`".into(),
        action: "POST /api/v1/orgs/{org}/projects".into(),
        target: "acme/widgets".into(),
        outcome: "201".into(),
        source_ip: Some([192, 0, 2, 1].into()),
    }
}

/// An active installation, number 1, on the account `acme`, of which the rest is not known. It is bound to nothing.
#[must_use]
pub fn installation() -> Installation {
    Installation {
        id: InstallationId(Uuid::from_u128(8)),
        forge: FORGE.into(),
        origin: None,
        account_id: None,
        account: "acme".into(),
        number: "1".into(),
        status: InstallationStatus::Active,
        selection: None,
        repositories: Vec::new(),
        permissions_accepted_at: None,
        bindings: Vec::new(),
        created_at: AT,
    }
}

/// The cause of work that an event of this kind made.
#[must_use]
pub fn cause(event: &str) -> Cause {
    Cause {
        event: event.into(),
        delivery_id: None,
        actor: None,
        pull_request: None,
        argument: None,
    }
}

/// Trusted work of [`project`]: the commit on `main` that a push brought.
#[must_use]
pub fn work(sha: &str) -> Work {
    Work {
        clone_url: project().repository,
        fetch_ref: "refs/heads/main".into(),
        ref_name: "refs/heads/main".into(),
        sha: sha.into(),
        before: None,
        trust: Trust::Trusted,
        repository_id: Some("42".into()),
        cause: cause("push"),
    }
}

/// A queued evaluation of [`project`], of the commit `b…`. The number orders evaluations by age.
#[must_use]
pub fn evaluation(number: u128) -> Evaluation {
    let id = EvaluationId(Uuid::from_u128(number));
    Evaluation::begin(id, &project(), work(&sha('b')), State::Queued, AT)
}

/// The trigger that decided, as records name it: that of [`trigger`] with number 1.
#[must_use]
pub fn matched_trigger(kind: TriggerKind) -> MatchedTrigger {
    MatchedTrigger {
        trigger: TriggerId(Uuid::from_u128(1)),
        kind,
    }
}

/// An evaluation that a delivery queued for [`project`].
#[must_use]
pub fn queued(evaluation: EvaluationId) -> Queued {
    Queued {
        project_id: PROJECT,
        project_name: "widgets".into(),
        organization_id: ORGANIZATION,
        organization: "acme".into(),
        evaluation_id: evaluation,
        held: false,
        matched_trigger: Some(matched_trigger(TriggerKind::Push)),
    }
}

/// A reason for which [`project`] skipped a delivery.
#[must_use]
pub fn skipped(reason: Reason) -> Skipped {
    Skipped {
        project_id: PROJECT,
        project_name: "widgets".into(),
        organization_id: ORGANIZATION,
        organization: "acme".into(),
        reason,
        matched_trigger: Some(matched_trigger(TriggerKind::Push)),
    }
}

/// A delivery by [`integration`] that was ignored and answered 200. It is not parsed, and its payload is empty.
#[must_use]
pub fn delivery() -> Delivery {
    Delivery {
        id: DeliveryId(Uuid::from_u128(9)),
        received_at: AT,
        duration_ms: 1,
        route: Route {
            forge: FORGE.into(),
            organization: Some((ORGANIZATION, "acme".into())),
            integration: Some((INTEGRATION, "forge".into())),
        },
        organizations: Vec::new(),
        source_ip: [192, 0, 2, 1].into(),
        payload_bytes: 0,
        event: None,
        outcome: Outcome::Ignored,
        status: 200,
        findings: Findings::default(),
        forge_delivery_id: None,
        digest: [0; 32],
        duplicates: 0,
        last_duplicate_at: None,
        repeat_of: None,
        replay_of: None,
        recovered: false,
        test: false,
    }
}

/// The contents of a delivery that the forge calls `push`: nothing was kept of it and no step is on record.
#[must_use]
pub fn contents() -> Contents {
    Contents {
        headers: Vec::new(),
        payload: bytes::Bytes::new(),
        forge_event: "push".into(),
        event: None,
        steps: Vec::new(),
        content_type: None,
    }
}

/// A status of [`evaluation`] 1 by [`action`] that waits to be sent: the commit `b…` is queued.
#[must_use]
pub fn status() -> Status {
    Status {
        id: StatusId(Uuid::from_u128(10)),
        organization: ORGANIZATION,
        project: PROJECT,
        action: action().id,
        evaluation: EvaluationId(Uuid::from_u128(1)),
        integration: Some(OUTBOUND),
        repository: RepositoryName {
            id: Some("42".into()),
            full_name: "acme/widgets".into(),
            identity: project().identity,
        },
        sha: sha('b'),
        ref_name: Some("refs/heads/main".into()),
        fetch_ref: None,
        message: Message::ForgeStatus {
            context: "forgegate/acme/widgets".into(),
        },
        state: StatusState::Queued,
        description: None,
        url: None,
        previous: None,
        outcome: StatusOutcome::Waiting,
        attempts: 0,
        next_at: Some(AT),
        last_error: None,
        sent_at: None,
        created_at: AT,
        waiting_since: AT,
    }
}
