//! Binding an installation by hand for an app with a key: the forge is asked, and its answer counts.

use forgegate_tests::configuration::{self, LOOPBACK_ALLOWED};
use forgegate_tests::fields::assert_fields;
use forgegate_tests::forges::{Account, App, AppSettings, FakeForge, Fault, Installation};
use forgegate_tests::{Answer, Gateway};
use serde_json::{Value, json};

const INSTALLATIONS: &str = "/api/v1/apps/github/installations";
const INTEGRATIONS: &str = "/api/v1/orgs/acme/integrations";
const ASKED: &str = "GET /api/v3/app/installations/77";

/// A gateway whose app has a key, an organization, and a forge where the app is installed as 77 for one repository of `Acme`.
async fn installed() -> (Gateway, FakeForge, App) {
    let (forge, app) = FakeForge::github(AppSettings::default()).await;
    add_installation(&forge);
    let gateway =
        Gateway::start_with(|folder| format!("{LOOPBACK_ALLOWED}{}", configuration::app(folder, &forge, &app)));
    gateway.make("/api/v1/orgs", json!({ "name": "acme" })).await;
    (gateway, forge, app)
}

fn add_installation(forge: &FakeForge) {
    let mut world = forge.world();
    world.found(7, "Acme/widgets", &"a".repeat(40));
    world.found(8, "Acme/other", &"b".repeat(40));
    world.installations.push(Installation {
        id: 77,
        account: Account {
            id: 30,
            login: "Acme".to_owned(),
            organization: true,
        },
        suspended: false,
        repositories: Some(vec![7]),
    });
}

async fn bind(gateway: &Gateway, id: &str, account: Option<&str>) -> Answer {
    let binding = json!({ "organization": "acme", "installation_id": id, "account": account });
    gateway.call("POST", INSTALLATIONS, Some(binding)).await
}

async fn nothing_is_made(gateway: &Gateway) {
    assert_eq!(gateway.get(INSTALLATIONS).await["items"], json!([]));
    assert_eq!(gateway.get(INTEGRATIONS).await["items"], json!([]));
}

#[tokio::test]
async fn account_and_selection_are_what_the_forge_says() {
    let (gateway, _forge, _app) = installed().await;
    let bound = bind(&gateway, "77", None).await;
    assert_eq!(bound.status, 201, "{}", bound.text);
    assert_eq!(
        *bound.message(),
        json!({ "id": "77", "forge": "github", "account": "Acme", "account_id": "30", "organization": "acme", "suspended": false,
            "repository_selection": "selected", "repositories": ["Acme/widgets"],
            "integrations": { "inbound": "github-acme", "outbound": "github-acme" }, "allowed_ips": [] })
    );
    bind(&gateway, "77", Some("acme"))
        .await
        .expect_refusal(409, "already_exists");
}

#[tokio::test]
async fn a_pair_can_be_made_as_integrations_without_naming_the_account() {
    let (gateway, forge, _app) = installed().await;
    forge.world().installations[0].suspended = true;
    forge.world().installations[0].repositories = None;
    let pair = gateway
        .make(INTEGRATIONS, json!({ "forge": "github", "installation_id": "77" }))
        .await;
    let pair: Vec<_> = pair["items"].as_array().unwrap().iter().collect();
    assert_eq!(
        pair.iter().map(|it| &it["account"]).collect::<Vec<_>>(),
        [&json!("Acme"), &json!("Acme")]
    );
    let shown = gateway.get(&format!("{INSTALLATIONS}/77")).await;
    assert_fields(&shown, &json!({ "suspended": true, "repository_selection": "all" }));
}

#[tokio::test]
async fn an_installation_that_the_forge_does_not_know_is_refused() {
    let (gateway, _forge, _app) = installed().await;
    bind(&gateway, "78", Some("acme"))
        .await
        .expect_refusal(400, "unknown_installation");
    let pair = json!({ "forge": "github", "installation_id": "78", "account": "acme" });
    let pair = gateway.call("POST", INTEGRATIONS, Some(pair)).await;
    pair.expect_refusal(400, "unknown_installation");
    nothing_is_made(&gateway).await;
}

#[tokio::test]
async fn whoever_names_another_account_is_refused_and_not_told_whose_it_is() {
    let (gateway, _forge, _app) = installed().await;
    let answer = bind(&gateway, "77", Some("umbrella")).await;
    answer.expect_refusal(400, "bad_request");
    let sentence = answer.sentence();
    assert!(
        sentence.contains("`account`") && sentence.contains("`Acme`"),
        "{sentence}"
    );

    let new = json!({ "name": "t", "scope": "organization", "organizations": ["acme"] });
    let token = gateway.make("/api/v1/tokens", new).await["token"].clone();
    gateway.make("/api/v1/orgs", json!({ "name": "second" })).await;
    for account in [json!("umbrella"), Value::Null] {
        let pair = json!({ "forge": "github", "installation_id": "77", "account": account });
        let answer = gateway
            .call_as(token.as_str().unwrap(), "POST", INTEGRATIONS, Some(pair))
            .await;
        assert!(matches!(answer.status, 400 | 403), "{}", answer.text);
        assert!(!answer.text.contains("Acme"), "{}", answer.text);
    }
    nothing_is_made(&gateway).await;
}

#[tokio::test]
async fn a_forge_that_does_not_answer_leaves_nothing_half_made() {
    let (gateway, forge, _app) = installed().await;
    for fault in [Fault::DropBefore, Fault::Fail(502), Fault::RateLimit(1)] {
        forge.fault(ASKED, fault);
        let answer = bind(&gateway, "77", Some("acme")).await;
        answer.expect_refusal(503, "plugin_unavailable");
        nothing_is_made(&gateway).await;
    }
    forge.fault("GET /api/v3/installation/repositories", Fault::Fail(500));
    bind(&gateway, "77", None)
        .await
        .expect_refusal(503, "plugin_unavailable");
    nothing_is_made(&gateway).await;
    let bound = bind(&gateway, "77", None).await;
    assert_eq!(bound.status, 201, "{}", bound.text);
}

#[tokio::test]
async fn an_app_that_the_forge_does_not_accept_is_told_as_such() {
    let (gateway, _forge, app) = installed().await;
    app.set(|settings| settings.id = 1);
    let answer = bind(&gateway, "77", None).await;
    answer.expect_refusal(503, "app_not_configured");
    assert!(answer.text.contains("apps.github.app_id"), "{}", answer.text);
    nothing_is_made(&gateway).await;
}
