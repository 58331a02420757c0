//! The outcome of a push under the settings of a project, and the reasons that the answer names.

use forgegate_tests::delivery::sign;
use forgegate_tests::fields::assert_fields;
use forgegate_tests::{Answer, Gateway, Push, SECRET};
use serde_json::{Value, json};

const HOOK: &str = "gitea/acme/hooks";
const PROJECT: &str = "/api/v1/orgs/acme/projects/widgets";

async fn gateway_with(project: Value) -> Gateway {
    let gateway = Gateway::with_project("").await;
    if project != json!({}) {
        gateway.change(PROJECT, project).await;
    }
    gateway
}

/// Changes the one trigger.
async fn trigger(gateway: &Gateway, changes: Value) {
    let path = format!("{PROJECT}/triggers");
    let id = gateway.get(&path).await["items"][0]["id"].clone();
    let path = format!("{path}/{}", id.as_str().unwrap());
    gateway.change(&path, changes).await;
}

async fn post(gateway: &Gateway, push: &Push) -> Answer {
    gateway.post(HOOK, push.signed(SECRET)).await
}

fn skipped(answer: &Answer, reason: &str) {
    let message = answer.message();
    assert_eq!(
        (answer.status, &message["skipped"][0]["reason"], &message["queued"]),
        (200, &json!(reason), &json!([])),
        "{}",
        answer.text
    );
}

fn on(number: u64, ref_name: &str) -> Push {
    Push {
        ref_name: ref_name.to_owned(),
        ..Push::new(number)
    }
}

/// A push whose `before` is another's commit.
async fn after(gateway: &Gateway, push: &Push, before: &Push) -> Answer {
    let mut payload = push.payload();
    payload["before"] = json!(before.sha());
    let delivery = sign(&payload.to_string(), "push", &push.delivery_id(), SECRET);
    gateway.post(HOOK, delivery).await
}

#[tokio::test]
async fn filters_and_requests_to_skip_are_named() {
    let gateway = gateway_with(json!({})).await;
    trigger(
        &gateway,
        json!({ "branches": ["main", "release/*", "!release/old"], "paths": ["src/**"] }),
    )
    .await;
    let mut wanted = on(1, "refs/heads/main").payload();
    wanted["commits"][0]["modified"] = json!(["src/lib.rs"]);
    let answer = gateway
        .post(HOOK, sign(&wanted.to_string(), "push", "d-1", SECRET))
        .await;
    answer.queued();
    skipped(&post(&gateway, &on(2, "refs/heads/main")).await, "paths_unchanged");
    skipped(&post(&gateway, &on(3, "refs/heads/other")).await, "filtered");
    skipped(&post(&gateway, &on(4, "refs/heads/release/old")).await, "filtered");
    trigger(&gateway, json!({ "paths": [] })).await;
    post(&gateway, &on(5, "refs/heads/release/1")).await.queued();
    let mut quiet = on(6, "refs/heads/main");
    quiet.message = "a change [skip ci]".to_owned();
    skipped(&post(&gateway, &quiet).await, "skip_requested");
    trigger(&gateway, json!({ "active": false })).await;
    skipped(&post(&gateway, &on(7, "refs/heads/main")).await, "inactive");
}

#[tokio::test]
async fn a_deleted_branch_queues_nothing() {
    let gateway = gateway_with(json!({})).await;
    let deleted = json!({ "ref": "b1", "ref_type": "branch", "pusher_type": "user",
        "repository": Push::new(1).payload()["repository"], "sender": { "id": 2, "login": "ann" } });
    let answer = gateway
        .post(HOOK, sign(&deleted.to_string(), "delete", "d-1", SECRET))
        .await;
    skipped(&answer, "filtered");
}

#[tokio::test]
async fn a_manual_project_waits_for_somebody_to_begin() {
    let gateway = gateway_with(json!({ "bootstrap": "manual" })).await;
    skipped(&post(&gateway, &Push::new(1)).await, "no_previous_evaluation");
    let begun = json!({ "ref": "refs/heads/main", "sha": Push::new(9).sha() });
    let begun = gateway.make(&format!("{PROJECT}/evaluate"), begun).await;
    assert_fields(&begun, &json!({ "state": "queued", "cause": { "event": "manual" } }));
    post(&gateway, &Push::new(2)).await.queued();
}

#[tokio::test]
async fn an_inactive_project_is_named_as_such() {
    let gateway = gateway_with(json!({ "active": false })).await;
    skipped(&post(&gateway, &Push::new(1)).await, "inactive");
}

#[tokio::test]
async fn a_push_takes_the_place_of_the_one_that_it_follows() {
    let gateway = gateway_with(json!({})).await;
    let (first, second) = (on(1, "refs/heads/main"), on(2, "refs/heads/main"));
    let older = post(&gateway, &first).await.queued();
    let newer = after(&gateway, &second, &first).await.queued();
    let evaluation = gateway.evaluation(&older).await;
    assert_fields(&evaluation, &json!({ "state": "superseded", "superseded_by": newer }));
    // What names nothing that waits supersedes nothing.
    let third = post(&gateway, &on(3, "refs/heads/main")).await.queued();
    assert_eq!(gateway.evaluation(&newer).await["state"], "queued");
    assert_ne!(third, newer);
}

#[tokio::test]
async fn a_worker_is_told_when_its_work_was_superseded() {
    let gateway = gateway_with(json!({})).await;
    let (first, second) = (on(1, "refs/heads/main"), on(2, "refs/heads/main"));
    let older = post(&gateway, &first).await.queued();
    let lease = gateway.claim(5_000, false).await.unwrap()["lease"]["token"].clone();
    after(&gateway, &second, &first).await.queued();
    let path = format!("/api/v1/evaluations/{older}");
    let beat = gateway
        .act(&format!("{path}/heartbeat"), Some(json!({ "lease": lease })))
        .await;
    assert_eq!(beat["cancel"], true);
    let finish = json!({ "lease": lease, "state": "succeeded" });
    let finish = gateway.call("POST", &format!("{path}/finish"), Some(finish)).await;
    assert_eq!(finish.status, 409, "{}", finish.text);
    assert_eq!(gateway.evaluation(&older).await["state"], "superseded");
}

#[tokio::test]
async fn under_skip_a_branch_has_one_at_a_time() {
    let gateway = gateway_with(json!({ "concurrency": "skip" })).await;
    post(&gateway, &on(1, "refs/heads/main")).await.queued();
    skipped(&post(&gateway, &on(2, "refs/heads/main")).await, "concurrency");
    post(&gateway, &on(3, "refs/heads/other")).await.queued();
}

#[tokio::test]
async fn under_queue_the_second_of_a_branch_starts_when_the_first_is_over() {
    let gateway = gateway_with(json!({ "concurrency": "queue" })).await;
    let first = post(&gateway, &on(1, "refs/heads/main")).await.queued();
    let second = post(&gateway, &on(2, "refs/heads/main")).await.queued();
    let claimed = gateway.claim(5_000, false).await.unwrap();
    assert_eq!(claimed["evaluation"]["id"], json!(first));
    assert_eq!(gateway.claim(0, false).await, None, "two of one branch at once");
    let waiting = gateway.claim(10_000, false);
    let finishing = async {
        let finish = json!({ "lease": claimed["lease"]["token"], "state": "succeeded" });
        gateway
            .act(&format!("/api/v1/evaluations/{first}/finish"), Some(finish))
            .await
    };
    let (next, _) = tokio::join!(waiting, finishing);
    assert_eq!(next.expect("the second")["evaluation"]["id"], json!(second));
}

#[tokio::test]
async fn another_repository_under_the_same_name_waits_for_an_owner() {
    let gateway = gateway_with(json!({})).await;
    post(&gateway, &Push::new(1)).await.queued();
    let mut replaced = Push::new(2).payload();
    replaced["repository"]["id"] = json!(99);
    let delivery = |id: &str| sign(&replaced.to_string(), "push", id, SECRET);
    skipped(&gateway.post(HOOK, delivery("d-1")).await, "repository_replaced");
    gateway.change(PROJECT, json!({ "repository_id": null })).await;
    gateway.post(HOOK, delivery("d-2")).await.queued();
    assert_eq!(gateway.get(PROJECT).await["repository_id"]["id"], "99");
}

#[tokio::test]
async fn a_projects_labels_pick_its_workers() {
    let gateway = gateway_with(json!({ "runs_on": ["linux", "gpu"] })).await;
    post(&gateway, &Push::new(1)).await.queued();
    let claim = async |labels: Value| {
        let body = json!({ "worker": "w", "wait_ms": 0, "labels": labels });
        gateway
            .call("POST", "/api/v1/evaluations/claim", Some(body))
            .await
            .status
    };
    assert_eq!(claim(json!(["linux"])).await, 204);
    assert_eq!(claim(json!([])).await, 204);
    assert_eq!(claim(json!(["gpu", "linux", "more"])).await, 200);
}
