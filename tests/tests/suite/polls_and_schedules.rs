//! Triggers that start by the clock.

use std::time::Duration;

use forgegate_tests::fields::assert_fields;
use forgegate_tests::wait::{until, within};
use forgegate_tests::{Gateway, Push, TestForge, Testbed};
use serde_json::{Value, json};

/// Nothing is found but by the clock.
const NO_RECONCILIATION: &str = "[reconciliation]\ninterval = \"0s\"\n";

fn sha(number: u64) -> String {
    Push::new(number).sha()
}

fn triggers(forge: &TestForge) -> String {
    format!("/api/v1/orgs/acme/projects/{}/triggers", forge.project())
}

async fn evaluations(gateway: &Gateway, forge: &TestForge) -> Vec<Value> {
    let path = format!(
        "/api/v1/evaluations?limit=500&organization=acme&project={}",
        forge.project()
    );
    gateway.list(&path).await
}

async fn of_commit(gateway: &Gateway, forge: &TestForge, commit: &str, longest: Duration) -> Value {
    within(
        longest,
        &format!("{}: an evaluation of {commit}", forge.id),
        async || {
            let all = evaluations(gateway, forge).await;
            all.into_iter().find(|it| it["sha"] == commit)
        },
    )
    .await
}

/// The number of times that a trigger was due with this result.
async fn starts(gateway: &Gateway, kind: &str, result: &str) -> u64 {
    let metrics = gateway.call("GET", "/metrics", None).await.text;
    let line = format!("forgegate_clock_starts_total{{kind=\"{kind}\",result=\"{result}\"}} ");
    let value = metrics.lines().find_map(|it| it.strip_prefix(line.as_str()));
    value.map_or(0, |value| value.parse().unwrap())
}

fn set_branch(forge: &TestForge, branch: &str, commit: &str) {
    let mut world = forge.fake.world();
    world.repositories[0]
        .branches
        .insert(branch.to_owned(), commit.to_owned());
}

#[tokio::test]
async fn a_poll_evaluates_what_moved_and_nothing_twice() {
    let longest = Duration::from_secs(30);
    for forge in TestForge::all().await {
        let testbed = Testbed::start(vec![forge], NO_RECONCILIATION).await;
        let (gateway, forge) = (&testbed.gateway, &testbed.forges[0]);
        set_branch(forge, "line-1", &sha(1));
        set_branch(forge, "other", &sha(2));
        // A commit that a push delivered is evaluated already, so a poll starts nothing for it.
        set_branch(forge, "b3", &sha(3));
        testbed.push(forge, 3).await;
        let poll = json!({ "kind": "poll", "integration": forge.integration(), "interval": "1s", "branches": ["line-*", "b3"] });
        let made = gateway.make(&triggers(forge), poll).await;
        assert_eq!(made["interval"], "1s");
        let found = of_commit(gateway, forge, &sha(1), longest).await;
        assert_eq!(
            (&found["cause"]["event"], &found["trust"]),
            (&json!("poll"), &json!("trusted")),
            "{}",
            forge.id
        );
        assert_fields(
            &found,
            &json!({ "ref": "refs/heads/line-1", "cause": { "delivery_id": null } }),
        );
        set_branch(forge, "line-1", &sha(4));
        let moved = of_commit(gateway, forge, &sha(4), longest).await;
        assert_eq!(moved["before"], sha(1).as_str());
        let seen = starts(gateway, "poll", "unchanged").await;
        until("two polls more", async || {
            (starts(gateway, "poll", "unchanged").await > seen + 1).then_some(())
        })
        .await;
        let all = evaluations(gateway, forge).await;
        assert_eq!(all.len(), 3, "{}: {all:?}", forge.id);
        let testbed = testbed.kill_and_start();
        let forge = &testbed.forges[0];
        until("a poll after the restart", async || {
            (starts(&testbed.gateway, "poll", "unchanged").await > 0).then_some(())
        })
        .await;
        assert_eq!(evaluations(&testbed.gateway, forge).await.len(), 3, "{}", forge.id);
    }
}

#[tokio::test]
async fn a_schedule_evaluates_the_default_branch_at_its_time() {
    let testbed = Testbed::start(vec![TestForge::gitea().await], NO_RECONCILIATION).await;
    let schedule =
        json!({ "kind": "schedule", "integration": "gitea", "schedule": "* * * * *", "time_zone": "Europe/Berlin" });
    let made = testbed.gateway.make(&triggers(&testbed.forges[0]), schedule).await;
    let path = format!("{}/{}", triggers(&testbed.forges[0]), made["id"].as_str().unwrap());
    let due = until("its time", async || {
        let shown = testbed.gateway.get(&path).await;
        shown["next_at"].as_str().map(str::to_owned)
    })
    .await;
    assert!(due.ends_with(":00Z"), "{due}");
    assert!(
        evaluations(&testbed.gateway, &testbed.forges[0]).await.is_empty(),
        "not before its time"
    );
    let testbed = testbed.kill_and_start();
    let (gateway, forge) = (&testbed.gateway, &testbed.forges[0]);
    let found = of_commit(gateway, forge, &"a".repeat(40), Duration::from_secs(90)).await;
    assert_fields(
        &found,
        &json!({ "cause": { "event": "schedule" }, "ref": "refs/heads/main" }),
    );
    assert_fields(&found, &json!({ "state": "queued", "trust": "trusted" }));
    assert!(
        found["created_at"].as_str().unwrap() >= due.trim_end_matches('Z'),
        "{found} {due}"
    );
}

#[tokio::test]
async fn a_clock_that_cannot_be_is_refused_and_named() {
    let testbed = Testbed::start(vec![TestForge::gitea().await], NO_RECONCILIATION).await;
    let path = triggers(&testbed.forges[0]);
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
        let answer = testbed.gateway.call("POST", &path, Some(body.clone())).await;
        assert_eq!((answer.status, answer.code()), (400, "bad_request"), "{body}");
        let sentence = answer.sentence();
        assert!(sentence.contains(named), "{body}: {sentence}");
    }
    let made = testbed
        .gateway
        .make(&path, schedule("30 4 * * 1-5", "Europe/Berlin"))
        .await;
    assert_fields(
        &made,
        &json!({ "schedule": "30 4 * * 1-5", "time_zone": "Europe/Berlin" }),
    );
    let one = format!("{path}/{}", made["id"].as_str().unwrap());
    let answer = testbed
        .gateway
        .call("PATCH", &one, Some(json!({ "schedule": "x" })))
        .await;
    assert_eq!(answer.status, 400, "{}", answer.text);
}
