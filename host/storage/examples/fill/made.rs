//! What is recorded: numbered deliveries of fifty organizations with twenty projects each.

use std::time::{Duration, Instant};

use bytes::Bytes;
use forgegate_model::crypto::sha256;
use forgegate_model::delivery::{Contents, Delivery, Findings, MatchedTrigger, Outcome, Route};
use forgegate_model::evaluation::{Cause, Trust, Work};
use forgegate_model::event::Kind;
use forgegate_model::ids::{DeliveryId, EvaluationId, IntegrationId, OrganizationId, ProjectId, TriggerId};
use forgegate_model::organization::Organization;
use forgegate_model::project::{Bootstrap, Concurrency, Project};
use forgegate_model::queueing::Gate;
use forgegate_model::timestamp::Timestamp;
use forgegate_model::trigger::TriggerKind;
use forgegate_storage::{Candidate, Consequences, DeliveryKey, NewDelivery, Store, Wanted, Window};
use uuid::Uuid;

const ORGANIZATIONS: u64 = 50;
const PROJECTS: u64 = 1_000;
/// When the first came, in milliseconds; the others a millisecond apart.
const FIRST_AT: u64 = 1_800_000_000_000;

pub fn organization(number: u64) -> OrganizationId {
    OrganizationId(Uuid::from_u128((1 << 64) | u128::from(number % ORGANIZATIONS)))
}

pub fn integration(number: u64) -> IntegrationId {
    IntegrationId(Uuid::from_u128((2 << 64) | u128::from(number % ORGANIZATIONS)))
}

pub fn project(number: u64) -> ProjectId {
    ProjectId(Uuid::from_u128((3 << 64) | u128::from(number % PROJECTS)))
}

/// The id of a number, as a UUIDv7 of its time.
pub fn id(number: u64) -> Uuid {
    Uuid::from_u128((u128::from(FIRST_AT + number) << 80) | 0x7000_8000_0000_0000_0000)
}

pub fn number(id: DeliveryId) -> u64 {
    u64::try_from(id.0.as_u128() >> 80).expect("48 bits") - FIRST_AT
}

pub fn at(number: u64) -> Timestamp {
    Timestamp::from_micros(i64::try_from((FIRST_AT + number) * 1_000).expect("a time"))
}

pub fn sha(number: u64) -> String {
    format!("{:040x}", number.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

pub async fn configure(store: &Store) {
    for number in 0..ORGANIZATIONS {
        let organization = Organization {
            id: organization(number),
            name: format!("organization-{number}").parse().expect("a name"),
            created_at: Timestamp::default(),
        };
        let made = store.create_organization(organization, None);
        made.await.expect("an organization");
    }
    for number in 0..PROJECTS {
        let project = Project {
            id: project(number),
            organization: organization(number),
            name: format!("project-{number}").parse().expect("a name"),
            repository: repository(number),
            identity: repository(number).trim_start_matches("https://").to_owned(),
            concurrency: Concurrency::CancelSuperseded,
            bootstrap: Bootstrap::Automatic,
            runs_on: Vec::new(),
            trusted: Vec::new(),
            active: true,
            repository_id: None,
            has_evaluation: false,
            created_at: Timestamp::default(),
        };
        let made = store.create_project(project, Vec::new(), Vec::new(), None);
        made.await.expect("a project");
    }
}

fn repository(number: u64) -> String {
    format!("https://forge.example/somebody/project-{}", number % PROJECTS)
}

/// Text that compresses to about a third, as webhook JSON does.
fn payload(number: u64) -> Bytes {
    let mut text = Vec::with_capacity(8_192);
    let mut state = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    while text.len() < 8_000 {
        state = state.rotate_left(17).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        text.extend_from_slice(b"\"https://forge.example/api/v1/repos/a/b/");
        for digit in 0..16 {
            text.push(b'a' + u8::try_from((state >> (4 * digit)) & 15).expect("a digit"));
        }
        text.extend_from_slice(b"\",\"html_url\":null,");
    }
    text.into()
}

/// A push to a project's main branch; it names the push before where `follows` has it supersede that.
pub fn delivery(number: u64, follows: bool) -> NewDelivery {
    let payload = payload(number);
    let digest = sha256(&number.to_be_bytes());
    NewDelivery {
        row: row(number, payload.len(), digest),
        key: Some(DeliveryKey {
            integration: Some(integration(number)),
            forge: "forge".into(),
            identity: format!("{:032x}", u128::from(number) * 0x9e37_79b9_7f4a_7c15),
            digest,
            within: Window::Dedup,
        }),
        contents: Contents {
            headers: Vec::new(),
            payload,
            forge_event: "push".into(),
            event: None,
            steps: Vec::new(),
            content_type: None,
        },
        consequences: Consequences {
            candidates: vec![Candidate {
                project: project(number),
                wanted: Some(Wanted {
                    evaluation: EvaluationId(id(number)),
                    work: work(number, follows),
                    matched_trigger: decider(),
                    gate: Gate::Open,
                }),
                pin: None,
                gone: None,
            }],
            ..Consequences::default()
        },
        deadline: Instant::now() + Duration::from_secs(60),
        audit: None,
    }
}

fn decider() -> MatchedTrigger {
    MatchedTrigger {
        trigger: TriggerId(Uuid::from_u128(1)),
        kind: TriggerKind::Push,
    }
}

fn row(number: u64, length: usize, digest: [u8; 32]) -> Delivery {
    let name = format!("organization-{}", number % ORGANIZATIONS);
    Delivery {
        id: DeliveryId(id(number)),
        received_at: at(number),
        duration_ms: 1,
        route: Route {
            forge: "forge".into(),
            organization: Some((organization(number), name)),
            integration: Some((integration(number), "inbound".into())),
        },
        organizations: Vec::new(),
        source_ip: [192, 0, 2, 1].into(),
        payload_bytes: length as u64,
        event: Some((Kind::Push, None)),
        outcome: Outcome::Ignored,
        status: 200,
        findings: Findings {
            repository_urls: vec![repository(number)],
            ..Findings::default()
        },
        forge_delivery_id: Some(Uuid::from_u128(u128::from(number)).to_string()),
        digest,
        duplicates: 0,
        last_duplicate_at: None,
        repeat_of: None,
        replay_of: None,
        recovered: false,
        test: false,
    }
}

fn work(number: u64, follows: bool) -> Work {
    let before = number.checked_sub(PROJECTS).filter(|_| follows);
    Work {
        clone_url: repository(number),
        fetch_ref: "refs/heads/main".into(),
        ref_name: "refs/heads/main".into(),
        sha: sha(number),
        before: before.map(sha),
        trust: Trust::Trusted,
        repository_id: Some("42".into()),
        cause: Cause {
            event: "push".into(),
            delivery_id: Some(DeliveryId(id(number))),
            actor: Some("somebody".into()),
            pull_request: None,
            argument: None,
        },
    }
}
