//! The buttons beside a check: their effect, for whom, and only once.

use forgegate_tests::delivery::{Signed, sign_for_app};
use forgegate_tests::fields::assert_fields;
use forgegate_tests::test_forge::REPOSITORY;
use forgegate_tests::{Answer, SECRET, TestForge, Testbed};
use serde_json::{Value, json};

const HEAD: &str = "1111111111111111111111111111111111111111";

async fn testbed() -> Testbed {
    let testbed = Testbed::start(vec![TestForge::github().await], "").await;
    let trigger = json!({ "kind": "pull_request", "integration": "github-acme" });
    testbed
        .gateway
        .make("/api/v1/orgs/acme/projects/github-widgets/triggers", trigger)
        .await;
    testbed
}

/// A pull request of a fork, just opened.
fn of_fork(forge: &TestForge) -> Signed {
    let bob = json!({ "login": "bob", "id": 52, "type": "User" });
    let pull = json!({
        "action": "opened", "number": 3, "sender": bob,
        "pull_request": { "number": 3, "title": "A change", "state": "open", "draft": false, "user": bob,
            "head": { "ref": "topic", "sha": HEAD, "repo": { "id": 8, "fork": true } },
            "base": { "ref": "main", "sha": "a".repeat(40), "repo": { "id": REPOSITORY, "fork": false } } },
    });
    forge.signed("pull_request", "", pull, "pull-3")
}

/// Somebody presses a button at a check that shows this evaluation.
fn pressed(forge: &TestForge, id: &str, action: &str, evaluation: &str, sha: &str) -> Signed {
    let app = forge.app.as_ref().unwrap().settings().id;
    let (action, identifier) = match action {
        "rerequested" => ("rerequested", Value::Null),
        other => ("requested_action", json!({ "identifier": other })),
    };
    let payload = json!({
        "action": action, "requested_action": identifier, "sender": { "login": "ann", "id": 51, "type": "User" },
        "check_run": { "id": 1001, "name": "check", "head_sha": sha, "external_id": evaluation, "status": "completed",
            "conclusion": "failure", "app": { "id": app }, "check_suite": { "id": 2, "head_branch": null } },
    });
    forge.signed("check_run", "", payload, id)
}

/// Somebody has all checks of a commit run again.
fn all_again(forge: &TestForge, id: &str, sha: &str) -> Signed {
    let app = forge.app.as_ref().unwrap().settings().id;
    let payload = json!({
        "action": "rerequested", "sender": { "login": "ann", "id": 51, "type": "User" },
        "check_suite": { "id": 2, "head_sha": sha, "head_branch": "b1", "before": null, "status": "completed",
            "conclusion": "failure", "app": { "id": app }, "pull_requests": [] },
    });
    forge.signed("check_suite", "", payload, id)
}

fn skipped(answer: &Answer) -> &str {
    assert_fields(answer.expect_ok(), &json!({ "queued": [] }));
    answer.message()["skipped"][0]["reason"]
        .as_str()
        .unwrap_or_else(|| panic!("{}", answer.text))
}

/// The actor, action and outcome of every button press in the audit log, newest first.
async fn audited(testbed: &Testbed) -> Vec<(String, String, String)> {
    let listed = testbed.gateway.get("/api/v1/audit?limit=500").await;
    let text = |entry: &Value, name: &str| entry[name].as_str().unwrap().to_owned();
    let entries = listed["items"].as_array().unwrap().iter();
    let entries = entries.filter(|entry| text(entry, "action").starts_with("press "));
    entries
        .map(|entry| (text(entry, "actor"), text(entry, "action"), text(entry, "outcome")))
        .collect()
}

#[tokio::test]
async fn the_approve_button_releases_the_held_one_of_that_commit_once() {
    let testbed = testbed().await;
    let forge = &testbed.forges[0];
    let answer = testbed.gateway.post(&forge.hook(), of_fork(forge)).await;
    let held = answer.queued();
    assert_eq!(answer.message()["queued"][0]["state"], "held", "{}", answer.text);
    let approval = format!("{}: approval", forge.context());
    forgegate_tests::wait::until("the button is there", async || {
        let world = forge.fake.world();
        let run = world
            .statuses
            .iter()
            .find(|it| it.context == approval && it.sha == HEAD)?;
        assert_eq!(run.fields["external_id"], json!(held));
        (run.fields["actions"][0]["identifier"] == "approve").then_some(())
    })
    .await;

    let elsewhere = pressed(forge, "press-0", "approve", &held, &"2".repeat(40));
    assert_eq!(
        skipped(&testbed.gateway.post(&forge.hook(), elsewhere).await),
        "not_permitted"
    );
    assert_eq!(testbed.gateway.evaluation(&held).await["state"], "held");

    let press = pressed(forge, "press-1", "approve", &held, HEAD);
    let answer = testbed.gateway.post(&forge.hook(), press.clone()).await;
    assert_eq!(answer.queued(), held);
    let released = testbed.gateway.evaluation(&held).await;
    assert_fields(&released, &json!({ "state": "queued", "trust": "approved" }));
    let repeated = testbed.gateway.post(&forge.hook(), press).await;
    assert_eq!(repeated.message()["duplicate"], true, "{}", repeated.text);
    let again = pressed(forge, "press-2", "approve", &held, HEAD);
    assert_eq!(
        skipped(&testbed.gateway.post(&forge.hook(), again).await),
        "already_in_progress"
    );

    let delivery = testbed
        .gateway
        .get(&format!("/api/v1/deliveries/{}", answer.delivery_id()))
        .await;
    let steps = delivery["steps"].as_array().unwrap();
    let matched = steps.iter().find(|step| step["step"] == "match").unwrap();
    assert_eq!(matched["reason"], "ann pressed `approve`");
    assert_fields(&delivery, &json!({ "outcome": "queued", "evaluations": [held] }));
    let replay = format!("/api/v1/deliveries/{}/replay", delivery["id"].as_str().unwrap());
    let replayed = testbed.gateway.call("POST", &replay, None).await;
    assert_eq!(replayed.status, 201, "{}", replayed.text);
    assert_eq!(
        replayed.message()["skipped"][0]["reason"],
        "not_permitted",
        "{}",
        replayed.text
    );
    let line = |outcome: &str| {
        (
            "ann (github 51)".to_owned(),
            "press approve".to_owned(),
            outcome.to_owned(),
        )
    };
    assert_eq!(
        audited(&testbed).await,
        [line("403"), line("409"), line("200"), line("403")]
    );
    forgegate_tests::wait::until("the approval is told", async || {
        (forge.fake.world().states(HEAD, &approval).last() == Some(&"success")).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_rerun_button_queues_the_same_work_once_more() {
    let testbed = testbed().await;
    let forge = &testbed.forges[0];
    let sha = TestForge::sha(1);
    let first = testbed.push(forge, 1).await;
    let early = pressed(forge, "press-0", "rerequested", &first, &sha);
    assert_eq!(
        skipped(&testbed.gateway.post(&forge.hook(), early).await),
        "already_in_progress"
    );
    testbed.run_next("failed").await;
    forge.wait_for_state(1, "failure").await;

    let second = testbed
        .gateway
        .post(&forge.hook(), pressed(forge, "press-1", "rerequested", &first, &sha))
        .await
        .queued();
    let rerun = testbed.gateway.evaluation(&second).await;
    assert_fields(&rerun, &json!({ "rerun_of": first, "state": "queued", "sha": sha }));
    let twice = pressed(forge, "press-2", "rerequested", &first, &sha);
    assert_eq!(
        skipped(&testbed.gateway.post(&forge.hook(), twice).await),
        "already_in_progress"
    );
    assert_eq!(testbed.run_next("succeeded").await, second);
    forge.wait_for_state(1, "success").await;

    let third = testbed
        .gateway
        .post(&forge.hook(), all_again(forge, "press-3", &sha))
        .await
        .queued();
    let rerun = testbed.gateway.evaluation(&third).await;
    assert_eq!(
        (&rerun["rerun_of"], &rerun["state"]),
        (&json!(second), &json!("queued")),
        "the newest is run again: {rerun}"
    );
}

#[tokio::test]
async fn nobody_presses_a_button_of_what_is_not_theirs() {
    let testbed = testbed().await;
    let forge = &testbed.forges[0];
    let held = testbed.gateway.post(&forge.hook(), of_fork(forge)).await.queued();
    let none = async |delivery: Signed| {
        let answer = testbed.gateway.post(&forge.hook(), delivery).await;
        answer.expect_ok();
        assert_eq!(answer.message()["queued"], json!([]), "{}", answer.text);
        assert_eq!(
            testbed.gateway.evaluation(&held).await["state"],
            "held",
            "{}",
            answer.text
        );
    };
    // Another app's check, that repeats our evaluation's id.
    let theirs = pressed(forge, "press-1", "approve", &held, HEAD);
    let text = String::from_utf8(theirs.body)
        .unwrap()
        .replace("\"app\":{\"id\":4711}", "\"app\":{\"id\":99}");
    none(
        sign_for_app(&text, "application/json", "press-1", SECRET)
            .with("x-github-event", "check_run")
            .and("x-github-hook-installation-target-id", "4711")
            .and("x-github-hook-installation-target-type", "integration"),
    )
    .await;
    // Another repository of the installation, whose project has another evaluation.
    let other = pressed(forge, "press-2", "approve", &held, HEAD);
    let text = String::from_utf8(other.body)
        .unwrap()
        .replace("acme/widgets", "acme/gadgets");
    none(sign_for_app(&text, "application/json", "press-2", SECRET).with("x-github-event", "check_run")).await;
    // A bot.
    let bot = pressed(forge, "press-3", "approve", &held, HEAD);
    let text = String::from_utf8(bot.body)
        .unwrap()
        .replace("\"type\":\"User\"", "\"type\":\"Bot\"");
    none(sign_for_app(&text, "application/json", "press-3", SECRET).with("x-github-event", "check_run")).await;
    // An installation that nobody bound.
    let unbound = pressed(forge, "press-4", "approve", &held, HEAD);
    let text = String::from_utf8(unbound.body)
        .unwrap()
        .replace("\"installation\":{\"id\":50}", "\"installation\":{\"id\":51}");
    none(sign_for_app(&text, "application/json", "press-4", SECRET).with("x-github-event", "check_run")).await;
    // An evaluation that is not there.
    let press = pressed(
        forge,
        "press-5",
        "approve",
        "01920000-0000-7000-8000-000000000001",
        HEAD,
    );
    none(press).await;
}
