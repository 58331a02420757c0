//! What was answered survives `kill -9`: a process of its own records deliveries and says so after each; it is killed in the middle,
//! again and again, and whatever it had said is there.
//!
//! The program is both: started by cargo it is the test, started by itself it is the one that is killed.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test without a harness"
)]

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use forgegate_model::crypto::sha256;
use forgegate_model::delivery::{Contents, Decider, Delivery, Findings, Outcome, Route};
use forgegate_model::evaluation::{Cause, Trust, Work};
use forgegate_model::ids::{DeliveryId, EvaluationId, OrganizationId, ProjectId, TriggerId};
use forgegate_model::organization::Organization;
use forgegate_model::project::{Bootstrap, Concurrency, Project};
use forgegate_model::queueing::Gate;
use forgegate_model::timestamp::Timestamp;
use forgegate_model::trigger::TriggerKind;
use forgegate_storage::{Candidate, DeliveryFilter, DeliveryKey, NewDelivery, Options, Page, Store, Wanted, Window};
use uuid::Uuid;

const FOLDER: &str = "FORGEGATE_TEST_FOLDER";
const ORGANIZATION: OrganizationId = OrganizationId(Uuid::from_u128(1));
const PROJECT: ProjectId = ProjectId(Uuid::from_u128(2));
const ROUNDS: usize = 5;
const AT_ONCE: usize = 32;

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    match std::env::var_os(FOLDER) {
        Some(folder) => runtime.block_on(record_until_killed(Path::new(&folder))),
        None => runtime.block_on(kill_and_look()),
    }
}

async fn kill_and_look() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut said = BTreeSet::new();
    for round in 0..ROUNDS {
        let before = said.len();
        said.extend(one_killed(folder.path(), 100 + 150 * round));
        assert!(said.len() > before, "the process recorded something");
        let begun = Instant::now();
        let store = Store::open(options(folder.path())).expect("it opens after a kill");
        println!("opened in {:?} with {} recorded", begun.elapsed(), said.len());
        look(&store, &said).await;
    }
    println!("ok: {} deliveries survived {ROUNDS} kills", said.len());
}

/// Starts the process, kills it after so many lines, and tells what it had said.
fn one_killed(folder: &Path, after: usize) -> Vec<u128> {
    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the process starts");
    let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    let mut said: Vec<String> = lines.by_ref().take(after).map(Result::unwrap).collect();
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
    said.extend(lines.map(Result::unwrap));
    said.iter().filter_map(|line| line.parse().ok()).collect()
}

async fn look(store: &Store, said: &BTreeSet<u128>) {
    let mut recorded = BTreeSet::new();
    let mut page = Page::first(200);
    let filter = DeliveryFilter {
        organizations: Some(vec![ORGANIZATION]),
        ..DeliveryFilter::default()
    };
    loop {
        let listed = store.deliveries(filter.clone(), page).await.expect("a page");
        for delivery in &listed.items {
            let number = delivery.id.0.as_u128();
            assert!(recorded.insert(number), "{number} is listed twice");
            assert_eq!(delivery.outcome, Outcome::Queued);
            let contents = store.delivery_contents(delivery).await.expect("contents");
            assert_eq!(contents.expect("contents").payload, payload(number));
            let key = new(number).key.expect("a key");
            assert_eq!(store.recognise(&key, delivery.received_at), Some(delivery.id));
        }
        match listed.next {
            Some(next) => {
                page = Page {
                    cursor: Some(next),
                    limit: 200,
                }
            }
            None => break,
        }
    }
    let lost: Vec<_> = said.difference(&recorded).collect();
    assert!(lost.is_empty(), "{} were answered and lost: {lost:?}", lost.len());
    let queued = store.queue_depth().queued;
    assert_eq!(queued, recorded.len(), "nothing is half done");
}

async fn record_until_killed(folder: &Path) {
    let store = Store::open(options(folder)).expect("it opens");
    if store.was_created() {
        configure(&store).await;
    }
    let begin = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .expect("a time")
        .as_nanos();
    let next = Arc::new(AtomicU64::new(0));
    for _ in 0..AT_ONCE {
        let (store, next) = (store.clone(), Arc::clone(&next));
        tokio::spawn(async move {
            loop {
                let number = begin + u128::from(next.fetch_add(1, Ordering::Relaxed));
                let recorded = store.commit_delivery(new(number)).await;
                recorded.expect("it is recorded");
                let mut out = std::io::stdout().lock();
                writeln!(out, "{number}").expect("the test listens");
            }
        });
    }
    std::future::pending::<()>().await;
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

fn options(folder: &Path) -> Options {
    Options {
        cache_bytes: 8 << 20,
        ..Options::new(folder)
    }
}

fn payload(number: u128) -> Bytes {
    Bytes::from(format!("payload {number} ").repeat(200))
}

fn new(number: u128) -> NewDelivery {
    let payload = payload(number);
    let digest = sha256(&payload);
    NewDelivery {
        row: row(number, payload.len(), digest),
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
        candidates: vec![Candidate {
            project: PROJECT,
            wanted: Some(Wanted {
                evaluation: EvaluationId(Uuid::from_u128(number)),
                work: work(number),
                decider: decider(),
                gate: Gate::Open,
            }),
            pin: None,
            gone: None,
        }],
        told: None,
        news: None,
        pressed: None,
        head: None,
        follow_up: None,
        deadline: Instant::now() + Duration::from_secs(60),
        audit: None,
    }
}

fn decider() -> Decider {
    Decider {
        trigger: TriggerId(Uuid::from_u128(1)),
        kind: TriggerKind::Push,
    }
}

fn row(number: u128, length: usize, digest: [u8; 32]) -> Delivery {
    Delivery {
        id: DeliveryId(Uuid::from_u128(number)),
        received_at: Timestamp::from_seconds(1_800_000_000),
        duration_ms: 1,
        route: Route {
            forge: "forge".into(),
            organization: Some((ORGANIZATION, "acme".into())),
            integration: None,
        },
        organizations: Vec::new(),
        source_ip: [192, 0, 2, 1].into(),
        payload_bytes: length as u64,
        event: None,
        outcome: Outcome::Ignored,
        status: 200,
        findings: Findings::default(),
        forge_delivery_id: Some(number.to_string()),
        digest,
        duplicates: 0,
        last_duplicate_at: None,
        repeat_of: None,
        replay_of: None,
        recovered: false,
        test: false,
    }
}

fn work(number: u128) -> Work {
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
