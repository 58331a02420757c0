//! A forge with an app: one URL and one secret for all installations, each bound to an organization.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

use std::sync::Arc;

use forgegate_tests::delivery::{Signed, app_push, sign_for_app};
use forgegate_tests::{Answer, Gateway, Push};
use serde_json::{Value, json};
use tempfile::TempDir;

const SECRET: &str = "the secret of the app, of some length";
const INSTALLATIONS: &str = "/api/v1/apps/github/installations";

/// A gateway with an app, an organization and a project whose repository lies there. Nothing is bound.
async fn with_app() -> Gateway {
    let folder = Arc::new(TempDir::new().unwrap());
    let file = folder.path().join("app-secret");
    std::fs::write(&file, format!("{SECRET}\n")).unwrap();
    let config = format!("[apps.github]\napp_id = 1\nwebhook_secret_file = {file:?}\n");
    let gateway = Gateway::start_in(folder, &config);
    gateway.make("/api/v1/orgs", json!({ "name": "acme" })).await;
    let project = json!({ "name": "widgets", "repository": "github:acme/widgets" });
    gateway.make("/api/v1/orgs/acme/projects", project).await;
    gateway
}

async fn bind(gateway: &Gateway, allowed_ips: &[&str]) -> Value {
    let binding =
        json!({ "organization": "acme", "installation_id": "50", "account": "Acme", "allowed_ips": allowed_ips });
    gateway.make(INSTALLATIONS, binding).await
}

fn push(number: u64, installation: u64) -> Signed {
    let payload = app_push(number, installation).to_string();
    sign_for_app(&payload, "application/json", &format!("d-{number}"), SECRET)
}

/// Acknowledged, and nothing done, for this reason.
fn left_alone(answer: &Answer, reason: &str) {
    let message = answer.message();
    assert_eq!(
        (
            answer.status,
            &message["reason"],
            &message["queued"],
            &message["skipped"]
        ),
        (200, &json!(reason), &json!([]), &json!([])),
        "{}",
        answer.text
    );
}

fn refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, answer.code()), (status, code), "{}", answer.text);
}

#[tokio::test]
async fn a_push_of_a_bound_installation_is_queued() {
    let gateway = with_app().await;
    let bound = bind(&gateway, &[]).await;
    assert_eq!(
        (&bound["id"], &bound["organization"], &bound["account"]),
        (&json!("50"), &json!("acme"), &json!("Acme"))
    );
    assert_eq!(
        bound["integrations"],
        json!({ "inbound": "github-acme", "outbound": "github-acme" })
    );
    let answer = gateway.post("github", push(1, 50)).await;
    assert_eq!(
        (answer.status, &answer.message()["queued"][0]["state"]),
        (200, &json!("queued")),
        "{}",
        answer.text
    );
    let id = answer.message()["delivery_id"].as_str().unwrap();
    let record = gateway.get(&format!("/api/v1/deliveries/{id}")).await;
    assert_eq!(
        (
            &record["organization"],
            &record["integration"],
            &record["organizations"]
        ),
        (&Value::Null, &Value::Null, &json!(["acme"]))
    );
    let claimed = gateway.claim(5_000, false).await.expect("the evaluation");
    assert_eq!(claimed["evaluation"]["clone_url"], "https://github.com/acme/widgets");
    let again = gateway.post("github", push(1, 50)).await;
    assert_eq!((again.status, &again.message()["duplicate"]), (200, &json!(true)));
}

#[tokio::test]
async fn an_installation_that_nobody_bound_is_acknowledged_and_left_alone() {
    let gateway = with_app().await;
    left_alone(&gateway.post("github", push(1, 50)).await, "no_linked_project");
    bind(&gateway, &[]).await;
    left_alone(&gateway.post("github", push(2, 51)).await, "no_linked_project");
    let deleted = gateway.call("DELETE", &format!("{INSTALLATIONS}/50"), None).await;
    assert_eq!(deleted.status, 200, "{}", deleted.text);
    left_alone(&gateway.post("github", push(3, 50)).await, "no_linked_project");
}

#[tokio::test]
async fn an_installations_own_list_leaves_out_what_it_does_not_admit() {
    let gateway = with_app().await;
    bind(&gateway, &["192.0.2.0/24"]).await;
    let answer = gateway.post("github", push(1, 50)).await;
    left_alone(&answer, "forbidden_source_ip");
    let id = answer.message()["delivery_id"].as_str().unwrap();
    let record = gateway.get(&format!("/api/v1/deliveries/{id}")).await;
    assert_eq!(
        (&record["outcome"], &record["reason"]),
        (&json!("ignored"), &json!("forbidden_source_ip"))
    );

    let path = format!("{INSTALLATIONS}/50");
    let admitted = json!({ "allowed_ips": ["127.0.0.0/8"] });
    let changed = gateway.call("PATCH", &path, Some(admitted)).await;
    assert_eq!(
        (changed.status, &changed.message()["allowed_ips"]),
        (200, &json!(["127.0.0.0/8"])),
        "{}",
        changed.text
    );
    let answer = gateway.post("github", push(2, 50)).await;
    assert_eq!(answer.message()["queued"][0]["state"], "queued", "{}", answer.text);
}

#[tokio::test]
async fn the_app_has_one_url_and_one_secret() {
    let gateway = with_app().await;
    bind(&gateway, &[]).await;
    refused(
        &gateway.post("github/acme/github-acme", push(1, 50)).await,
        404,
        "not_found",
    );
    let payload = app_push(1, 50).to_string();
    let wrong = sign_for_app(&payload, "application/json", "d-1", "another secret of many characters");
    refused(&gateway.post("github", wrong).await, 401, "signature_mismatch");
    refused(
        &gateway.post("github", push(1, 50).without("x-hub-signature-256")).await,
        401,
        "signature_missing",
    );
    let foreign = push(1, 50).with("x-gitea-event", "push");
    refused(&gateway.post("github", foreign).await, 401, "signature_mismatch");
    refused(
        &gateway.post("gitea", Push::new(1).signed(SECRET)).await,
        404,
        "not_found",
    );
}

#[tokio::test]
async fn a_forge_whose_app_is_not_configured_is_503() {
    let gateway = Gateway::start("");
    gateway.make("/api/v1/orgs", json!({ "name": "acme" })).await;
    refused(&gateway.post("github", push(1, 50)).await, 503, "app_not_configured");
    let binding = json!({ "organization": "acme", "installation_id": "50", "account": "acme" });
    let bound = gateway.call("POST", INSTALLATIONS, Some(binding)).await;
    refused(&bound, 503, "app_not_configured");
}

#[tokio::test]
async fn the_rows_of_an_app_are_not_to_be_edited() {
    let gateway = with_app().await;
    bind(&gateway, &[]).await;
    let path = "/api/v1/orgs/acme/integrations/inbound/github-acme";
    let changed = gateway.call("PATCH", path, Some(json!({ "allowed_ips": [] }))).await;
    refused(&changed, 400, "app_managed");
    let twice = json!({ "organization": "acme", "installation_id": "52", "account": "acme" });
    let twice = gateway.call("POST", INSTALLATIONS, Some(twice)).await;
    refused(&twice, 409, "already_exists");
}

#[tokio::test]
async fn two_organizations_see_their_own_part_of_an_apps_delivery() {
    let gateway = with_app().await;
    bind(&gateway, &[]).await;
    gateway.make("/api/v1/orgs", json!({ "name": "other" })).await;
    let new = json!({ "name": "t", "scope": "organization", "organizations": ["other"] });
    let token = gateway.make("/api/v1/tokens", new).await["token"].clone();
    let answer = gateway.post("github", push(1, 50)).await;
    let id = answer.message()["delivery_id"].as_str().unwrap();
    let path = format!("/api/v1/deliveries/{id}");
    let hidden = gateway.call_as(token.as_str().unwrap(), "GET", &path, None).await;
    refused(&hidden, 404, "not_found");
}
