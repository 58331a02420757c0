//! Releases whose payload has no commit: the forge is asked for it after the answer.

use forgegate_tests::activity::ANN;
use forgegate_tests::fields::assert_fields;
use forgegate_tests::forges::Fault;
use forgegate_tests::test_forge::REPOSITORY;
use forgegate_tests::{Answer, TestForge, Testbed, wait};
use serde_json::{Value, json};

const TAGGED: &str = "dddddddddddddddddddddddddddddddddddddddd";

async fn testbed(forges: Vec<TestForge>) -> Testbed {
    let testbed = Testbed::start(forges, "").await;
    for forge in &testbed.forges {
        let mut world = forge.fake.world();
        let widgets = world.repositories.iter_mut().find(|it| it.id == REPOSITORY).unwrap();
        widgets.tags.insert("v1".to_owned(), TAGGED.to_owned());
    }
    for forge in &testbed.forges {
        let trigger = json!({ "kind": "release", "integration": forge.integration() });
        let path = format!("/api/v1/orgs/acme/projects/{}/triggers", forge.project());
        testbed.gateway.make(&path, trigger).await;
    }
    testbed
}

/// The delivery's record once nothing is asked about it any more.
async fn settled(testbed: &Testbed, answer: &Answer) -> Value {
    answer.expect_ok();
    let id = answer.delivery_id().to_owned();
    wait::until("the forge has answered", async || {
        let record = testbed.gateway.delivery(&id).await;
        let testbed = &record["follow_up"]["stage"];
        (testbed.is_null() || testbed == "done" || testbed == "gave_up").then_some(record)
    })
    .await
}

#[tokio::test]
async fn a_release_is_evaluated_at_the_commit_of_its_tag_at_every_forge() {
    let testbed = testbed(TestForge::all().await).await;
    for forge in &testbed.forges {
        let answer = testbed
            .gateway
            .post(&forge.hook(), forge.publish_release(ANN, "v1", TAGGED))
            .await;
        if forge.id == "gitlab" {
            answer.queued();
        } else {
            let lists = (
                &answer.message()["queued"],
                &answer.message()["skipped"],
                &answer.message()["reason"],
            );
            assert_eq!(
                lists,
                (&json!([]), &json!([]), &Value::Null),
                "{}: {}",
                forge.id,
                answer.text
            );
        }
        let record = settled(&testbed, &answer).await;
        assert_eq!(record["outcome"], "queued", "{}: {record}", forge.id);
        let evaluation = testbed
            .gateway
            .evaluation(record["evaluations"][0].as_str().unwrap())
            .await;
        let work = (
            &evaluation["sha"],
            &evaluation["ref"],
            &evaluation["state"],
            &evaluation["trust"],
        );
        assert_eq!(
            work,
            (
                &json!(TAGGED),
                &json!("refs/tags/v1"),
                &json!("queued"),
                &json!("trusted")
            ),
            "{}",
            forge.id
        );
        let again = testbed
            .gateway
            .post(&forge.hook(), forge.publish_release(ANN, "v1", TAGGED))
            .await;
        assert_eq!(again.message()["duplicate"], true, "{}", again.text);
        assert_eq!(
            again.message()["queued"][0]["evaluation_id"],
            evaluation["id"],
            "{}: {}",
            forge.id,
            again.text
        );
    }
}

#[tokio::test]
async fn a_tag_that_is_not_there_is_on_record_as_that() {
    let testbed = testbed(vec![TestForge::gitea().await]).await;
    let forge = &testbed.forges[0];
    let answer = testbed
        .gateway
        .post(&forge.hook(), forge.publish_release(ANN, "v9", TAGGED))
        .await;
    let record = settled(&testbed, &answer).await;
    assert_fields(
        &record,
        &json!({ "outcome": "skipped", "follow_up": { "stage": "gave_up" } }),
    );
    assert_eq!(
        record["answer"]["body"]["message"]["skipped"][0]["reason"], "filtered",
        "{record}"
    );
    let why = testbed
        .gateway
        .get(&format!("/api/v1/deliveries/{}/why", record["id"].as_str().unwrap()))
        .await;
    let text = why["sentences"].to_string();
    assert!(
        text.contains("does not tell the commit") && text.contains("does not know it"),
        "{why}"
    );
}

#[tokio::test]
async fn what_a_dead_forge_was_to_be_asked_is_asked_when_it_is_back_and_after_a_crash() {
    let testbed = testbed(vec![TestForge::forgejo().await]).await;
    let forge = testbed.forge("forgejo");
    for _ in 0..2 {
        forge.fake.fault("GET", Fault::DropBefore);
    }
    let answer = testbed
        .gateway
        .post(&forge.hook(), forge.publish_release(ANN, "v1", TAGGED))
        .await;
    let testbed = testbed.kill_and_start();
    let record = settled(&testbed, &answer).await;
    assert_eq!(
        (&record["outcome"], &record["evaluations"].as_array().unwrap().len()),
        (&json!("queued"), &1),
        "{record}"
    );
}
