//! The App: made, redeemed, looked up.

use forgegate_sdk::Method;
use forgegate_sdk::outbound::{AppSpec, OutboundError};
use forgegate_sdk::testing::expect;
use serde_json::{Value, json};

use super::{NOT_FOUND, forge};
use crate::describe::describe;
use crate::outbound::app::addresses;
use crate::outbound::app::draft_app;
use crate::outbound::app::find_installation;
use crate::outbound::app::redeem_app;

fn spec(owner: Option<&str>) -> AppSpec {
    AppSpec {
        name: "Forgegate of \"acme\"".into(),
        owner: owner.map(str::to_owned),
        home: "https://gate.example.com".into(),
        hook_url: "https://gate.example.com/api/v1/hooks/github".into(),
        callback_url: "http://127.0.0.1:4711/".into(),
        state: "s&t".into(),
    }
}

#[test]
fn an_app_is_drafted_as_a_manifest() {
    let form = draft_app(&spec(None));
    assert_eq!(form.path, ["settings", "apps", "new"]);
    assert_eq!(form.query, [("state".to_owned(), "s&t".to_owned())]);
    let [(name, manifest)] = &form.fields[..] else {
        panic!("{:?}", form.fields);
    };
    assert_eq!(name, "manifest");
    let manifest: Value = serde_json::from_str(manifest).unwrap();
    assert_eq!(
        manifest,
        json!({
            "name": "Forgegate of \"acme\"",
            "url": "https://gate.example.com",
            "hook_attributes": {"url": "https://gate.example.com/api/v1/hooks/github", "active": true},
            "redirect_url": "http://127.0.0.1:4711/",
            "public": false,
            "default_permissions": {
                "checks": "write", "statuses": "write", "contents": "read", "merge_queues": "read",
                "metadata": "read", "pull_requests": "write",
            },
            "default_events": describe().hook.events,
        })
    );
}

#[test]
fn an_organizations_app_is_made_in_its_settings() {
    let form = draft_app(&spec(Some("acme")));
    assert_eq!(form.path, ["organizations", "acme", "settings", "apps", "new"]);
}

#[test]
fn a_code_is_redeemed_with_every_secret_taken_out() {
    let exchange = redeem_app("a180b1a3d263c81bc6441d7b990bae27d4c10679").unwrap();
    assert_eq!(exchange.request.method, Method::Post);
    let code = "a180b1a3d263c81bc6441d7b990bae27d4c10679";
    assert_eq!(exchange.request.path, ["app-manifests", code, "conversions"]);
    assert_eq!(exchange.request.secrets, ["/pem", "/webhook_secret", "/client_secret"]);
    assert!(exchange.request.secrets.contains(&exchange.private_key));
    assert!(exchange.request.secrets.contains(&exchange.webhook_secret));
    assert_eq!((exchange.id.as_str(), exchange.page.as_str()), ("/id", "/html_url"));
    let path = "/app-manifests/{}/conversions";
    assert!(
        describe()
            .paths
            .iter()
            .any(|it| it.path == path && it.method == Method::Post)
    );
    for code in ["", "a/b", "..", "a b"] {
        assert!(matches!(redeem_app(code), Err(OutboundError::Rejected(_))), "{code:?}");
    }
}

#[test]
fn an_installation_is_known_by_the_number_of_its_account() {
    let body = r#"{"id": 9, "account": {"id": 1, "login": "acme", "type": "Organization"}, "app_id": 3,
        "repository_selection": "selected", "suspended_at": null, "permissions": {"checks": "write"}}"#;
    let _forge = forge([expect("GET /app/installations/9").answer(200, body)]);
    let found = find_installation("9").unwrap();
    assert_eq!((found.id.as_str(), found.account.id.as_deref()), ("9", Some("1")));
    assert_eq!(found.account.login, "acme");
    assert!(!found.suspended && !found.all_repositories);
}

#[test]
fn an_installation_may_be_suspended_or_an_enterprises() {
    let body = r#"{"id": 9, "account": {"id": 1, "slug": "acme-inc"}, "repository_selection": "all",
        "suspended_at": "2026-11-20T10:00:00Z"}"#;
    let _forge = forge([expect("GET /app/installations/9").answer(200, body)]);
    let found = find_installation("9").unwrap();
    assert!(found.suspended && found.all_repositories);
    assert_eq!(found.account.login, "acme-inc");
}

#[test]
fn another_apps_installation_is_not_found() {
    let call = "GET /app/installations/9";
    let _forge = forge([
        expect(call).answer(404, NOT_FOUND),
        expect(call).answer(401, "{}"),
        expect(call).answer(200, r#"{"id": 9}"#),
        expect(call).answer(200, "<html>"),
    ]);
    assert_eq!(find_installation("9"), Err(OutboundError::NotFound));
    assert_eq!(find_installation("9"), Err(OutboundError::Unauthorized));
    assert!(matches!(find_installation("9"), Err(OutboundError::Malformed(_))));
    assert!(matches!(find_installation("9"), Err(OutboundError::Malformed(_))));
}

#[test]
fn the_networks_are_those_of_the_hooks() {
    let body = r#"{"hooks": ["192.30.252.0/22", "2a0a:a440::/29"], "web": ["1.2.3.4/32"]}"#;
    let _forge = forge([
        expect("GET /meta").answer(200, body),
        expect("GET /meta").answer(200, r#"{"verifiable_password_authentication": true}"#),
    ]);
    assert_eq!(addresses().unwrap(), ["192.30.252.0/22", "2a0a:a440::/29"]);
    assert_eq!(addresses(), Err(OutboundError::Unsupported));
}
