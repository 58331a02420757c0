//! Triggers that start by the clock.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

use std::time::Duration;

use forgegate_tests::wait::{until, within};
use forgegate_tests::{Gateway, Push, Side, Stage};
use serde_json::{Value, json};

/// Nothing is found but by the clock.
const NO_LOOKS: &str = "[reconciliation]\ninterval = \"0s\"\n";

fn sha(number: u64) -> String {
    Push::new(number).sha()
}

fn triggers(side: &Side) -> String {
    format!("/api/v1/orgs/acme/projects/{}/triggers", side.project())
}

async fn evaluations(gateway: &Gateway, side: &Side) -> Vec<Value> {
    let path = format!(
        "/api/v1/evaluations?limit=500&organization=acme&project={}",
        side.project()
    );
    gateway.get(&path).await["items"].as_array().unwrap().clone()
}

async fn of_commit(gateway: &Gateway, side: &Side, commit: &str, longest: Duration) -> Value {
    within(
        longest,
        &format!("{}: an evaluation of {commit}", side.id),
        async || {
            let all = evaluations(gateway, side).await;
            all.into_iter().find(|it| it["sha"] == commit)
        },
    )
    .await
}

/// How often a trigger was due that came to this.
async fn starts(gateway: &Gateway, kind: &str, result: &str) -> u64 {
    let metrics = gateway.call("GET", "/metrics", None).await.text;
    let line = format!("forgegate_clock_starts_total{{kind=\"{kind}\",result=\"{result}\"}} ");
    let value = metrics.lines().find_map(|it| it.strip_prefix(line.as_str()));
    value.map_or(0, |value| value.parse().unwrap())
}

fn stands(side: &Side, branch: &str, commit: &str) {
    let mut world = side.forge.world();
    world.repositories[0]
        .branches
        .insert(branch.to_owned(), commit.to_owned());
}

#[tokio::test]
async fn a_poll_evaluates_what_moved_and_nothing_twice() {
    let longest = Duration::from_secs(30);
    for side in Side::all().await {
        let stage = Stage::set(vec![side], NO_LOOKS).await;
        let (gateway, side) = (&stage.gateway, &stage.sides[0]);
        stands(side, "line-1", &sha(1));
        stands(side, "other", &sha(2));
        // What a push told is evaluated, and no poll's business.
        stands(side, "b3", &sha(3));
        stage.push(side, 3).await;
        let poll = json!({ "kind": "poll", "integration": side.integration(), "interval": "1s", "branches": ["line-*", "b3"] });
        let made = gateway.make(&triggers(side), poll).await;
        assert_eq!(made["interval"], "1s");
        let found = of_commit(gateway, side, &sha(1), longest).await;
        assert_eq!(
            (&found["cause"]["event"], &found["trust"]),
            (&json!("poll"), &json!("trusted")),
            "{}",
            side.id
        );
        assert_eq!(
            (&found["ref"], &found["cause"]["delivery_id"]),
            (&json!("refs/heads/line-1"), &Value::Null)
        );
        stands(side, "line-1", &sha(4));
        let moved = of_commit(gateway, side, &sha(4), longest).await;
        assert_eq!(moved["before"], sha(1).as_str());
        let seen = starts(gateway, "poll", "unchanged").await;
        until("two polls more", async || {
            (starts(gateway, "poll", "unchanged").await > seen + 1).then_some(())
        })
        .await;
        let all = evaluations(gateway, side).await;
        assert_eq!(all.len(), 3, "{}: {all:?}", side.id);
        let stage = stage.kill_and_start();
        let side = &stage.sides[0];
        until("a poll after the restart", async || {
            (starts(&stage.gateway, "poll", "unchanged").await > 0).then_some(())
        })
        .await;
        assert_eq!(evaluations(&stage.gateway, side).await.len(), 3, "{}", side.id);
    }
}

#[tokio::test]
async fn a_schedule_evaluates_the_default_branch_at_its_time() {
    let stage = Stage::set(vec![Side::gitea().await], NO_LOOKS).await;
    let schedule =
        json!({ "kind": "schedule", "integration": "gitea", "schedule": "* * * * *", "time_zone": "Europe/Berlin" });
    let made = stage.gateway.make(&triggers(&stage.sides[0]), schedule).await;
    let path = format!("{}/{}", triggers(&stage.sides[0]), made["id"].as_str().unwrap());
    let due = until("its time", async || {
        let shown = stage.gateway.get(&path).await;
        shown["next_at"].as_str().map(str::to_owned)
    })
    .await;
    assert!(due.ends_with(":00Z"), "{due}");
    assert!(
        evaluations(&stage.gateway, &stage.sides[0]).await.is_empty(),
        "not before its time"
    );
    let stage = stage.kill_and_start();
    let (gateway, side) = (&stage.gateway, &stage.sides[0]);
    let found = of_commit(gateway, side, &"a".repeat(40), Duration::from_secs(90)).await;
    assert_eq!(
        (&found["cause"]["event"], &found["ref"]),
        (&json!("schedule"), &json!("refs/heads/main"))
    );
    assert_eq!(
        (&found["state"], &found["trust"]),
        (&json!("queued"), &json!("trusted"))
    );
    assert!(
        found["created_at"].as_str().unwrap() >= due.trim_end_matches('Z'),
        "{found} {due}"
    );
}

#[tokio::test]
async fn a_clock_that_cannot_be_is_refused_and_named() {
    let stage = Stage::set(vec![Side::gitea().await], NO_LOOKS).await;
    let path = triggers(&stage.sides[0]);
    let schedule = |schedule: &str, zone: &str| json!({ "kind": "schedule", "integration": "gitea", "schedule": schedule, "time_zone": zone });
    for (body, named) in [
        (
            json!({ "kind": "schedule", "integration": "gitea" }),
            "`schedule`: when",
        ),
        (schedule("0 25 * * *", "UTC"), "`0 25 * * *`"),
        (schedule("soon", "UTC"), "`soon`"),
        (schedule("0 0 31 2 *", "UTC"), "never comes"),
        (schedule("0 4 * * *", "Mars/Olympus"), "`Mars/Olympus`"),
        (
            json!({ "kind": "schedule", "integration": "gitea", "schedule": "0 4 * * *", "interval": "5m" }),
            "`interval`: only",
        ),
        (
            json!({ "kind": "poll", "integration": "gitea", "interval": "0s" }),
            "`0s`",
        ),
        (
            json!({ "kind": "poll", "integration": "gitea", "interval": "often" }),
            "`often`",
        ),
        (
            json!({ "kind": "poll", "integration": "gitea", "schedule": "0 4 * * *" }),
            "`schedule`: only",
        ),
        (
            json!({ "kind": "push", "integration": "gitea", "time_zone": "UTC" }),
            "`time_zone`: only",
        ),
    ] {
        let answer = stage.gateway.call("POST", &path, Some(body.clone())).await;
        assert_eq!((answer.status, answer.code()), (400, "bad_request"), "{body}");
        let sentence = answer.body["message"].as_str().unwrap();
        assert!(sentence.contains(named), "{body}: {sentence}");
    }
    let made = stage
        .gateway
        .make(&path, schedule("30 4 * * 1-5", "Europe/Berlin"))
        .await;
    assert_eq!(
        (&made["schedule"], &made["time_zone"]),
        (&json!("30 4 * * 1-5"), &json!("Europe/Berlin"))
    );
    let one = format!("{path}/{}", made["id"].as_str().unwrap());
    let answer = stage
        .gateway
        .call("PATCH", &one, Some(json!({ "schedule": "x" })))
        .await;
    assert_eq!(answer.status, 400, "{}", answer.text);
}
