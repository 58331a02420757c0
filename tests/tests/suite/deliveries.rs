//! Deliveries up to a finished evaluation, and the answers to repeated ones.

use forgegate_tests::fields::assert_fields;
use forgegate_tests::{Gateway, Push, SECRET};
use serde_json::{Value, json};

const HOOK: &str = "gitea/acme/hooks";

async fn claim(gateway: &Gateway) -> Option<Value> {
    let answer = gateway
        .call(
            "POST",
            "/api/v1/evaluations/claim",
            Some(json!({ "worker": "w", "wait_ms": 10_000 })),
        )
        .await;
    match answer.status {
        200 => Some(answer.message().clone()),
        204 => None,
        status => panic!("{status}: {}", answer.text),
    }
}

#[tokio::test]
async fn a_signed_push_becomes_an_evaluation_that_a_worker_finishes() {
    let gateway = Gateway::with_project("").await;
    let push = Push::new(1);
    let answer = gateway.post(HOOK, push.signed(SECRET)).await;
    answer.expect_ok();
    let message = answer.message();
    assert_fields(
        message,
        &json!({ "event": "push", "duplicate": false, "projects_scanned": 1 }),
    );
    assert_eq!(message["queued"][0]["state"], "queued");

    let claimed = claim(&gateway).await.expect("an evaluation");
    let evaluation = &claimed["evaluation"];
    assert_eq!(evaluation["id"], message["queued"][0]["evaluation_id"]);
    assert_fields(
        evaluation,
        &json!({ "sha": push.sha(), "ref": push.ref_name, "trust": "trusted" }),
    );
    assert_fields(evaluation, &json!({ "state": "running", "attempt": 1 }));

    let id = evaluation["id"].as_str().unwrap();
    let lease = claimed["lease"]["token"].as_str().unwrap();
    let beat = gateway
        .call(
            "POST",
            &format!("/api/v1/evaluations/{id}/heartbeat"),
            Some(json!({ "lease": lease })),
        )
        .await;
    assert_fields(beat.expect_ok(), &json!({ "cancel": false }));
    let finish = json!({ "lease": lease, "state": "succeeded" });
    for _ in 0..2 {
        let finished = gateway
            .call(
                "POST",
                &format!("/api/v1/evaluations/{id}/finish"),
                Some(finish.clone()),
            )
            .await;
        assert_fields(finished.expect_ok(), &json!({ "state": "succeeded" }));
    }
    let other = gateway
        .call(
            "POST",
            &format!("/api/v1/evaluations/{id}/finish"),
            Some(json!({ "lease": "0".repeat(64), "state": "failed" })),
        )
        .await;
    assert_eq!((other.status, other.code()), (409, "lease_lost"));

    let delivery = gateway
        .get(&format!(
            "/api/v1/deliveries/{}",
            message["delivery_id"].as_str().unwrap()
        ))
        .await;
    let steps: Vec<&str> = delivery["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["step"].as_str().unwrap())
        .collect();
    assert_eq!(
        steps,
        [
            "route",
            "evidence",
            "body",
            "proof",
            "source",
            "recognise",
            "parse",
            "match",
            "commit",
            "answer"
        ]
    );
    assert_eq!(delivery["event"]["push"]["after"], push.sha());
    assert_eq!(delivery["outcome"], "queued");
}

#[tokio::test]
async fn a_delivery_sent_64_times_at_once_is_one_evaluation_and_63_duplicates() {
    let gateway = Gateway::with_project("").await;
    let push = Push::new(2).signed(SECRET);
    let posts: Vec<_> = (0..64).map(|_| gateway.post(HOOK, push.clone())).collect();
    let answers = futures_util::future::join_all(posts).await;
    assert!(answers.iter().all(|answer| answer.status == 200));
    let duplicates = answers
        .iter()
        .filter(|answer| answer.message()["duplicate"] == true)
        .count();
    assert_eq!(duplicates, 63);
    let first = answers[0].message()["delivery_id"].clone();
    assert!(answers.iter().all(|answer| answer.message()["delivery_id"] == first));
    assert_eq!(
        gateway.get("/api/v1/evaluations").await["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let recorded = gateway.get("/api/v1/deliveries").await["items"].clone();
    assert_eq!(
        (recorded.as_array().unwrap().len(), &recorded[0]["duplicates"]),
        (1, &json!(63))
    );
}

#[tokio::test]
async fn what_nobody_cares_about_is_acknowledged_with_its_reason() {
    let gateway = Gateway::with_project("").await;
    let mut elsewhere = Push::new(3);
    elsewhere.repository = "acme/gadgets".to_owned();
    let answer = gateway.post(HOOK, elsewhere.signed(SECRET)).await;
    assert_fields(answer.expect_ok(), &json!({ "reason": "no_matching_repository" }));
    let unknown = forgegate_tests::delivery::sign("{}", "something_new", "d-9", SECRET);
    let answer = gateway.post(HOOK, unknown).await;
    assert_fields(answer.expect_ok(), &json!({ "event": "something_new" }));
}

#[tokio::test]
async fn the_same_commit_again_under_another_id_is_in_progress() {
    let gateway = Gateway::with_project("").await;
    let push = Push::new(4);
    gateway.post(HOOK, push.signed(SECRET)).await;
    let again = push.signed(SECRET).with("x-gitea-delivery", "another-id");
    let answer = gateway.post(HOOK, again).await;
    assert_eq!(
        answer.message()["skipped"][0]["reason"],
        "already_in_progress",
        "{}",
        answer.text
    );
}

#[tokio::test]
async fn a_delivery_that_nobody_wanted_is_replayed_once_somebody_does() {
    let gateway = Gateway::with_project("").await;
    let mut elsewhere = Push::new(5);
    elsewhere.repository = "acme/gadgets".to_owned();
    let first = gateway.post(HOOK, elsewhere.signed(SECRET)).await;
    let first = first.delivery_id().to_owned();
    let project = json!({ "name": "gadgets", "repository": "https://git.example.com/acme/gadgets" });
    gateway.make("/api/v1/orgs/acme/projects", project).await;
    let trigger = json!({ "kind": "push", "integration": "hooks" });
    gateway
        .make("/api/v1/orgs/acme/projects/gadgets/triggers", trigger)
        .await;

    let replayed = gateway
        .make(&format!("/api/v1/deliveries/{first}/replay"), json!({}))
        .await;
    assert_eq!(replayed["queued"][0]["project_name"], "gadgets", "{replayed}");
    let again = gateway
        .make(&format!("/api/v1/deliveries/{first}/replay"), json!({}))
        .await;
    assert_eq!(again["skipped"][0]["reason"], "already_in_progress", "{again}");
    let shown = gateway
        .get(&format!(
            "/api/v1/deliveries/{}",
            replayed["delivery_id"].as_str().unwrap()
        ))
        .await;
    assert_fields(&shown, &json!({ "replay_of": first, "outcome": "queued" }));
}
