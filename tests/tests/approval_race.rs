//! An approval races with a push, in every order and by every way: a head that nobody saw never runs.

use std::collections::BTreeSet;
use std::time::Duration;

use forgegate_tests::activity::{ANN, BOB};
use forgegate_tests::delivery::Signed;
use forgegate_tests::{TestForge, Testbed, wait};
use futures_util::future::join_all;
use futures_util::stream::{StreamExt, iter};
use serde_json::{Value, json};

/// Interleavings at each forge.
const INTERLEAVINGS: u64 = 1_000;
/// Interleavings at a time.
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

/// A way to approve the head.
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

/// A step of an interleaving. The head always moves before its delivery arrives.
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

async fn testbed(forge: TestForge) -> Testbed {
    let testbed = Testbed::start(vec![forge], "[reporting]\nrequests_per_minute = 1000000\n").await;
    let forge = &testbed.forges[0];
    forge.add_people();
    let project = format!("/api/v1/orgs/acme/projects/{}", forge.project());
    for kind in ["pull_request", "comment"] {
        let trigger = json!({ "kind": kind, "integration": forge.integration() });
        testbed.gateway.make(&format!("{project}/triggers"), trigger).await;
    }
    // Statuses are the subject of another test.
    for action in testbed.gateway.get(&format!("{project}/actions")).await["items"]
        .as_array()
        .unwrap()
    {
        let path = format!("{project}/actions/{}", action["name"].as_str().unwrap());
        testbed.gateway.delete(&path).await;
    }
    testbed.gateway.post(&forge.hook(), forge.push(1)).await.queued();
    // At half of the forges the newer head leaves the older one where it is.
    if matches!(forge.id, "forgejo" | "github") {
        let parallel = json!({ "concurrency": "parallel" });
        testbed.gateway.change(&project, parallel).await;
    }
    testbed
}

/// The delivery by which the head that was seen is approved; none where it goes by the API.
fn approval(forge: &TestForge, way: Way, number: u64, evaluation: &str) -> Option<Signed> {
    let says = |body: String| Some(forge.write_comment(ANN, number, &body).0);
    match way {
        Way::Named => says(format!("/forgegate approve {}", seen(number))),
        Way::Beginning => says(format!("/forgegate approve {}", &seen(number)[..12])),
        Way::Standing => says("/forgegate approve".to_owned()),
        Way::Review => Some(forge.approve_in_review(ANN, number, &seen(number))),
        Way::Button if forge.app.is_some() => Some(forge.press_button(ANN, "approve", evaluation, &seen(number))),
        Way::Api | Way::Button => None,
    }
}

async fn act(testbed: &Testbed, act: Act, way: Way, number: u64, evaluation: &str) {
    let forge = &testbed.forges[0];
    match act {
        Act::Move => forge.move_head(number, &unseen(number)),
        Act::Tell => {
            let delivery = forge.push_head(BOB, number, &seen(number), &unseen(number));
            let answer = testbed.gateway.post(&forge.hook(), delivery).await;
            assert_eq!(answer.message()["queued"][0]["state"], "held", "{}", answer.text);
        }
        Act::Approve => match approval(forge, way, number, evaluation) {
            Some(delivery) => {
                let answer = testbed.gateway.post(&forge.hook(), delivery).await;
                answer.expect_ok();
            }
            None => {
                let path = format!("/api/v1/evaluations/{evaluation}/approve");
                let answer = testbed
                    .gateway
                    .call("POST", &path, Some(json!({ "sha": seen(number) })))
                    .await;
                assert!(matches!(answer.status, 200 | 409), "{}", answer.text);
            }
        },
    }
}

/// Runs one interleaving. Its number decides the way and the order.
async fn interleave(testbed: &Testbed, number: u64) {
    let forge = &testbed.forges[0];
    let opened = testbed
        .gateway
        .post(&forge.hook(), forge.open_pull_request(BOB, number, &seen(number)))
        .await;
    let evaluation = opened.queued();
    let which = usize::try_from(number).unwrap();
    let way = WAYS[which % WAYS.len()];
    let (order, at_once) = ORDERS[which / WAYS.len() % ORDERS.len()];
    let [first, second, third] = order.map(|it| act(testbed, it, way, number, &evaluation));
    first.await;
    if at_once {
        join_all([Box::pin(second), Box::pin(third)]).await;
    } else {
        second.await;
        third.await;
    }
}

/// Claims and ends whatever a worker gets, until nobody waits for more; the commits.
async fn work(testbed: &Testbed, done: &tokio::sync::Notify) -> BTreeSet<String> {
    let mut ran = BTreeSet::new();
    loop {
        let claimed = tokio::select! {
            claimed = testbed.gateway.claim(5_000, true) => claimed,
            () = done.notified() => break,
        };
        if let Some(claimed) = claimed {
            ran.insert(run(testbed, &claimed).await);
        }
    }
    while let Some(claimed) = testbed.gateway.claim(0, true).await {
        ran.insert(run(testbed, &claimed).await);
    }
    ran
}

/// Ends what was claimed, which a newer head may have ended before; its commit.
async fn run(testbed: &Testbed, claimed: &Value) -> String {
    let evaluation = &claimed["evaluation"];
    let path = format!("/api/v1/evaluations/{}/finish", evaluation["id"].as_str().unwrap());
    let body = json!({ "lease": claimed["lease"]["token"], "state": "succeeded" });
    let answer = testbed.gateway.call("POST", &path, Some(body)).await;
    assert!(matches!(answer.status, 200 | 409), "{}", answer.text);
    evaluation["sha"].as_str().unwrap().to_owned()
}

async fn answered(testbed: &Testbed) {
    wait::within(Duration::from_secs(120), "every question is answered", async || {
        let metrics = testbed.gateway.call("GET", "/metrics", None).await.text;
        metrics
            .lines()
            .any(|line| line.starts_with("forgegate_follow_ups_open") && line.ends_with(" 0"))
            .then_some(())
    })
    .await;
}

async fn race(forge: TestForge) {
    let testbed = testbed(forge).await;
    let done = tokio::sync::Notify::new();
    let racing = async {
        let numbers = iter(FIRST..FIRST + INTERLEAVINGS);
        numbers
            .for_each_concurrent(AT_ONCE, |number| interleave(&testbed, number))
            .await;
        answered(&testbed).await;
        done.notify_one();
    };
    let ((), ran) = tokio::join!(racing, work(&testbed, &done));
    let numbers = || FIRST..FIRST + INTERLEAVINGS;
    let unreviewed: Vec<u64> = numbers().filter(|number| ran.contains(&unseen(*number))).collect();
    assert!(
        unreviewed.is_empty(),
        "{}: unreviewed heads ran: {unreviewed:?}",
        testbed.forges[0].id
    );
    let reviewed = numbers().filter(|number| ran.contains(&seen(*number))).count();
    assert!(
        reviewed > 20,
        "{}: of the heads that were approved {reviewed} ran",
        testbed.forges[0].id
    );
    for number in numbers().step_by(97) {
        let held = testbed
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
    race(TestForge::gitea().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unseen_head_never_runs_at_forgejo() {
    race(TestForge::forgejo().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unseen_head_never_runs_at_gitlab() {
    race(TestForge::gitlab().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unseen_head_never_runs_at_github() {
    race(TestForge::github().await).await;
}
