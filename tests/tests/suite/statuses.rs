//! Statuses of evaluations and checks at every forge, sent through the real plugins.

use forgegate_tests::forges::{Fault, Plan, Reply};
use forgegate_tests::test_forge::TOKEN;
use forgegate_tests::{TestForge, Testbed};
use serde_json::{Value, json};

/// The words of a forge for queued, running, succeeded, failed and errored.
fn words(forge: &str) -> [&'static str; 5] {
    match forge {
        "github" => ["queued", "in_progress", "success", "failure", "failure"],
        "gitlab" => ["pending", "running", "success", "failed", "failed"],
        _ => ["pending", "pending", "success", "failure", "error"],
    }
}

#[tokio::test]
async fn an_evaluation_is_seen_at_its_commit_from_queued_to_its_end() {
    let testbed = Testbed::start(TestForge::all().await, "").await;
    for forge in &testbed.forges {
        let [queued, running, succeeded, failed, errored] = words(forge.id);
        for (number, state, word) in [
            (1, "succeeded", succeeded),
            (2, "failed", failed),
            (3, "errored", errored),
        ] {
            testbed.push(forge, number).await;
            forge.wait_for_states(number, &[queued]).await;
            let claimed = testbed.gateway.claim(10_000, false).await.expect("an evaluation");
            forge.wait_for_states(number, &[queued, running]).await;
            testbed.finish(&claimed, state).await;
            forge.wait_for_states(number, &[queued, running, word]).await;
        }
    }
    testbed.all_sent().await;
    for status in testbed.statuses("").await {
        assert_eq!(status["last_error"], Value::Null, "{status}");
    }
}

#[tokio::test]
async fn each_check_of_a_worker_is_seen_beside_the_whole() {
    let testbed = Testbed::start(TestForge::all().await, "").await;
    for forge in &testbed.forges {
        testbed.push(forge, 1).await;
        let claimed = testbed.gateway.claim(10_000, false).await.expect("an evaluation");
        let path = format!(
            "/api/v1/evaluations/{}/checks",
            claimed["evaluation"]["id"].as_str().unwrap()
        );
        let [_, running, succeeded, failed, _] = words(forge.id);
        let context = format!("{}: lint", forge.context());
        let shows = async |word: &str| {
            forgegate_tests::wait::until(&format!("{}: `{word}` of the check", forge.id), async || {
                let world = forge.fake.world();
                (world.states(&TestForge::sha(1), &context).last() == Some(&word)).then_some(())
            })
            .await;
        };
        let report = |state: &str| {
            json!({ "lease": claimed["lease"]["token"], "name": "lint", "state": state,
                "description": "ä".repeat(300), "url": "https://ci.example.com/1" })
        };
        testbed.gateway.act(&path, Some(report("running"))).await;
        shows(running).await;
        testbed.gateway.act(&path, Some(report("failed"))).await;
        shows(failed).await;
        testbed.finish(&claimed, "succeeded").await;
        forge.wait_for_state(1, succeeded).await;
    }
    testbed.all_sent().await;
    assert!(
        testbed.statuses("outcome=failed").await.is_empty(),
        "a text was too long for somebody"
    );
}

#[tokio::test]
async fn an_app_that_may_have_no_checks_shows_commit_statuses() {
    let forge = TestForge::github().await;
    forge.app.as_ref().unwrap().set(|app| {
        app.permissions.remove("checks");
    });
    let testbed = Testbed::start(vec![forge], "").await;
    let forge = &testbed.forges[0];
    testbed.push(forge, 1).await;
    forge.wait_for_state(1, "pending").await;
    testbed.run_next("succeeded").await;
    forge.wait_for_state(1, "success").await;
    assert!(forge.fake.world().statuses.iter().all(|it| !it.check));
}

#[tokio::test]
async fn a_check_that_was_made_although_the_forge_failed_is_changed_and_not_made_twice() {
    let testbed = Testbed::start(vec![TestForge::github().await], "").await;
    let forge = &testbed.forges[0];
    forge
        .fake
        .fault("POST /api/v3/repos/acme/widgets/check-runs", Fault::FailAfter(502));
    testbed.push(forge, 1).await;
    testbed.all_sent().await;
    testbed.run_next("succeeded").await;
    forge.wait_for_state(1, "success").await;
    let made = forge.fake.world().statuses.iter().filter(|it| it.check).count();
    assert_eq!(made, 1, "two check runs of one evaluation");
}

#[tokio::test]
async fn what_a_forge_refuses_is_listed_and_counted_and_arrives_when_it_is_retried() {
    let testbed = Testbed::start(vec![TestForge::gitea().await], "").await;
    let forge = &testbed.forges[0];
    forge
        .fake
        .fault("POST ", Fault::Answer(Reply::message(403, "no write access")));
    testbed.push(forge, 1).await;
    testbed.all_sent().await;
    let failed = testbed.statuses("outcome=failed").await;
    assert_eq!(
        failed[0]["last_error"], "the forge does not let the credential do it",
        "{failed:?}"
    );
    assert_eq!(
        testbed.gateway.metric("forgegate_statuses{outcome=\"failed\"}").await,
        1.0
    );
    let id = failed[0]["id"].as_str().unwrap();
    testbed.gateway.act(&format!("/api/v1/statuses/{id}/retry"), None).await;
    forge.wait_for_state(1, "pending").await;
    testbed.all_sent().await;
    let attempts = |outcome: &str| format!("forgegate_status_attempts_total{{forge=\"gitea\",outcome=\"{outcome}\"}}");
    assert_eq!(
        testbed.gateway.metric("forgegate_statuses{outcome=\"failed\"}").await,
        0.0
    );
    assert_eq!(testbed.gateway.metric(&attempts("refused")).await, 1.0);
    assert_eq!(testbed.gateway.metric(&attempts("sent")).await, 1.0);
    assert_eq!(
        testbed.gateway.metric("forgegate_status_delay_seconds_count").await,
        1.0
    );
    let again = format!("/api/v1/statuses/{id}/retry");
    let again = testbed.gateway.call("POST", &again, None).await;
    again.expect_refusal(409, "conflict");
}

#[tokio::test]
async fn another_token_is_tried_at_once_whatever_the_last_one_was_told() {
    let testbed = Testbed::start(vec![TestForge::gitea().await], "").await;
    let forge = &testbed.forges[0];
    let wait = Reply::message(429, "too many requests").with("retry-after", 3000);
    forge.fake.fault("POST ", Fault::Answer(wait));
    testbed.push(forge, 1).await;
    forgegate_tests::wait::until("it is put off", async || {
        let waiting = testbed.statuses("outcome=waiting").await;
        waiting
            .first()
            .is_some_and(|status| status["last_error"] != Value::Null)
            .then_some(())
    })
    .await;
    let path = "/api/v1/orgs/acme/integrations/outbound/gitea";
    let changed = testbed
        .gateway
        .call("PATCH", path, Some(json!({ "token": TOKEN })))
        .await;
    changed.expect_ok();
    forge.wait_for_state(1, "pending").await;
}

#[tokio::test]
async fn what_waits_for_a_forge_that_comes_back_need_not_wait_any_longer() {
    let testbed = Testbed::start(vec![TestForge::gitea().await], "").await;
    let forge = &testbed.forges[0];
    forge.fake.plan(Plan {
        drop_before: 1000,
        ..Plan::default()
    });
    for number in 1..10 {
        testbed.push(forge, number).await;
    }
    testbed.gateway.logged("it is left alone for").await;
    forge.fake.plan(Plan::default());
    testbed.all_sent().await;
    testbed.gateway.logged("answers again").await;
    for number in 1..10 {
        assert_eq!(forge.states(number), ["pending"], "push {number}");
    }
}
