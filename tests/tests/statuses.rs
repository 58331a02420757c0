//! What becomes of an evaluation is told to its forge: each forge for real, through its plugin.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

use forgegate_tests::forges::{Fault, Plan, Reply};
use forgegate_tests::stage::TOKEN;
use forgegate_tests::{Side, Stage};
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
    let stage = Stage::set(Side::all().await, "").await;
    for side in &stage.sides {
        let [queued, running, succeeded, failed, errored] = words(side.id);
        for (number, state, word) in [
            (1, "succeeded", succeeded),
            (2, "failed", failed),
            (3, "errored", errored),
        ] {
            stage.push(side, number).await;
            side.has_shown(number, &[queued]).await;
            let claimed = stage.gateway.claim(10_000, false).await.expect("an evaluation");
            side.has_shown(number, &[queued, running]).await;
            stage.finish(&claimed, state).await;
            side.has_shown(number, &[queued, running, word]).await;
        }
    }
    stage.told().await;
    for status in stage.statuses("").await {
        assert_eq!(status["last_error"], Value::Null, "{status}");
    }
}

#[tokio::test]
async fn each_check_of_a_worker_is_seen_beside_the_whole() {
    let stage = Stage::set(Side::all().await, "").await;
    for side in &stage.sides {
        stage.push(side, 1).await;
        let claimed = stage.gateway.claim(10_000, false).await.expect("an evaluation");
        let path = format!(
            "/api/v1/evaluations/{}/checks",
            claimed["evaluation"]["id"].as_str().unwrap()
        );
        let [_, running, succeeded, failed, _] = words(side.id);
        let context = format!("{}: lint", side.context());
        let shows = async |word: &str| {
            forgegate_tests::wait::until(&format!("{}: `{word}` of the check", side.id), async || {
                let world = side.forge.world();
                (world.states(&Side::sha(1), &context).last() == Some(&word)).then_some(())
            })
            .await;
        };
        let report = |state: &str| {
            json!({ "lease": claimed["lease"]["token"], "name": "lint", "state": state,
                "description": "ä".repeat(300), "url": "https://ci.example.com/1" })
        };
        stage.gateway.act(&path, Some(report("running"))).await;
        shows(running).await;
        stage.gateway.act(&path, Some(report("failed"))).await;
        shows(failed).await;
        stage.finish(&claimed, "succeeded").await;
        side.shows(1, succeeded).await;
    }
    stage.told().await;
    assert!(
        stage.statuses("outcome=failed").await.is_empty(),
        "a text was too long for somebody"
    );
}

#[tokio::test]
async fn an_app_that_may_have_no_checks_shows_commit_statuses() {
    let side = Side::github().await;
    side.app.as_ref().unwrap().set(|app| {
        app.permissions.remove("checks");
    });
    let stage = Stage::set(vec![side], "").await;
    let side = &stage.sides[0];
    stage.push(side, 1).await;
    side.shows(1, "pending").await;
    stage.work("succeeded").await;
    side.shows(1, "success").await;
    assert!(side.forge.world().statuses.iter().all(|it| !it.check));
}

#[tokio::test]
async fn a_check_that_was_made_although_the_forge_failed_is_changed_and_not_made_twice() {
    let stage = Stage::set(vec![Side::github().await], "").await;
    let side = &stage.sides[0];
    side.forge
        .fault("POST /api/v3/repos/acme/widgets/check-runs", Fault::FailAfter(502));
    stage.push(side, 1).await;
    stage.told().await;
    stage.work("succeeded").await;
    side.shows(1, "success").await;
    let made = side.forge.world().statuses.iter().filter(|it| it.check).count();
    assert_eq!(made, 1, "two check runs of one evaluation");
}

/// The value of a figure at `/metrics`, by all that stands before it in its line.
async fn figure(stage: &Stage, name: &str) -> f64 {
    let text = stage.gateway.call("GET", "/metrics", None).await.text;
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.map_or(0.0, |rest| rest.trim().parse().unwrap())
}

#[tokio::test]
async fn what_a_forge_refuses_is_listed_and_counted_and_arrives_when_it_is_retried() {
    let stage = Stage::set(vec![Side::gitea().await], "").await;
    let side = &stage.sides[0];
    side.forge
        .fault("POST ", Fault::Answer(Reply::message(403, "no write access")));
    stage.push(side, 1).await;
    stage.told().await;
    let failed = stage.statuses("outcome=failed").await;
    assert_eq!(
        failed[0]["last_error"], "the forge does not let the credential do it",
        "{failed:?}"
    );
    assert_eq!(figure(&stage, "forgegate_statuses{outcome=\"failed\"}").await, 1.0);
    let id = failed[0]["id"].as_str().unwrap();
    stage.gateway.act(&format!("/api/v1/statuses/{id}/retry"), None).await;
    side.shows(1, "pending").await;
    stage.told().await;
    let attempts = |outcome: &str| format!("forgegate_status_attempts_total{{forge=\"gitea\",outcome=\"{outcome}\"}}");
    assert_eq!(figure(&stage, "forgegate_statuses{outcome=\"failed\"}").await, 0.0);
    assert_eq!(figure(&stage, &attempts("refused")).await, 1.0);
    assert_eq!(figure(&stage, &attempts("sent")).await, 1.0);
    assert_eq!(figure(&stage, "forgegate_status_delay_seconds_count").await, 1.0);
    let again = format!("/api/v1/statuses/{id}/retry");
    let again = stage.gateway.call("POST", &again, None).await;
    assert_eq!((again.status, again.code()), (409, "conflict"), "{}", again.text);
}

#[tokio::test]
async fn another_token_is_tried_at_once_whatever_the_last_one_was_told() {
    let stage = Stage::set(vec![Side::gitea().await], "").await;
    let side = &stage.sides[0];
    let wait = Reply::message(429, "too many requests").with("retry-after", 3000);
    side.forge.fault("POST ", Fault::Answer(wait));
    stage.push(side, 1).await;
    forgegate_tests::wait::until("it is put off", async || {
        let waiting = stage.statuses("outcome=waiting").await;
        waiting
            .first()
            .is_some_and(|row| row["last_error"] != Value::Null)
            .then_some(())
    })
    .await;
    let path = "/api/v1/orgs/acme/integrations/outbound/gitea";
    let changed = stage.gateway.call("PATCH", path, Some(json!({ "token": TOKEN }))).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    side.shows(1, "pending").await;
}

#[tokio::test]
async fn what_waits_for_a_forge_that_comes_back_need_not_wait_any_longer() {
    let stage = Stage::set(vec![Side::gitea().await], "").await;
    let side = &stage.sides[0];
    side.forge.plan(Plan {
        drop_before: 1000,
        ..Plan::default()
    });
    for number in 1..10 {
        stage.push(side, number).await;
    }
    stage.gateway.logged("it is left alone for").await;
    side.forge.plan(Plan::default());
    stage.told().await;
    stage.gateway.logged("answers again").await;
    for number in 1..10 {
        assert_eq!(side.states(number), ["pending"], "push {number}");
    }
}
