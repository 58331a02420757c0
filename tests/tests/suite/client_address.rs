//! The client's address behind proxies, and the allowlist that it is held against.

use forgegate_tests::fields::assert_fields;
use forgegate_tests::{Answer, Gateway, Push, SECRET};
use serde_json::{Value, json};

const LISTED: &str = "gitea/acme/listed";

/// A gateway with an integration that takes deliveries from 192.0.2.0/24 alone.
async fn listed(config: &str) -> Gateway {
    let gateway = Gateway::with_project(config).await;
    let listed = json!({ "name": "listed", "kind": "inbound", "forge": "gitea", "secret": SECRET, "allowed_ips": ["192.0.2.0/24"] });
    gateway.make("/api/v1/orgs/acme/integrations", listed).await;
    gateway
}

async fn post(gateway: &Gateway, number: u64, lines: &[&str]) -> Answer {
    let mut delivery = Push::new(number).signed(SECRET);
    for line in lines {
        delivery = delivery.and("x-forwarded-for", line);
    }
    gateway.post(LISTED, delivery).await
}

async fn newest(gateway: &Gateway) -> Value {
    gateway.get("/api/v1/deliveries?limit=1").await["items"][0].clone()
}

#[tokio::test]
async fn behind_trusted_proxies_the_first_untrusted_address_from_the_right_counts() {
    let gateway = listed("[server]\ntrusted_proxies = [\"127.0.0.1\", \"10.0.0.0/8\"]\n").await;
    let cases: [(&[&str], u16, &str); 10] = [
        (&["192.0.2.7"], 200, "192.0.2.7"),
        (&[], 403, "127.0.0.1"),
        (&["203.0.113.9"], 403, "203.0.113.9"),
        (&["192.0.2.7, 203.0.113.9"], 403, "203.0.113.9"),
        (&["203.0.113.9, 192.0.2.7"], 200, "192.0.2.7"),
        (&["192.0.2.7, 10.1.2.3, 127.0.0.1"], 200, "192.0.2.7"),
        (&["203.0.113.9", "192.0.2.7"], 200, "192.0.2.7"),
        (&["192.0.2.7", "203.0.113.9"], 403, "203.0.113.9"),
        (&["192.0.2.7, unknown, 10.1.2.3"], 403, "10.1.2.3"),
        (&["::ffff:192.0.2.7"], 200, "192.0.2.7"),
    ];
    for (number, (lines, status, source)) in (0..).zip(cases) {
        let answer = post(&gateway, number, lines).await;
        assert_eq!(answer.status, status, "{lines:?}: {}", answer.text);
        let record = newest(&gateway).await;
        assert_eq!(record["source_ip"], source, "{lines:?}");
        if status == 403 {
            assert_eq!(
                (answer.code(), &record["outcome"]),
                ("forbidden_source_ip", &json!("forbidden"))
            );
        }
    }
}

#[tokio::test]
async fn what_nobody_trusted_forwards_is_not_believed() {
    for config in ["", "[server]\ntrusted_proxies = [\"10.0.0.0/8\"]\n"] {
        let gateway = listed(config).await;
        let answer = post(&gateway, 1, &["192.0.2.7"]).await;
        answer.expect_refusal(403, "forbidden_source_ip");
        assert_eq!(newest(&gateway).await["source_ip"], "127.0.0.1");
    }
}

#[tokio::test]
async fn what_was_forbidden_may_come_again_once_the_list_admits_it() {
    let gateway = listed("").await;
    assert_eq!(post(&gateway, 1, &[]).await.status, 403);
    let changed = gateway
        .call(
            "PATCH",
            "/api/v1/orgs/acme/integrations/inbound/listed",
            Some(json!({ "allowed_ips": ["192.0.2.0/24", "127.0.0.1"] })),
        )
        .await;
    changed.expect_ok();
    let answer = post(&gateway, 1, &[]).await;
    assert_fields(answer.expect_ok(), &json!({ "duplicate": false }));
}
