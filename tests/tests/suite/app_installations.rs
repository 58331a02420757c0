//! A forge with an app: one URL and one secret for all installations, each bound to an organization.

use std::sync::Arc;

use forgegate_tests::configuration::app_without_key;
use forgegate_tests::delivery::{Signed, app_push, sign_for_app};
use forgegate_tests::fields::assert_fields;
use forgegate_tests::{Answer, Gateway, Push, SECRET};
use serde_json::{Value, json};
use tempfile::TempDir;

const INSTALLATIONS: &str = "/api/v1/apps/github/installations";

/// A gateway with an app, an organization and a project whose repository lies there. Nothing is bound.
async fn with_app() -> Gateway {
    with_app_and("").await
}

/// The same, with another line of configuration for the app.
async fn with_app_and(line: &str) -> Gateway {
    let folder = Arc::new(TempDir::new().unwrap());
    let gateway = start(folder, line);
    gateway.make("/api/v1/orgs", json!({ "name": "acme" })).await;
    let project = json!({ "name": "widgets", "repository": "github:acme/widgets" });
    gateway.make("/api/v1/orgs/acme/projects", project).await;
    gateway
}

/// A gateway with an app, over what is in a folder.
fn start(folder: Arc<TempDir>, line: &str) -> Gateway {
    let config = format!(
        "{}{line}
",
        app_without_key(&folder, SECRET)
    );
    Gateway::start_in(folder, &config)
}

/// A second organization with a project of the same repository, spelled another way.
async fn with_other(gateway: &Gateway) {
    gateway.make("/api/v1/orgs", json!({ "name": "other" })).await;
    let project = json!({ "name": "mirror", "repository": "git@github.com:Acme/Widgets.git" });
    gateway.make("/api/v1/orgs/other/projects", project).await;
}

/// A delivery of the app, about itself or a repository.
fn entries_of(event: &str, number: u64, payload: &Value) -> Signed {
    let payload = payload.to_string();
    sign_for_app(&payload, "application/json", &format!("i-{number}"), SECRET).with("x-github-event", event)
}

/// The payload of an `installation` delivery for the account 30, `acme`.
fn installation(action: &str, id: u64) -> Value {
    json!({
        "action": action,
        "installation": { "id": id, "account": { "login": "acme", "id": 30, "type": "Organization" },
            "repository_selection": "selected", "created_at": "2026-01-02T03:04:05Z", "suspended_at": null },
        "repositories": [{ "id": 28, "name": "widgets", "full_name": "acme/widgets", "private": false }],
        "sender": { "login": "ann", "id": 51, "type": "User" }
    })
}

async fn says(gateway: &Gateway, event: &str, number: u64, payload: &Value) -> Value {
    let answer = gateway.post("github", entries_of(event, number, payload)).await;
    answer.expect_ok();
    answer.message().clone()
}

/// The installations that are bound.
async fn bound(gateway: &Gateway) -> Vec<Value> {
    gateway.list(INSTALLATIONS).await
}

async fn confirm(gateway: &Gateway, organization: &str) -> Value {
    let account = json!({ "organization": organization, "account": "acme" });
    gateway.make(&format!("{INSTALLATIONS}/accounts"), account).await
}

/// The inbound and the outbound integration of a project.
async fn links(gateway: &Gateway, path: &str) -> (Value, Value) {
    let project = gateway.get(path).await;
    (
        project["inbound_integration"].clone(),
        project["outbound_integration"].clone(),
    )
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

#[tokio::test]
async fn a_push_of_a_bound_installation_is_queued() {
    let gateway = with_app().await;
    let bound = bind(&gateway, &[]).await;
    assert_fields(
        &bound,
        &json!({ "id": "50", "organization": "acme", "account": "Acme" }),
    );
    assert_eq!(
        bound["integrations"],
        json!({ "inbound": "github-acme", "outbound": "github-acme" })
    );
    let answer = gateway.post("github", push(1, 50)).await;
    assert_fields(&answer.expect_ok()["queued"][0], &json!({ "state": "queued" }));
    let id = answer.delivery_id();
    let record = gateway.delivery(id).await;
    assert_fields(
        &record,
        &json!({ "organization": null, "integration": null, "organizations": ["acme"] }),
    );
    let claimed = gateway.claim(5_000, false).await.expect("the evaluation");
    assert_eq!(claimed["evaluation"]["clone_url"], "https://github.com/acme/widgets");
    let again = gateway.post("github", push(1, 50)).await;
    assert_fields(again.expect_ok(), &json!({ "duplicate": true }));
}

#[tokio::test]
async fn an_installation_that_nobody_bound_is_acknowledged_and_left_alone() {
    let gateway = with_app().await;
    left_alone(&gateway.post("github", push(1, 50)).await, "no_linked_project");
    bind(&gateway, &[]).await;
    left_alone(&gateway.post("github", push(2, 51)).await, "no_linked_project");
    let deleted = gateway.call("DELETE", &format!("{INSTALLATIONS}/50"), None).await;
    deleted.expect_ok();
    left_alone(&gateway.post("github", push(3, 50)).await, "no_linked_project");
}

#[tokio::test]
async fn an_installations_own_list_leaves_out_what_it_does_not_admit() {
    let gateway = with_app().await;
    bind(&gateway, &["192.0.2.0/24"]).await;
    let answer = gateway.post("github", push(1, 50)).await;
    left_alone(&answer, "forbidden_source_ip");
    let id = answer.delivery_id();
    let record = gateway.delivery(id).await;
    assert_fields(
        &record,
        &json!({ "outcome": "ignored", "reason": "forbidden_source_ip" }),
    );

    let path = format!("{INSTALLATIONS}/50");
    let admitted = json!({ "allowed_ips": ["127.0.0.0/8"] });
    let changed = gateway.call("PATCH", &path, Some(admitted)).await;
    assert_fields(changed.expect_ok(), &json!({ "allowed_ips": ["127.0.0.0/8"] }));
    let answer = gateway.post("github", push(2, 50)).await;
    assert_eq!(answer.message()["queued"][0]["state"], "queued", "{}", answer.text);
}

#[tokio::test]
async fn the_app_has_one_url_and_one_secret() {
    let gateway = with_app().await;
    bind(&gateway, &[]).await;
    gateway
        .post("github/acme/github-acme", push(1, 50))
        .await
        .expect_refusal(404, "not_found");
    let payload = app_push(1, 50).to_string();
    let wrong = sign_for_app(&payload, "application/json", "d-1", "another secret of many characters");
    gateway
        .post("github", wrong)
        .await
        .expect_refusal(401, "signature_mismatch");
    gateway
        .post("github", push(1, 50).without("x-hub-signature-256"))
        .await
        .expect_refusal(401, "signature_missing");
    let foreign = push(1, 50).with("x-gitea-event", "push");
    gateway
        .post("github", foreign)
        .await
        .expect_refusal(401, "signature_mismatch");
    gateway
        .post("gitea", Push::new(1).signed(SECRET))
        .await
        .expect_refusal(404, "not_found");
}

#[tokio::test]
async fn a_forge_whose_app_is_not_configured_is_503() {
    let gateway = Gateway::start("");
    gateway.make("/api/v1/orgs", json!({ "name": "acme" })).await;
    gateway
        .post("github", push(1, 50))
        .await
        .expect_refusal(503, "app_not_configured");
    let binding = json!({ "organization": "acme", "installation_id": "50", "account": "acme" });
    let bound = gateway.call("POST", INSTALLATIONS, Some(binding)).await;
    bound.expect_refusal(503, "app_not_configured");
}

#[tokio::test]
async fn the_rows_of_an_app_are_not_to_be_edited() {
    let gateway = with_app().await;
    bind(&gateway, &[]).await;
    let path = "/api/v1/orgs/acme/integrations/inbound/github-acme";
    let changed = gateway.call("PATCH", path, Some(json!({ "allowed_ips": [] }))).await;
    changed.expect_refusal(400, "app_managed");
    let twice = json!({ "organization": "acme", "installation_id": "52", "account": "acme" });
    let twice = gateway.call("POST", INSTALLATIONS, Some(twice)).await;
    twice.expect_refusal(409, "already_exists");
}

#[tokio::test]
async fn two_organizations_see_their_own_part_of_an_apps_delivery() {
    let gateway = with_app().await;
    bind(&gateway, &[]).await;
    gateway.make("/api/v1/orgs", json!({ "name": "other" })).await;
    let new = json!({ "name": "t", "scope": "organization", "organizations": ["other"] });
    let token = gateway.make("/api/v1/tokens", new).await["token"].clone();
    let answer = gateway.post("github", push(1, 50)).await;
    let id = answer.delivery_id();
    let path = format!("/api/v1/deliveries/{id}");
    let hidden = gateway.call_as(token.as_str().unwrap(), "GET", &path, None).await;
    hidden.expect_refusal(404, "not_found");
}

const WIDGETS: &str = "/api/v1/orgs/acme/projects/widgets";

#[tokio::test]
async fn installing_the_app_binds_the_owner_of_a_covered_repository_once() {
    let gateway = with_app().await;
    let first = says(&gateway, "installation", 1, &installation("created", 50)).await;
    let installations = bound(&gateway).await;
    assert_eq!(installations.len(), 1, "{installations:?}");
    assert_eq!(
        installations[0],
        json!({ "id": "50", "forge": "github", "account": "acme", "account_id": "30", "organization": "acme",
            "suspended": false, "repository_selection": "selected", "repositories": ["acme/widgets"],
            "integrations": { "inbound": "github-acme", "outbound": "github-acme" }, "allowed_ips": [] })
    );
    assert_eq!(
        links(&gateway, WIDGETS).await,
        (json!("github-acme"), json!("github-acme"))
    );
    let record = gateway
        .get(&format!(
            "/api/v1/deliveries/{}",
            first["delivery_id"].as_str().unwrap()
        ))
        .await;
    assert_eq!(record["organizations"], json!(["acme"]), "it belongs to whom it bound");

    says(&gateway, "installation", 2, &installation("created", 50)).await;
    let integrations = gateway.get("/api/v1/orgs/acme/integrations").await;
    assert_eq!(
        (
            bound(&gateway).await.len(),
            integrations["items"].as_array().unwrap().len()
        ),
        (1, 2)
    );
    let answer = gateway.post("github", push(3, 50)).await;
    assert_eq!(answer.message()["queued"][0]["state"], "queued", "{}", answer.text);
}

#[tokio::test]
async fn with_several_organizations_nothing_is_bound_before_its_account_is_confirmed() {
    let gateway = with_app().await;
    with_other(&gateway).await;
    says(&gateway, "installation", 1, &installation("created", 50)).await;
    assert_eq!(bound(&gateway).await, [] as [Value; 0]);
    let by_hand = json!({ "organization": "other", "installation_id": "50", "account": "acme" });
    gateway
        .call("POST", INSTALLATIONS, Some(by_hand))
        .await
        .expect_refusal(403, "forbidden");
    let by_hand = json!({ "forge": "github", "installation_id": "50", "account": "acme" });
    let path = "/api/v1/orgs/other/integrations";
    gateway
        .call("POST", path, Some(by_hand))
        .await
        .expect_refusal(403, "forbidden");

    let confirmed = confirm(&gateway, "other").await;
    assert_fields(&confirmed, &json!({ "organization": "other", "account_id": "30" }));
    let added = json!({
        "action": "added", "installation": installation("added", 50)["installation"], "repository_selection": "selected",
        "repositories_added": [{ "id": 28, "full_name": "acme/widgets" }], "repositories_removed": [],
        "sender": { "login": "ann", "id": 51, "type": "User" }
    });
    says(&gateway, "installation_repositories", 2, &added).await;
    let installations = bound(&gateway).await;
    assert_eq!(
        (installations.len(), &installations[0]["organization"]),
        (1, &json!("other")),
        "{installations:?}"
    );
    assert_eq!(links(&gateway, WIDGETS).await, (Value::Null, Value::Null));
    let integrations = gateway.get("/api/v1/orgs/acme/integrations").await;
    assert_eq!(
        integrations["items"],
        json!([]),
        "what one tenant bound, another never sees"
    );

    let accounts = gateway
        .get(&format!("{INSTALLATIONS}/accounts?organization=acme"))
        .await;
    assert_eq!(accounts["items"], json!([]));
    confirm(&gateway, "acme").await;
    says(&gateway, "installation_repositories", 3, &added).await;
    assert_eq!(bound(&gateway).await.len(), 2);
    gateway
        .call("DELETE", &format!("{INSTALLATIONS}/50"), None)
        .await
        .expect_refusal(409, "conflict");
    let one = format!("{INSTALLATIONS}/50?organization=acme");
    gateway.delete(&one).await;
    let installations = bound(&gateway).await;
    assert_eq!(
        (installations.len(), &installations[0]["organization"]),
        (1, &json!("other")),
        "{installations:?}"
    );
}

#[tokio::test]
async fn verified_binds_only_what_was_confirmed_even_for_a_single_organization() {
    let gateway = with_app_and("bind = \"verified\"").await;
    says(&gateway, "installation", 1, &installation("created", 50)).await;
    assert_eq!(bound(&gateway).await, [] as [Value; 0]);
    confirm(&gateway, "acme").await;
    says(&gateway, "installation", 2, &installation("created", 50)).await;
    assert_eq!(bound(&gateway).await.len(), 1);
}

#[tokio::test]
async fn what_uninstalling_unlinked_is_linked_again_by_installing_even_after_a_crash() {
    let gateway = with_app().await;
    says(&gateway, "installation", 1, &installation("created", 50)).await;
    let tags = json!({ "kind": "tag", "integration": "github-acme" });
    gateway.make(&format!("{WIDGETS}/triggers"), tags).await;
    says(&gateway, "installation", 2, &installation("deleted", 50)).await;
    assert_eq!(bound(&gateway).await, [] as [Value; 0]);
    assert_eq!(links(&gateway, WIDGETS).await, (Value::Null, Value::Null));
    left_alone(&gateway.post("github", push(3, 50)).await, "no_linked_project");

    let gateway = start(gateway.kill(), "");
    says(&gateway, "installation", 4, &installation("created", 777)).await;
    let installations = bound(&gateway).await;
    assert_eq!(
        (installations.len(), &installations[0]["id"]),
        (1, &json!("777")),
        "{installations:?}"
    );
    let triggers = gateway.get(&format!("{WIDGETS}/triggers")).await;
    let linked: Vec<_> = triggers["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["integration"])
        .collect();
    assert_eq!(linked, [&json!("github-acme"), &json!("github-acme")]);
    left_alone(&gateway.post("github", push(5, 50)).await, "no_linked_project");
    let answer = gateway.post("github", push(6, 777)).await;
    assert_eq!(answer.message()["queued"][0]["state"], "queued", "{}", answer.text);
}

#[tokio::test]
async fn a_suspended_installation_is_shown_as_such() {
    let gateway = with_app().await;
    says(&gateway, "installation", 1, &installation("created", 50)).await;
    for (number, action, suspended) in [(2, "suspend", true), (3, "unsuspend", false)] {
        says(&gateway, "installation", number, &installation(action, 50)).await;
        let shown = gateway.get(&format!("{INSTALLATIONS}/50")).await;
        assert_eq!(shown["suspended"], suspended, "{action}");
    }
}

#[tokio::test]
async fn a_project_follows_its_repository_to_another_name() {
    let gateway = with_app().await;
    says(&gateway, "installation", 1, &installation("created", 50)).await;
    let queued = gateway.post("github", push(2, 50)).await;
    assert_eq!(queued.message()["queued"][0]["state"], "queued", "{}", queued.text);

    let renamed = |text: &str| text.replace("acme/widgets", "acme/gadgets");
    let mut payload: Value = serde_json::from_str(&renamed(&app_push(3, 50).to_string())).unwrap();
    payload["action"] = json!("renamed");
    payload["changes"] = json!({ "repository": { "name": { "from": "widgets" } } });
    says(&gateway, "repository", 3, &payload).await;
    let project = gateway.get(WIDGETS).await;
    assert_eq!(project["repository"], "github:acme/gadgets");
    let payload = renamed(&app_push(4, 50).to_string());
    let push = sign_for_app(&payload, "application/json", "d-4", SECRET);
    let answer = gateway.post("github", push).await;
    assert_eq!(answer.message()["queued"][0]["state"], "queued", "{}", answer.text);
    let audit = gateway.get("/api/v1/audit").await;
    let reasons = audit["items"].as_array().unwrap().iter();
    let entries_of: Vec<_> = reasons.filter(|it| it["action"] == "follow repository").collect();
    assert_eq!(entries_of.len(), 1);
    assert_eq!(
        entries_of[0]["target"],
        "widgets: github.com/acme/widgets is github.com/acme/gadgets now"
    );
}
