//! `kill -9` under load: what was acknowledged is there afterwards, with its evaluation, and nothing twice.

use std::collections::HashSet;
use std::sync::Arc;

use forgegate_tests::{Gateway, Push, SECRET};
use serde_json::Value;
use tokio::sync::mpsc;

const HOOK: &str = "gitea/acme/hooks";
/// Kills, unless the environment variable `FORGEGATE_CRASH_ROUNDS` has another number.
const ROUNDS: u64 = 5;
const SENDERS: u64 = 8;

/// Posts distinct pushes until the gateway is gone; hands on what was acknowledged.
async fn send(gateway: Arc<Gateway>, base: u64, acknowledged: mpsc::UnboundedSender<(String, String)>) {
    for number in 0.. {
        let Some(answer) = gateway.try_post(HOOK, Push::new(base + number).signed(SECRET)).await else {
            return;
        };
        answer.expect_ok();
        let message = answer.message();
        let text = |value: &Value| value.as_str().expect("an id").to_owned();
        let _ = acknowledged.send((
            text(&message["delivery_id"]),
            text(&message["queued"][0]["evaluation_id"]),
        ));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_kill_9() {
    let mut gateway = Gateway::with_project("").await;
    let mut all = HashSet::new();
    for round in 0..rounds() {
        let (sender, mut acknowledged) = mpsc::unbounded_channel();
        let shared = Arc::new(gateway);
        let senders: Vec<_> = (0..SENDERS)
            .map(|lane| {
                tokio::spawn(send(
                    Arc::clone(&shared),
                    (round * SENDERS + lane) * 1_000_000,
                    sender.clone(),
                ))
            })
            .collect();
        drop(sender);
        // The moment of the crash moves from round to round, and always falls into the load.
        for _ in 0..40 + round * 37 % 200 {
            all.insert(acknowledged.recv().await.expect("acknowledgements before the crash"));
        }
        let killed = std::process::Command::new("kill")
            .args(["-9", &shared.pid().to_string()])
            .status()
            .expect("to kill what was started");
        assert!(killed.success());
        for sender in senders {
            sender.await.expect("a sender");
        }
        while let Some(more) = acknowledged.recv().await {
            all.insert(more);
        }
        let folder = Arc::into_inner(shared).expect("the last owner").kill();
        gateway = Gateway::start_in(folder, "");
    }
    for (delivery, evaluation) in &all {
        let delivery = gateway.get(&format!("/api/v1/deliveries/{delivery}")).await;
        assert_eq!(delivery["evaluations"], serde_json::json!([evaluation]));
        assert_eq!(
            gateway.get(&format!("/api/v1/evaluations/{evaluation}")).await["state"],
            "queued"
        );
    }
    let commits = commits(&gateway).await;
    assert!(commits.len() >= all.len());
    assert_eq!(
        commits.iter().collect::<HashSet<_>>().len(),
        commits.len(),
        "a commit was queued twice"
    );
}

fn rounds() -> u64 {
    std::env::var("FORGEGATE_CRASH_ROUNDS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(ROUNDS)
}

/// The commits of all evaluations, page by page.
async fn commits(gateway: &Gateway) -> Vec<String> {
    let mut commits = Vec::new();
    let mut path = "/api/v1/evaluations?limit=500".to_owned();
    loop {
        let page = gateway.get(&path).await;
        commits.extend(
            page["items"]
                .as_array()
                .expect("items")
                .iter()
                .map(|item| item["sha"].as_str().expect("a sha").to_owned()),
        );
        match page["next"].as_str() {
            Some(next) => path = format!("/api/v1/evaluations?limit=500&cursor={next}"),
            None => return commits,
        }
    }
}
