//! The API as its caller meets it: lists that go on, bodies read strictly, evaluations started by hand.

use forgegate_tests::configuration::LOOPBACK_ALLOWED;
use forgegate_tests::fields::assert_fields;
use forgegate_tests::forges::{FakeForge, Fault};
use forgegate_tests::{Gateway, Push, SECRET};
use serde_json::{Value, json};

const PROJECT: &str = "/api/v1/orgs/acme/projects/widgets";
const HEAD: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const OTHER: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

fn ids(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().unwrap().iter();
    items.map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_list_goes_on_where_the_row_of_its_cursor_is_gone() {
    let gateway = Gateway::with_project("").await;
    let lists = [
        (
            format!("{PROJECT}/triggers"),
            json!({ "kind": "tag", "integration": "hooks" }),
        ),
        (
            format!("{PROJECT}/actions"),
            json!({ "kind": "web_request", "url": "https://ci.example.com/" }),
        ),
        ("/api/v1/orgs".to_owned(), json!({})),
        ("/api/v1/tokens".to_owned(), json!({ "scope": "worker" })),
    ];
    for (path, new) in lists {
        for number in 0..3 {
            let mut new = new.clone();
            if new["kind"] != "tag" {
                new["name"] = format!("n{number}").into();
            }
            gateway.make(&path, new).await;
        }
        let all = gateway.get(&path).await;
        let first = gateway.get(&format!("{path}?limit=2")).await;
        assert_eq!(ids(&first), ids(&all)[..2], "{path}");
        let cursor = first["next"].as_str().unwrap();
        let gone = match &first["items"][1]["name"] {
            Value::String(name) if !path.ends_with("tokens") => name.clone(),
            _ => ids(&first)[1].clone(),
        };
        let gone = gateway.call("DELETE", &format!("{path}/{gone}"), None).await;
        assert_eq!(gone.status, 200, "{path}: {}", gone.text);
        let rest = gateway.get(&format!("{path}?cursor={cursor}")).await;
        assert_eq!(ids(&rest), ids(&all)[2..], "{path}");
        let wrong = gateway.call("GET", &format!("{path}?cursor=x"), None).await;
        assert_eq!((wrong.status, wrong.code()), (400, "bad_request"), "{path}");
    }
}

#[tokio::test]
async fn what_somebody_sends_is_never_passed_over() {
    let gateway = Gateway::with_project("").await;
    let evaluation = gateway.push(1).await;
    let calls = [
        ("/api/v1/orgs".to_owned(), json!(["later"]), "object"),
        (
            format!("/api/v1/evaluations/{evaluation}/cancel"),
            json!({ "why": 1 }),
            "`why`",
        ),
        (
            format!("/api/v1/evaluations/{evaluation}/rerun"),
            json!({ "sha": HEAD }),
            "`sha`",
        ),
        (
            format!("{PROJECT}/triggers"),
            json!({ "kind": "push", "integration": "hooks", "interval": "5m" }),
            "`interval`",
        ),
        (
            format!("{PROJECT}/triggers"),
            json!({ "kind": "schedule", "schedule": "0 3 * * *" }),
            "`integration`",
        ),
    ];
    for (path, body, named) in calls {
        let answer = gateway.call("POST", &path, Some(body)).await;
        assert_eq!((answer.status, answer.code()), (400, "bad_request"), "{path}");
        let sentence = answer.sentence();
        assert!(sentence.contains(named), "{path}: {sentence}");
    }
    assert_eq!(gateway.evaluation(&evaluation).await["state"], "queued");
}

/// A forge with `acme/widgets`, and a gateway with a project `widgets` for it that reports through the outbound integration `out`.
async fn with_forge(forge: &FakeForge, token: Option<&str>) -> Gateway {
    {
        let mut world = forge.world();
        world.enrol(9, "gate", "t-gate");
        let widgets = world.found(7, "acme/widgets", HEAD);
        widgets.branches.insert("b".to_owned(), OTHER.to_owned());
    }
    let gateway = Gateway::start(LOOPBACK_ALLOWED);
    gateway.make("/api/v1/orgs", json!({ "name": "acme" })).await;
    let mut row = json!({ "name": "out", "kind": "outbound", "forge": "gitea", "base_url": forge.url() });
    if let Some(token) = token {
        row["token"] = token.into();
    }
    gateway.make("/api/v1/orgs/acme/integrations", row).await;
    let project = json!({ "name": "widgets", "repository": format!("{}/acme/widgets", forge.url()) });
    let made = gateway.make("/api/v1/orgs/acme/projects", project).await;
    assert_eq!(made["outbound_integration"], "out");
    gateway
}

/// Starts an evaluation by hand, which must be refused: status, code and sentence.
async fn refused(gateway: &Gateway, body: Value) -> (u16, String, String) {
    let answer = gateway.call("POST", &format!("{PROJECT}/evaluate"), Some(body)).await;
    let sentence = answer.sentence().to_owned();
    (answer.status, answer.code().to_owned(), sentence)
}

#[tokio::test]
async fn the_forge_is_asked_for_the_head_of_a_ref() {
    let forge = FakeForge::gitea().await;
    let gateway = with_forge(&forge, Some("t-gate")).await;
    let path = format!("{PROJECT}/evaluate");
    let started = gateway.make(&path, json!({ "ref": "refs/heads/b" })).await;
    assert_eq!(started["sha"], OTHER);
    assert_fields(&started, &json!({ "ref": "refs/heads/b", "fetch_ref": "refs/heads/b" }));
    assert_eq!(started["cause"]["event"], "manual");
    assert!(forge.calls().iter().any(|call| call.call.path.contains("acme/widgets")));

    let (status, code, sentence) = refused(&gateway, json!({ "ref": "refs/heads/none" })).await;
    assert_eq!((status, code.as_str()), (400, "bad_request"));
    assert!(sentence.contains("refs/heads/none"), "{sentence}");

    forge.fault("/branches/main", Fault::Fail(401));
    let (status, _, sentence) = refused(&gateway, json!({ "ref": "refs/heads/main" })).await;
    assert!(status == 400 && sentence.contains("token"), "{status} {sentence}");
    forge.fault("/branches/main", Fault::Fail(503));
    let (status, code, _) = refused(&gateway, json!({ "ref": "refs/heads/main" })).await;
    assert_eq!((status, code.as_str()), (503, "overloaded"));
    assert_eq!(
        gateway.get("/api/v1/evaluations").await["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn without_a_token_the_commit_must_be_named() {
    let forge = FakeForge::gitea().await;
    let gateway = with_forge(&forge, None).await;
    let (status, code, sentence) = refused(&gateway, json!({ "ref": "refs/heads/main" })).await;
    assert_eq!((status, code.as_str()), (400, "bad_request"));
    assert!(sentence.contains("`out` has no token"), "{sentence}");
    let named = json!({ "ref": "refs/heads/main", "sha": HEAD });
    assert_eq!(gateway.make(&format!("{PROJECT}/evaluate"), named).await["sha"], HEAD);
    assert!(forge.calls().is_empty());
}

#[tokio::test]
async fn a_ref_that_is_not_named_is_the_default_branch() {
    let gateway = Gateway::with_project("").await;
    let (status, _, sentence) = refused(&gateway, json!({ "sha": HEAD })).await;
    assert!(status == 400 && sentence.contains("`ref`"), "{status} {sentence}");

    let push = Push::new(1);
    assert_ne!(push.ref_name, "refs/heads/main");
    gateway.post("gitea/acme/hooks", push.signed(SECRET)).await;
    let started = gateway
        .make(&format!("{PROJECT}/evaluate"), json!({ "sha": HEAD }))
        .await;
    assert_eq!(started["ref"], "refs/heads/main");
    assert_fields(&started, &json!({ "sha": HEAD, "fetch_ref": HEAD }));
    let (status, _, sentence) = refused(&gateway, json!({})).await;
    assert!(
        status == 400 && sentence.contains("no outbound integration"),
        "{sentence}"
    );
}
