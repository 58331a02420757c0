//! Somebody approves the head that they saw while another is pushed, in every order and by every way: the one that nobody saw never runs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

use std::collections::BTreeSet;
use std::time::Duration;

use forgegate_tests::delivery::Signed;
use forgegate_tests::people::{ANN, BOB};
use forgegate_tests::stage::queued;
use forgegate_tests::{Side, Stage, wait};
use futures_util::future::join_all;
use futures_util::stream::{StreamExt, iter};
use serde_json::{Value, json};

/// Interleavings at each forge.
const INTERLEAVINGS: u64 = 1_000;
/// How many are under way at once.
const AT_ONCE: usize = 24;
/// The first pull request's number; the commits of a pull request follow from its own.
const FIRST: u64 = 10;

/// The head that is approved. The other one begins the same.
fn seen(number: u64) -> String {
    format!("{number:012x}{}", "a".repeat(28))
}

fn unseen(number: u64) -> String {
    format!("{number:012x}{}", "b".repeat(28))
}

/// How the head is approved.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// A command with the whole commit id.
    Named,
    /// A command with the part that both heads share.
    Beginning,
    /// A command without a commit.
    Standing,
    /// The forge's own review.
    Review,
    /// The API.
    Api,
    /// The button beside the check; at forges without one, the API.
    Button,
}

const WAYS: [Way; 6] = [
    Way::Named,
    Way::Beginning,
    Way::Standing,
    Way::Review,
    Way::Api,
    Way::Button,
];

/// What happens, in one of the orders in which it can: the head moves before its delivery comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Move,
    Tell,
    Approve,
}

/// Every order, and whether the last two happen at once.
const ORDERS: [([Act; 3], bool); 6] = [
    ([Act::Approve, Act::Move, Act::Tell], false),
    ([Act::Move, Act::Approve, Act::Tell], false),
    ([Act::Move, Act::Tell, Act::Approve], false),
    ([Act::Approve, Act::Move, Act::Tell], true),
    ([Act::Move, Act::Approve, Act::Tell], true),
    ([Act::Move, Act::Tell, Act::Approve], true),
];

async fn staged(side: Side) -> Stage {
    let stage = Stage::set(vec![side], "[reporting]\nrequests_per_minute = 1000000\n").await;
    let side = &stage.sides[0];
    side.inhabit();
    let project = format!("/api/v1/orgs/acme/projects/{}", side.project());
    for kind in ["pull_request", "comment"] {
        let trigger = json!({ "kind": kind, "integration": side.integration() });
        stage.gateway.make(&format!("{project}/triggers"), trigger).await;
    }
    // What is told to the forge is another test's.
    for action in stage.gateway.get(&format!("{project}/actions")).await["items"]
        .as_array()
        .unwrap()
    {
        let path = format!("{project}/actions/{}", action["name"].as_str().unwrap());
        assert_eq!(stage.gateway.call("DELETE", &path, None).await.status, 200);
    }
    queued(&stage.gateway.post(&side.hook(), side.push(1)).await);
    // At half of the forges the newer head leaves the older one where it is.
    if matches!(side.id, "forgejo" | "github") {
        let parallel = json!({ "concurrency": "parallel" });
        assert_eq!(stage.gateway.call("PATCH", &project, Some(parallel)).await.status, 200);
    }
    stage
}

/// The delivery by which the head that was seen is approved; none where it goes by the API.
fn approval(side: &Side, way: Way, number: u64, evaluation: &str) -> Option<Signed> {
    let says = |body: String| Some(side.writes(ANN, number, &body).0);
    match way {
        Way::Named => says(format!("/forgegate approve {}", seen(number))),
        Way::Beginning => says(format!("/forgegate approve {}", &seen(number)[..12])),
        Way::Standing => says("/forgegate approve".to_owned()),
        Way::Review => Some(side.reviews(ANN, number, &seen(number))),
        Way::Button if side.app.is_some() => Some(side.presses(ANN, "approve", evaluation, &seen(number))),
        Way::Api | Way::Button => None,
    }
}

async fn act(stage: &Stage, act: Act, way: Way, number: u64, evaluation: &str) {
    let side = &stage.sides[0];
    match act {
        Act::Move => side.moves(number, &unseen(number)),
        Act::Tell => {
            let delivery = side.pushes(BOB, number, &seen(number), &unseen(number));
            let answer = stage.gateway.post(&side.hook(), delivery).await;
            assert_eq!(answer.message()["queued"][0]["state"], "held", "{}", answer.text);
        }
        Act::Approve => match approval(side, way, number, evaluation) {
            Some(delivery) => {
                let answer = stage.gateway.post(&side.hook(), delivery).await;
                assert_eq!(answer.status, 200, "{}", answer.text);
            }
            None => {
                let path = format!("/api/v1/evaluations/{evaluation}/approve");
                let answer = stage
                    .gateway
                    .call("POST", &path, Some(json!({ "sha": seen(number) })))
                    .await;
                assert!(matches!(answer.status, 200 | 409), "{}", answer.text);
            }
        },
    }
}

/// One interleaving, which its number tells.
async fn interleave(stage: &Stage, number: u64) {
    let side = &stage.sides[0];
    let opened = stage
        .gateway
        .post(&side.hook(), side.opens(BOB, number, &seen(number)))
        .await;
    let evaluation = queued(&opened);
    let which = usize::try_from(number).unwrap();
    let way = WAYS[which % WAYS.len()];
    let (order, at_once) = ORDERS[which / WAYS.len() % ORDERS.len()];
    let [first, second, third] = order.map(|it| act(stage, it, way, number, &evaluation));
    first.await;
    if at_once {
        join_all([Box::pin(second), Box::pin(third)]).await;
    } else {
        second.await;
        third.await;
    }
}

/// Claims and ends whatever a worker gets, until nobody waits for more; the commits.
async fn work(stage: &Stage, done: &tokio::sync::Notify) -> BTreeSet<String> {
    let mut ran = BTreeSet::new();
    loop {
        let claimed = tokio::select! {
            claimed = stage.gateway.claim(5_000, true) => claimed,
            () = done.notified() => break,
        };
        if let Some(claimed) = claimed {
            ran.insert(run(stage, &claimed).await);
        }
    }
    while let Some(claimed) = stage.gateway.claim(0, true).await {
        ran.insert(run(stage, &claimed).await);
    }
    ran
}

/// Ends what was claimed, which a newer head may have ended before; its commit.
async fn run(stage: &Stage, claimed: &Value) -> String {
    let evaluation = &claimed["evaluation"];
    let path = format!("/api/v1/evaluations/{}/finish", evaluation["id"].as_str().unwrap());
    let body = json!({ "lease": claimed["lease"]["token"], "state": "succeeded" });
    let answer = stage.gateway.call("POST", &path, Some(body)).await;
    assert!(matches!(answer.status, 200 | 409), "{}", answer.text);
    evaluation["sha"].as_str().unwrap().to_owned()
}

async fn answered(stage: &Stage) {
    wait::within(Duration::from_secs(120), "every question is answered", async || {
        let metrics = stage.gateway.call("GET", "/metrics", None).await.text;
        metrics
            .lines()
            .any(|line| line.starts_with("forgegate_follow_ups_open") && line.ends_with(" 0"))
            .then_some(())
    })
    .await;
}

async fn race(side: Side) {
    let stage = staged(side).await;
    let done = tokio::sync::Notify::new();
    let racing = async {
        let numbers = iter(FIRST..FIRST + INTERLEAVINGS);
        numbers
            .for_each_concurrent(AT_ONCE, |number| interleave(&stage, number))
            .await;
        answered(&stage).await;
        done.notify_one();
    };
    let ((), ran) = tokio::join!(racing, work(&stage, &done));
    let numbers = || FIRST..FIRST + INTERLEAVINGS;
    let unreviewed: Vec<u64> = numbers().filter(|number| ran.contains(&unseen(*number))).collect();
    assert!(
        unreviewed.is_empty(),
        "{}: unreviewed heads ran: {unreviewed:?}",
        stage.sides[0].id
    );
    let reviewed = numbers().filter(|number| ran.contains(&seen(*number))).count();
    assert!(
        reviewed > 20,
        "{}: of the heads that were approved {reviewed} ran",
        stage.sides[0].id
    );
    for number in numbers().step_by(97) {
        let held = stage
            .gateway
            .get(&format!("/api/v1/evaluations?sha={}", unseen(number)))
            .await;
        let states: Vec<&Value> = held["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| &it["state"])
            .collect();
        assert_eq!(states, [&json!("held")], "{number}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unseen_head_never_runs_at_gitea() {
    race(Side::gitea().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unseen_head_never_runs_at_forgejo() {
    race(Side::forgejo().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unseen_head_never_runs_at_gitlab() {
    race(Side::gitlab().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unseen_head_never_runs_at_github() {
    race(Side::github().await).await;
}
