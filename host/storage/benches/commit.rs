//! How many deliveries a second are recorded, durably, with 64 waiting and with one: each with an 8 KB payload, sealed, de-duplicated, and
//! queued.
//!
//! `cargo bench -p forgegate-storage -- [deliveries]`; 40,000 unless said otherwise. Figures are of the machine and of its disk: compare
//! them within one run only.

#![allow(clippy::expect_used, reason = "a measurement stops at the first surprise")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use forgegate_model::activity::{Act, Activity, ActivityAction, ActivityKind, Counter, Identity};
use forgegate_model::crypto::sha256;
use forgegate_model::delivery::{Contents, Delivery, Findings, MatchedTrigger, Outcome, Route};
use forgegate_model::evaluation::{Cause, Move, Trust, Work};
use forgegate_model::event::Kind;
use forgegate_model::ids::{DeliveryId, EvaluationId, OrganizationId, ProjectId, TriggerId};
use forgegate_model::organization::Organization;
use forgegate_model::project::{Bootstrap, Concurrency, Project};
use forgegate_model::queueing::Gate;
use forgegate_model::timestamp::Timestamp;
use forgegate_model::trigger::TriggerKind;
use forgegate_storage::{
    ActivityBatch, Candidate, Claim, Consequences, CountedDelivery, DeliveryFilter, DeliveryKey, NewDelivery, Options,
    Page, Store, Wanted, Window,
};
use uuid::Uuid;

const ORGANIZATION: OrganizationId = OrganizationId(Uuid::from_u128(1));
const PROJECT: ProjectId = ProjectId(Uuid::from_u128(2));

fn main() {
    let count = std::env::args().filter_map(|it| it.parse().ok()).next_back();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(measure(count.unwrap_or(40_000)));
}

async fn measure(count: u64) {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(Options::new(folder.path())).expect("a store");
    configure(&store).await;
    let next = Arc::new(AtomicU64::new(0));
    for part in 1..=4 {
        let begun = Instant::now();
        record(&store, &next, count / 4 * part, 64, Tells::Commit).await;
        let rate = (count / 4) as f64 / begun.elapsed().as_secs_f64();
        println!("deliveries {:>9}: {rate:>7.0} a second", count / 4 * part);
    }
    let begun = Instant::now();
    record(&store, &next, count + 1_000, 1, Tells::Commit).await;
    println!(
        "one in a transaction: {:>7.0} a second",
        1_000.0 / begun.elapsed().as_secs_f64()
    );
    let begun = Instant::now();
    record(&store, &Arc::new(AtomicU64::new(0)), 2_000, 64, Tells::Commit).await;
    println!(
        "duplicates          : {:>7.0} a second",
        2_000.0 / begun.elapsed().as_secs_f64()
    );
    activity(&store, &next, count / 16).await;
    list(&store).await;
    claims(&store).await;
    drop(store);
    let begun = Instant::now();
    let store = Store::open(Options::new(folder.path())).expect("a store");
    println!("opened again        : {:?}", begun.elapsed());
    drop(store);
}

/// What deliveries tell the project besides what they queue.
#[derive(Clone, Copy)]
enum Tells {
    Nothing,
    Commit,
}

/// What keeping a project's activity costs: rounds of deliveries that tell a commit, and of deliveries that tell nothing, in turn.
async fn activity(store: &Store, next: &Arc<AtomicU64>, each: u64) {
    let mut ratios = Vec::new();
    for _ in 0..8 {
        let mut seconds = [0.0; 2];
        for (place, tells) in [Tells::Nothing, Tells::Commit].into_iter().enumerate() {
            let (begun, upto) = (Instant::now(), next.load(Ordering::Relaxed) + each);
            record(store, next, upto, 64, tells).await;
            if let Some(took) = seconds.get_mut(place) {
                *took = begun.elapsed().as_secs_f64();
            }
        }
        let [silent, telling] = seconds;
        ratios.push((silent / telling, (telling - silent) / each as f64 * 1e6));
    }
    ratios.sort_by(|one, other| one.0.total_cmp(&other.0));
    let (ratio, micros) = ratios.get(4).copied().unwrap_or_default();
    println!("with a commit told  : {ratio:.2} of the rate without, {micros:.0} µs more (median of eight pairs)");
}

/// Records with so many waiting until `upto` were begun.
async fn record(store: &Store, next: &Arc<AtomicU64>, upto: u64, waiting: usize, tells: Tells) {
    let tasks: Vec<_> = (0..waiting)
        .map(|_| {
            let (store, next) = (store.clone(), Arc::clone(next));
            tokio::spawn(async move {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= upto {
                        next.fetch_sub(1, Ordering::Relaxed);
                        return;
                    }
                    store.commit_delivery(new(number, tells)).await.expect("recorded");
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("a task");
    }
}

async fn list(store: &Store) {
    let filter = DeliveryFilter {
        organizations: Some(vec![ORGANIZATION]),
        ..DeliveryFilter::default()
    };
    let begun = Instant::now();
    let listed = store.deliveries(filter, Page::first(100)).await.expect("a page");
    println!("a page of {:>3}       : {:?}", listed.items.len(), begun.elapsed());
}

/// Four workers, each claiming and finishing one after the other.
async fn claims(store: &Store) {
    let begun = Instant::now();
    let tasks: Vec<_> = (0..4_u8)
        .map(|worker| {
            let store = store.clone();
            tokio::spawn(async move {
                let claim = Claim {
                    worker: format!("worker {worker}"),
                    labels: Vec::new(),
                    organizations: None,
                    approved: false,
                };
                for turn in 0..250_u8 {
                    let lease = [[worker, turn]; 16].concat().try_into().expect("32 bytes");
                    let claimed = store.claim(claim.clone(), lease, Timestamp::default(), None).await;
                    let claimed = claimed.expect("a claim").expect("something is queued");
                    let done = Move::Succeed.into();
                    let finished = store.finish(claimed.id, lease, done, Timestamp::default(), None);
                    finished.await.expect("it is finished");
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("a task");
    }
    println!(
        "claim and finish    : {:>7.0} calls a second",
        2_000.0 / begun.elapsed().as_secs_f64()
    );
}

async fn configure(store: &Store) {
    let organization = Organization {
        id: ORGANIZATION,
        name: "acme".parse().expect("a name"),
        created_at: Timestamp::default(),
    };
    store
        .create_organization(organization, None)
        .await
        .expect("an organization");
    let project = Project {
        id: PROJECT,
        organization: ORGANIZATION,
        name: "site".parse().expect("a name"),
        repository: "https://forge.example/a/b".into(),
        identity: "forge.example/a/b".into(),
        concurrency: Concurrency::Parallel,
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

/// Text that compresses to about a third, as webhook JSON does.
fn payload(number: u64) -> Bytes {
    let mut text = String::with_capacity(8_192);
    let mut state = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    while text.len() < 8_000 {
        state = state.rotate_left(17).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        text.push_str(&format!(
            "\"https://forge.example/api/v1/repos/a/b/{state:016x}\",\"html_url\":null,"
        ));
    }
    text.into()
}

fn new(number: u64, tells: Tells) -> NewDelivery {
    let payload = payload(number);
    let digest = sha256(&payload);
    let id = (u128::from(number) << 80) | 0x7000_8000_0000_0000_0000;
    NewDelivery {
        row: Delivery {
            id: DeliveryId(Uuid::from_u128(id)),
            received_at: Timestamp::from_seconds(1_800_000_000),
            duration_ms: 1,
            route: Route {
                forge: "forge".into(),
                organization: Some((ORGANIZATION, "acme".into())),
                integration: None,
            },
            organizations: Vec::new(),
            source_ip: [192, 0, 2, 1].into(),
            payload_bytes: payload.len() as u64,
            event: None,
            outcome: Outcome::Ignored,
            status: 200,
            findings: Findings {
                repository_urls: vec!["https://forge.example/a/b".into()],
                ..Findings::default()
            },
            forge_delivery_id: Some(format!("{:016x}", number.wrapping_mul(0x9e37_79b9_7f4a_7c15))),
            digest,
            duplicates: 0,
            last_duplicate_at: None,
            repeat_of: None,
            replay_of: None,
            recovered: false,
            test: false,
        },
        key: Some(DeliveryKey {
            integration: None,
            forge: "forge".into(),
            identity: number.to_string(),
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
                project: PROJECT,
                wanted: Some(Wanted {
                    evaluation: EvaluationId(Uuid::from_u128(id)),
                    work: work(number),
                    matched_trigger: decider(),
                    gate: Gate::Open,
                }),
                pin: None,
                gone: None,
            }],
            activity: told(number, tells).map(Box::new),
            ..Consequences::default()
        },
        deadline: Instant::now() + Duration::from_secs(60),
        audit: None,
    }
}

fn told(number: u64, tells: Tells) -> Option<ActivityBatch> {
    let Tells::Commit = tells else { return None };
    let sha = format!("{number:040x}");
    let activity = Activity {
        at: Timestamp::from_seconds(1_800_000_000),
        kind: ActivityKind::Commit,
        action: ActivityAction::Pushed,
        actor: Some("Ann".into()),
        title: Some("Change how the widgets are counted".into()),
        number: None,
        ref_name: Some("refs/heads/main".into()),
        url: Some(format!("https://forge.example/a/b/commit/{sha}")),
        sha: Some(sha.clone()),
        recovered: false,
    };
    Some(ActivityBatch {
        projects: vec![(
            PROJECT,
            Uuid::from_u128((u128::from(number) << 80) | 0x7000_8000_0000_0000_0001),
        )],
        acts: vec![Act {
            activity,
            identity: Identity {
                asked: vec![sha.clone()],
                noted: vec![sha],
            },
            counts: Some(Counter::Commits),
            took: None,
        }],
        counted: Some(CountedDelivery::Sent(Kind::Push)),
    })
}

fn decider() -> MatchedTrigger {
    MatchedTrigger {
        trigger: TriggerId(Uuid::from_u128(1)),
        kind: TriggerKind::Push,
    }
}

fn work(number: u64) -> Work {
    Work {
        clone_url: "https://forge.example/a/b".into(),
        fetch_ref: "refs/heads/main".into(),
        ref_name: "refs/heads/main".into(),
        sha: format!("{number:040x}"),
        before: None,
        trust: Trust::Trusted,
        repository_id: Some("42".into()),
        cause: Cause {
            event: "push".into(),
            delivery_id: None,
            actor: None,
            pull_request: None,
            argument: None,
        },
    }
}
