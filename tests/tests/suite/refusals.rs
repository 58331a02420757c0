//! Refusals of deliveries: the answer that a forge gets, and the record of it.

use forgegate_tests::delivery::sign;
use forgegate_tests::fields::assert_fields;
use forgegate_tests::{Answer, Gateway, Push, SECRET};
use serde_json::{Value, json};

const HOOK: &str = "gitea/acme/hooks";

fn refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, answer.code()), (status, code), "{}", answer.text);
    assert_eq!(answer.body["error"], true);
    assert!(
        answer.body["message"]
            .as_str()
            .is_some_and(|sentence| !sentence.is_empty())
    );
    assert!(!answer.request_id.is_empty());
}

async fn counted(gateway: &Gateway, code: &str) -> Value {
    let refusals = gateway.get("/api/v1/refusals").await;
    let found = refusals["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|refusal| refusal["code"] == code)
        .cloned();
    found.unwrap_or_else(|| panic!("no refusal with {code} in {refusals}"))
}

#[tokio::test]
async fn a_wrong_signature_is_refused_and_counted() {
    let gateway = Gateway::with_project("").await;
    for _ in 0..3 {
        refused(
            &gateway
                .post(HOOK, Push::new(1).signed("another secret of many characters"))
                .await,
            401,
            "signature_mismatch",
        );
    }
    let refusal = counted(&gateway, "signature_mismatch").await;
    assert_fields(
        &refusal,
        &json!({ "count": 3, "organization": "acme", "integration": "hooks", "forge": "gitea" }),
    );
    assert!(
        refusal["headers"]
            .as_array()
            .unwrap()
            .contains(&json!("x-gitea-signature"))
    );
    assert_eq!(gateway.get("/api/v1/deliveries").await["items"], json!([]));
}

#[tokio::test]
async fn a_missing_or_empty_signature_is_refused_as_missing() {
    let gateway = Gateway::with_project("").await;
    let push = Push::new(1).signed(SECRET);
    refused(
        &gateway.post(HOOK, push.clone().without("x-gitea-signature")).await,
        401,
        "signature_missing",
    );
    refused(
        &gateway.post(HOOK, push.with("x-gitea-signature", "")).await,
        401,
        "signature_missing",
    );
}

#[tokio::test]
async fn unknown_names_share_one_counter() {
    let gateway = Gateway::with_project("").await;
    for path in ["gitea/acme/nobody", "gitea/nobody/hooks", "nowhere/acme/hooks", "gitea"] {
        refused(&gateway.post(path, Push::new(1).signed(SECRET)).await, 404, "not_found");
    }
    refused(
        &gateway.post("github/acme/hooks", Push::new(1).signed(SECRET)).await,
        404,
        "not_found",
    );
    counted(&gateway, "not_found").await;
}

#[tokio::test]
async fn an_integration_without_a_secret_is_503() {
    let gateway = Gateway::with_project("").await;
    gateway
        .make(
            "/api/v1/orgs/acme/integrations",
            json!({ "name": "bare", "kind": "inbound", "forge": "gitea" }),
        )
        .await;
    refused(
        &gateway.post("gitea/acme/bare", Push::new(1).signed(SECRET)).await,
        503,
        "no_secret",
    );
    assert_eq!(counted(&gateway, "no_secret").await["integration"], "bare");
}

#[tokio::test]
async fn a_source_that_is_not_listed_is_403_only_after_a_good_signature() {
    let gateway = Gateway::with_project("").await;
    let listed = json!({ "name": "listed", "kind": "inbound", "forge": "gitea", "secret": SECRET, "allowed_ips": ["192.0.2.0/24"] });
    gateway.make("/api/v1/orgs/acme/integrations", listed).await;
    refused(
        &gateway
            .post(
                "gitea/acme/listed",
                Push::new(1).signed("another secret of many characters"),
            )
            .await,
        401,
        "signature_mismatch",
    );
    refused(
        &gateway.post("gitea/acme/listed", Push::new(1).signed(SECRET)).await,
        403,
        "forbidden_source_ip",
    );
    let recorded = gateway.get("/api/v1/deliveries").await["items"][0].clone();
    assert_fields(
        &recorded,
        &json!({ "outcome": "forbidden", "reason": "forbidden_source_ip" }),
    );
}

#[tokio::test]
async fn a_body_over_the_limit_is_413() {
    let gateway = Gateway::with_project("[server]\nmax_body = \"4KiB\"\n").await;
    let mut push = Push::new(1);
    push.message = "x".repeat(5000);
    refused(&gateway.post(HOOK, push.signed(SECRET)).await, 413, "payload_too_large");
    counted(&gateway, "payload_too_large").await;
}

#[tokio::test]
async fn a_compressed_body_is_415() {
    let gateway = Gateway::with_project("").await;
    refused(
        &gateway
            .post(HOOK, Push::new(1).signed(SECRET).with("content-encoding", "gzip"))
            .await,
        415,
        "unsupported_content_type",
    );
}

#[tokio::test]
async fn a_payload_that_is_no_json_is_400_and_on_record() {
    let gateway = Gateway::with_project("").await;
    refused(
        &gateway.post(HOOK, sign("{\"ref\": ", "push", "d-1", SECRET)).await,
        400,
        "malformed_payload",
    );
    let listed = gateway.get("/api/v1/deliveries").await["items"][0].clone();
    assert_fields(
        &listed,
        &json!({ "outcome": "malformed", "reason": "malformed_payload" }),
    );
    let shown = gateway
        .get(&format!("/api/v1/deliveries/{}", listed["id"].as_str().unwrap()))
        .await;
    let parse = shown["steps"]
        .as_array()
        .unwrap()
        .iter()
        .find(|step| step["step"] == "parse")
        .unwrap();
    assert_eq!(parse["outcome"], "stopped");
    assert!(parse["reason"].as_str().unwrap().contains("line 1"), "{parse}");
    refused(
        &gateway.post(HOOK, sign("{\"ref\": ", "push", "d-1", SECRET)).await,
        400,
        "malformed_payload",
    );
}

#[tokio::test]
async fn other_methods_and_paths_are_answered_in_the_envelope() {
    let gateway = Gateway::with_project("").await;
    refused(
        &gateway.call("GET", "/api/v1/hooks/gitea/acme/hooks", None).await,
        405,
        "method_not_allowed",
    );
    refused(&gateway.call("GET", "/nowhere", None).await, 404, "not_found");
    refused(
        &gateway.call_as("fgt_nobody", "GET", "/api/v1/deliveries", None).await,
        401,
        "unauthorized",
    );
}

#[tokio::test]
async fn a_row_with_a_signing_key_takes_nothing_that_was_made_with_its_secret() {
    let gateway = Gateway::with_project("").await;
    let key = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    let both = json!({ "name": "both", "kind": "inbound", "forge": "gitlab", "secret": SECRET, "signing_key": key });
    gateway.make("/api/v1/orgs/acme/integrations", both).await;
    for forge in ["gitea", "forgejo", "gitlab"] {
        let token = Push::new(1)
            .signed(SECRET)
            .with("x-gitlab-token", SECRET)
            .with("x-gitlab-event", "Push Hook");
        let plain = if forge == "gitlab" {
            token
                .without("x-gitea-event")
                .without("x-gitea-event-type")
                .without("x-gitea-delivery")
                .without("x-gitea-signature")
        } else {
            Push::new(1).signed(SECRET)
        };
        refused(
            &gateway.post(&format!("{forge}/acme/both"), plain).await,
            401,
            "signature_missing",
        );
    }
}
