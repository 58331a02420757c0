//! A release whose payload does not tell the commit: the forge is asked, after the answer and for as long as it takes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

use forgegate_tests::forges::Fault;
use forgegate_tests::people::ANN;
use forgegate_tests::stage::{REPOSITORY, queued};
use forgegate_tests::{Answer, Side, Stage, wait};
use serde_json::{Value, json};

const TAGGED: &str = "dddddddddddddddddddddddddddddddddddddddd";

async fn staged(sides: Vec<Side>) -> Stage {
    let stage = Stage::set(sides, "").await;
    for side in &stage.sides {
        let mut world = side.forge.world();
        let widgets = world.repositories.iter_mut().find(|it| it.id == REPOSITORY).unwrap();
        widgets.tags.insert("v1".to_owned(), TAGGED.to_owned());
    }
    for side in &stage.sides {
        let trigger = json!({ "kind": "release", "integration": side.integration() });
        let path = format!("/api/v1/orgs/acme/projects/{}/triggers", side.project());
        stage.gateway.make(&path, trigger).await;
    }
    stage
}

/// The delivery's record once nothing is asked about it any more.
async fn settled(stage: &Stage, answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.text);
    let id = answer.message()["delivery_id"].as_str().unwrap().to_owned();
    wait::until("the forge has answered", async || {
        let row = stage.gateway.get(&format!("/api/v1/deliveries/{id}")).await;
        let stage = &row["follow_up"]["stage"];
        (stage.is_null() || stage == "done" || stage == "gave_up").then_some(row)
    })
    .await
}

#[tokio::test]
async fn a_release_is_evaluated_at_the_commit_of_its_tag_at_every_forge() {
    let stage = staged(Side::all().await).await;
    for side in &stage.sides {
        let answer = stage
            .gateway
            .post(&side.hook(), side.publishes(ANN, "v1", TAGGED))
            .await;
        if side.id == "gitlab" {
            queued(&answer);
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
                side.id,
                answer.text
            );
        }
        let row = settled(&stage, &answer).await;
        assert_eq!(row["outcome"], "queued", "{}: {row}", side.id);
        let evaluation = stage.gateway.evaluation(row["evaluations"][0].as_str().unwrap()).await;
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
            side.id
        );
        let again = stage
            .gateway
            .post(&side.hook(), side.publishes(ANN, "v1", TAGGED))
            .await;
        assert_eq!(again.message()["duplicate"], true, "{}", again.text);
        assert_eq!(
            again.message()["queued"][0]["evaluation_id"],
            evaluation["id"],
            "{}: {}",
            side.id,
            again.text
        );
    }
}

#[tokio::test]
async fn a_tag_that_is_not_there_is_on_record_as_that() {
    let stage = staged(vec![Side::gitea().await]).await;
    let side = &stage.sides[0];
    let answer = stage
        .gateway
        .post(&side.hook(), side.publishes(ANN, "v9", TAGGED))
        .await;
    let row = settled(&stage, &answer).await;
    assert_eq!(
        (&row["outcome"], &row["follow_up"]["stage"]),
        (&json!("skipped"), &json!("gave_up")),
        "{row}"
    );
    assert_eq!(
        row["answer"]["body"]["message"]["skipped"][0]["reason"], "filtered",
        "{row}"
    );
    let why = stage
        .gateway
        .get(&format!("/api/v1/deliveries/{}/why", row["id"].as_str().unwrap()))
        .await;
    let text = why["sentences"].to_string();
    assert!(
        text.contains("does not tell the commit") && text.contains("does not know it"),
        "{why}"
    );
}

#[tokio::test]
async fn what_a_dead_forge_was_to_be_asked_is_asked_when_it_is_back_and_after_a_crash() {
    let stage = staged(vec![Side::forgejo().await]).await;
    let side = stage.side("forgejo");
    for _ in 0..2 {
        side.forge.fault("GET", Fault::DropBefore);
    }
    let answer = stage
        .gateway
        .post(&side.hook(), side.publishes(ANN, "v1", TAGGED))
        .await;
    let stage = stage.kill_and_start();
    let row = settled(&stage, &answer).await;
    assert_eq!(
        (&row["outcome"], &row["evaluations"].as_array().unwrap().len()),
        (&json!("queued"), &1),
        "{row}"
    );
}
