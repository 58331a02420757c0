//! The approval of other people's code, which holds for one commit.

use forgegate_tests::fields::assert_fields;
use forgegate_tests::{Answer, Gateway, PullRequest, SECRET};
use serde_json::{Value, json};

const HOOK: &str = "gitea/acme/hooks";
const FIRST: &str = "1111111111111111111111111111111111111111";
const SECOND: &str = "2222222222222222222222222222222222222222";

async fn gateway_with_pull_requests() -> Gateway {
    let gateway = Gateway::with_project("").await;
    let trigger = json!({ "kind": "pull_request", "integration": "hooks" });
    gateway
        .make("/api/v1/orgs/acme/projects/widgets/triggers", trigger)
        .await;
    gateway
}

/// Posts it, and answers the one evaluation that it must have caused.
async fn caused(gateway: &Gateway, pull_request: &PullRequest, state: &str) -> String {
    let answer = gateway.post(HOOK, pull_request.signed(SECRET)).await;
    let queued = &answer.message()["queued"];
    assert_eq!(
        (answer.status, &queued[0]["state"]),
        (200, &json!(state)),
        "{}",
        answer.text
    );
    queued[0]["evaluation_id"].as_str().unwrap().to_owned()
}

async fn approve(gateway: &Gateway, id: &str, sha: &str) -> Answer {
    let path = format!("/api/v1/evaluations/{id}/approve");
    gateway.call("POST", &path, Some(json!({ "sha": sha }))).await
}

fn is(evaluation: &Value, state: &str, trust: &str) {
    assert_fields(evaluation, &json!({ "state": state, "trust": trust }));
}

#[tokio::test]
async fn a_pull_request_of_a_fork_is_held_until_its_very_commit_is_approved() {
    let gateway = gateway_with_pull_requests().await;
    let id = caused(&gateway, &PullRequest::of_fork(5, FIRST), "held").await;
    is(&gateway.evaluation(&id).await, "held", "untrusted");
    let listed = gateway.get("/api/v1/deliveries").await;
    assert_eq!(listed["items"][0]["outcome"], "held");
    for approved in [false, true] {
        assert_eq!(gateway.claim(0, approved).await, None, "a held one was handed out");
    }

    let other = approve(&gateway, &id, SECOND).await;
    other.expect_refusal(409, "conflict");
    is(&gateway.evaluation(&id).await, "held", "untrusted");

    let approved = approve(&gateway, &id, FIRST).await;
    approved.expect_ok();
    is(approved.message(), "queued", "approved");
    assert_eq!(
        gateway.claim(0, false).await,
        None,
        "approved code went to a worker that did not ask for it"
    );
    let claimed = gateway.claim(5_000, true).await.expect("the approved one");
    assert_eq!(claimed["evaluation"]["id"], json!(id));
    is(&claimed["evaluation"], "running", "approved");
    let again = approve(&gateway, &id, FIRST).await;
    again.expect_refusal(409, "conflict");
}

#[tokio::test]
async fn a_further_commit_of_an_approved_pull_request_is_held_again() {
    let gateway = gateway_with_pull_requests().await;
    let first = caused(&gateway, &PullRequest::of_fork(5, FIRST), "held").await;
    assert_eq!(approve(&gateway, &first, FIRST).await.status, 200);
    let pushed = PullRequest {
        action: "synchronized",
        ..PullRequest::of_fork(5, SECOND)
    };
    let second = caused(&gateway, &pushed, "held").await;
    let stale = approve(&gateway, &second, FIRST).await;
    stale.expect_refusal(409, "conflict");
    is(&gateway.evaluation(&second).await, "held", "untrusted");
}

#[tokio::test]
async fn neither_a_replay_nor_a_rerun_nor_a_restart_releases_what_is_held() {
    let gateway = gateway_with_pull_requests().await;
    let id = caused(&gateway, &PullRequest::of_fork(5, FIRST), "held").await;
    let delivery = gateway.get("/api/v1/deliveries").await["items"][0]["id"].clone();
    let path = format!("/api/v1/deliveries/{}/replay", delivery.as_str().unwrap());
    let replayed = gateway.call("POST", &path, None).await;
    assert_eq!(replayed.status, 201, "{}", replayed.text);
    assert_eq!(
        replayed.message()["skipped"][0]["reason"],
        "already_in_progress",
        "{}",
        replayed.text
    );
    let path = format!("/api/v1/evaluations/{id}/rerun");
    let rerun = gateway.call("POST", &path, None).await;
    assert_eq!(rerun.status, 201, "{}", rerun.text);
    is(rerun.message(), "held", "untrusted");
    let gateway = Gateway::start_in(gateway.kill(), "");
    is(&gateway.evaluation(&id).await, "held", "untrusted");
    assert_eq!(gateway.claim(0, true).await, None);
}

#[tokio::test]
async fn a_pull_request_within_the_repository_is_trusted() {
    let gateway = gateway_with_pull_requests().await;
    let own = PullRequest {
        head: (7, "acme/widgets"),
        ..PullRequest::of_fork(6, FIRST)
    };
    let id = caused(&gateway, &own, "queued").await;
    is(&gateway.evaluation(&id).await, "queued", "trusted");
}

#[tokio::test]
async fn without_approval_asked_for_a_forks_code_still_goes_only_to_who_asks_for_it() {
    let gateway = Gateway::with_project("").await;
    let trigger = json!({ "kind": "pull_request", "integration": "hooks", "require_approval": false });
    gateway
        .make("/api/v1/orgs/acme/projects/widgets/triggers", trigger)
        .await;
    let id = caused(&gateway, &PullRequest::of_fork(5, FIRST), "queued").await;
    is(&gateway.evaluation(&id).await, "queued", "untrusted");
    assert_eq!(gateway.claim(0, false).await, None);
    let claimed = gateway.claim(5_000, true).await.expect("the untrusted one");
    assert_eq!(claimed["evaluation"]["id"], json!(id));
}
