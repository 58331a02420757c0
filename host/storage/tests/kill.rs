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

mod killed;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use forgegate_model::crypto::sha256;
use forgegate_model::delivery::{Contents, Delivery, Findings, MatchedTrigger, Outcome, Route};
use forgegate_model::ids::{DeliveryId, EvaluationId, TriggerId};
use forgegate_model::queueing::Gate;
use forgegate_model::testing::{ORGANIZATION, PROJECT};
use forgegate_model::trigger::TriggerKind;
use forgegate_storage::{
    Candidate, Consequences, DeliveryFilter, DeliveryKey, NewDelivery, Options, Page, Store, Wanted, Window,
};
use killed::{NOW, ROUNDS, work};
use uuid::Uuid;

const AT_ONCE: usize = 32;

fn main() {
    killed::either(kill_and_look(), record_until_killed);
}

async fn kill_and_look() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut said = BTreeSet::new();
    for round in 0..ROUNDS {
        let before = said.len();
        killed::one(folder.path(), 100 + 150 * round, |line| {
            said.extend(line.parse::<u128>())
        });
        assert!(said.len() > before, "the process recorded something");
        let begun = Instant::now();
        let store = Store::open(options(folder.path())).expect("it opens after a kill");
        println!("opened in {:?} with {} recorded", begun.elapsed(), said.len());
        look(&store, &said).await;
    }
    println!("ok: {} deliveries survived {ROUNDS} kills", said.len());
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
        killed::found(&store).await;
        killed::begin(&store, Vec::new()).await;
    }
    let begin = killed::beginning();
    let next = Arc::new(AtomicU64::new(0));
    for _ in 0..AT_ONCE {
        let (store, next) = (store.clone(), Arc::clone(&next));
        tokio::spawn(async move {
            loop {
                let number = begin + u128::from(next.fetch_add(1, Ordering::Relaxed));
                let recorded = store.commit_delivery(new(number)).await;
                recorded.expect("it is recorded");
                killed::say(&number.to_string());
            }
        });
    }
    std::future::pending::<()>().await;
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
        consequences: Consequences {
            candidates: vec![Candidate {
                project: PROJECT,
                wanted: Some(Wanted {
                    evaluation: EvaluationId(Uuid::from_u128(number)),
                    work: work(number),
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

fn row(number: u128, length: usize, digest: [u8; 32]) -> Delivery {
    Delivery {
        id: DeliveryId(Uuid::from_u128(number)),
        received_at: NOW,
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
