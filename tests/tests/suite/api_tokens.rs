//! The reach of API tokens, and the audit log's entries about their use.

use forgegate_tests::fields::assert_fields;
use forgegate_tests::wait::until;
use forgegate_tests::{Answer, Gateway, Push, SECRET};
use serde_json::{Value, json};

/// A gateway with the organization `acme` and what belongs to it, and an organization `other` with nothing.
async fn two_organizations() -> Gateway {
    let gateway = Gateway::with_project("").await;
    gateway.make("/api/v1/orgs", json!({ "name": "other" })).await;
    gateway
}

fn refused(answer: &Answer, status: u16, code: &str, what: &str) {
    assert_eq!(
        (answer.status, answer.code()),
        (status, code),
        "{what}: {}",
        answer.text
    );
}

/// The entries of the audit log, newest first.
async fn audited(gateway: &Gateway) -> Vec<Value> {
    let entries = gateway.get("/api/v1/audit?limit=500").await;
    entries["items"].as_array().unwrap().clone()
}

fn entry<'a>(entries: &'a [Value], action: &str, outcome: &str) -> &'a Value {
    let mut found = entries.iter();
    found
        .find(|entry| entry["action"] == action && entry["outcome"] == outcome)
        .unwrap_or_else(|| panic!("no {action} {outcome} in {entries:?}"))
}

#[tokio::test]
async fn a_workers_token_claims_and_works_leases_and_nothing_else() {
    let gateway = two_organizations().await;
    let id = gateway.push(1).await;
    let worker = gateway
        .make_token(json!({ "name": "builder", "scope": "worker" }))
        .await;
    for (method, path) in [
        ("GET", "/api/v1/orgs".to_owned()),
        ("GET", "/api/v1/orgs/acme".to_owned()),
        ("GET", "/api/v1/orgs/acme/projects/widgets".to_owned()),
        ("GET", "/api/v1/evaluations".to_owned()),
        ("GET", format!("/api/v1/evaluations/{id}")),
        ("POST", format!("/api/v1/evaluations/{id}/cancel")),
        ("GET", "/api/v1/deliveries".to_owned()),
        ("GET", "/api/v1/refusals".to_owned()),
        ("GET", "/api/v1/tokens".to_owned()),
        ("GET", "/api/v1/audit".to_owned()),
        ("GET", "/api/v1/plugins".to_owned()),
        ("GET", "/metrics".to_owned()),
    ] {
        let answer = gateway.call_as(&worker, method, &path, None).await;
        refused(&answer, 403, "forbidden", &path);
    }
    let body = json!({ "worker": "w", "wait_ms": 5000 });
    let claimed = gateway
        .call_as(&worker, "POST", "/api/v1/evaluations/claim", Some(body))
        .await;
    claimed.expect_ok();
    let finish = json!({ "lease": claimed.message()["lease"]["token"], "state": "succeeded" });
    let path = format!("/api/v1/evaluations/{id}/finish");
    let finished = gateway.call_as(&worker, "POST", &path, Some(finish)).await;
    finished.expect_ok();
}

#[tokio::test]
async fn a_worker_gets_only_what_its_token_names() {
    let gateway = two_organizations().await;
    gateway.push(1).await;
    let elsewhere = json!({ "name": "elsewhere", "scope": "worker", "organizations": ["other"] });
    let elsewhere = gateway.make_token(elsewhere).await;
    let claim = |labels: Value| json!({ "worker": "w", "wait_ms": 0, "labels": labels });
    let nothing = gateway
        .call_as(&elsewhere, "POST", "/api/v1/evaluations/claim", Some(claim(json!([]))))
        .await;
    assert_eq!(nothing.status, 204, "{}", nothing.text);
    let labelled = json!({ "name": "labelled", "scope": "worker", "labels": ["linux"] });
    let labelled = gateway.make_token(labelled).await;
    let more = gateway
        .call_as(
            &labelled,
            "POST",
            "/api/v1/evaluations/claim",
            Some(claim(json!(["gpu"]))),
        )
        .await;
    refused(&more, 403, "forbidden", "a label that the token does not name");
}

#[tokio::test]
async fn an_organizations_token_sees_its_own_and_of_others_nothing() {
    let gateway = two_organizations().await;
    let evaluation = gateway.push(1).await;
    let delivery = gateway.get("/api/v1/deliveries").await["items"][0]["id"].clone();
    let delivery = delivery.as_str().unwrap();
    gateway
        .post(
            "gitea/acme/hooks",
            Push::new(2).signed("another secret of many characters"),
        )
        .await;
    let of = |name: &str| json!({ "name": name, "scope": "organization", "organizations": [name] });
    let own = gateway.make_token(of("acme")).await;
    let stranger = gateway.make_token(of("other")).await;
    let things = [
        "/api/v1/orgs/acme/integrations".to_owned(),
        "/api/v1/orgs/acme/integrations/inbound/hooks".to_owned(),
        "/api/v1/orgs/acme/projects/widgets".to_owned(),
        "/api/v1/orgs/acme/projects/widgets/triggers".to_owned(),
        format!("/api/v1/deliveries/{delivery}"),
        format!("/api/v1/deliveries/{delivery}/payload"),
        format!("/api/v1/evaluations/{evaluation}"),
    ];
    for path in &things {
        assert_eq!(gateway.call_as(&own, "GET", path, None).await.status, 200, "{path}");
        refused(
            &gateway.call_as(&stranger, "GET", path, None).await,
            404,
            "not_found",
            path,
        );
    }
    for path in [
        format!("/api/v1/evaluations/{evaluation}/cancel"),
        format!("/api/v1/evaluations/{evaluation}/rerun"),
        format!("/api/v1/deliveries/{delivery}/replay"),
    ] {
        refused(
            &gateway.call_as(&stranger, "POST", &path, None).await,
            404,
            "not_found",
            &path,
        );
    }
    for (list, mine) in [
        ("/api/v1/deliveries", 1),
        ("/api/v1/evaluations", 1),
        ("/api/v1/refusals", 1),
    ] {
        for (token, count) in [(&own, mine), (&stranger, 0)] {
            let answer = gateway.call_as(token, "GET", list, None).await;
            assert_eq!(answer.status, 200, "{list}: {}", answer.text);
            let items = answer.message()["items"].as_array().unwrap();
            assert_eq!(items.len(), count, "{list}: {}", answer.text);
        }
    }
    for path in ["/api/v1/orgs", "/api/v1/tokens", "/api/v1/plugins", "/metrics"] {
        refused(&gateway.call_as(&own, "GET", path, None).await, 403, "forbidden", path);
    }
    let body = json!({ "worker": "w", "wait_ms": 0 });
    let claim = gateway
        .call_as(&own, "POST", "/api/v1/evaluations/claim", Some(body))
        .await;
    refused(&claim, 403, "forbidden", "claim");
    let log = gateway.call_as(&stranger, "GET", "/api/v1/audit", None).await;
    log.expect_ok();
    for entry in log.message()["items"].as_array().unwrap() {
        let own = entry["actor"].as_str().unwrap().starts_with("other ") || entry["target"] == "other";
        assert!(own, "{entry}");
    }
}

#[tokio::test]
async fn a_token_that_expired_or_was_deleted_counts_no_more() {
    let gateway = two_organizations().await;
    let brief = json!({ "name": "brief", "scope": "admin", "expires_in": "1s" });
    let brief = gateway.make_token(brief).await;
    until("the token has expired", async || {
        let answer = gateway.call_as(&brief, "GET", "/api/v1/orgs", None).await;
        (answer.status != 200).then(|| refused(&answer, 401, "unauthorized", "an expired token"))
    })
    .await;
    let made = gateway
        .make("/api/v1/tokens", json!({ "name": "gone", "scope": "admin" }))
        .await;
    let path = format!("/api/v1/tokens/{}", made["id"].as_str().unwrap());
    let text = made["token"].as_str().unwrap();
    assert_eq!(gateway.call_as(text, "GET", "/api/v1/orgs", None).await.status, 200);
    let shown = gateway.get(&path).await;
    assert_fields(&shown, &json!({ "name": "gone", "token": null }));
    gateway.delete(&path).await;
    let answer = gateway.call_as(text, "GET", "/api/v1/orgs", None).await;
    refused(&answer, 401, "unauthorized", "a deleted token");
}

#[tokio::test]
async fn changes_refusals_and_shown_payloads_are_in_the_audit_log() {
    let gateway = two_organizations().await;
    gateway.push(1).await;
    let delivery = gateway.get("/api/v1/deliveries").await["items"][0]["id"].clone();
    let delivery = delivery.as_str().unwrap();
    let path = format!("/api/v1/deliveries/{delivery}/payload");
    let payload = gateway.call("GET", &path, None).await;
    assert_eq!((payload.status, &payload.body), (200, &Push::new(1).payload()));
    let worker = gateway
        .make_token(json!({ "name": "builder", "scope": "worker" }))
        .await;
    gateway.call_as(&worker, "DELETE", "/api/v1/orgs/acme", None).await;
    gateway.call("DELETE", "/api/v1/orgs/other", None).await;
    gateway.call_as("fgt_nobody", "DELETE", "/api/v1/orgs/acme", None).await;

    let entries = audited(&gateway).await;
    let made = entry(&entries, "POST /api/v1/orgs/{org}/projects", "201");
    assert!(made["target"].as_str().unwrap().contains("widgets"), "{made}");
    assert_eq!(made["source_ip"], "127.0.0.1");
    let shown = entry(&entries, "GET /api/v1/deliveries/{id}/payload", "200");
    assert_eq!(shown["target"], format!("delivery {delivery}"));
    let denied = entry(&entries, "DELETE /api/v1/orgs/{org}", "403");
    assert!(denied["actor"].as_str().unwrap().starts_with("builder "), "{denied}");
    let done = entry(&entries, "DELETE /api/v1/orgs/{org}", "200");
    assert!(done["target"].as_str().unwrap().contains("other"), "{done}");
    let by_nobody = entries.iter().filter(|entry| entry["outcome"] == "401").count();
    assert_eq!(by_nobody, 0, "a stranger wrote into the audit log");
    let text = serde_json::to_string(&entries).unwrap();
    assert!(!text.contains(SECRET) && !text.contains(&worker) && !text.contains(&gateway.token));
    let refusals = gateway.get("/api/v1/refusals").await;
    let mut counted = refusals["items"].as_array().unwrap().iter();
    assert!(counted.any(|refusal| refusal["code"] == "unauthorized"), "{refusals}");
}
