//! Secrets that change while deliveries come, and keys that are stronger than secrets.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use forgegate_model::crypto::MacState;
use forgegate_model::evidence::Digest;
use forgegate_tests::delivery::Signed;
use forgegate_tests::fields::assert_fields;
use forgegate_tests::wait::until;
use forgegate_tests::{Answer, Gateway, Push};
use serde_json::{Value, json};

const OLD: &str = "a secret of thirty-two characters";
const NEW: &str = "another secret of many characters";
const INTEGRATION: &str = "/api/v1/orgs/acme/integrations/inbound/hooks";
const HOOK: &str = "gitea/acme/hooks";
/// The bytes of the signing key, and the key as people have it.
const KEY: [u8; 32] = [7; 32];

async fn change(gateway: &Gateway, changes: Value) -> Answer {
    gateway.call("PATCH", INTEGRATION, Some(changes)).await
}

async fn status(gateway: &Gateway, number: u64, secret: &str) -> (u16, String) {
    let answer = gateway.post(HOOK, Push::new(number).signed(secret)).await;
    (answer.status, answer.code().to_owned())
}

fn mismatch() -> (u16, String) {
    (401, "signature_mismatch".to_owned())
}

fn let_in() -> (u16, String) {
    (200, String::new())
}

#[tokio::test]
async fn a_secret_that_is_replaced_ends_at_once() {
    let gateway = Gateway::with_project("").await;
    assert_eq!(status(&gateway, 1, OLD).await, let_in());
    assert_eq!(change(&gateway, json!({ "secret": NEW })).await.status, 200);
    assert_eq!(status(&gateway, 2, OLD).await, mismatch());
    assert_eq!(status(&gateway, 2, NEW).await, let_in());
    let cleared = change(&gateway, json!({ "secret": "" })).await;
    assert_eq!(cleared.message()["has_secret"], false, "{}", cleared.text);
    assert_eq!(status(&gateway, 3, NEW).await, (503, "no_secret".to_owned()));
}

#[tokio::test]
async fn both_secrets_count_while_one_takes_the_place_of_the_other() {
    let gateway = Gateway::with_project("").await;
    let rotated = change(&gateway, json!({ "secret": NEW, "keep_previous": "3s" })).await;
    rotated.expect_ok();
    assert_eq!(
        rotated.message()["secrets"].as_array().unwrap().len(),
        2,
        "{}",
        rotated.text
    );
    assert_eq!(status(&gateway, 1, NEW).await, let_in());
    assert_eq!(status(&gateway, 2, OLD).await, let_in());
    until("the use of both is shown", async || {
        let integration = gateway.get(INTEGRATION).await;
        let mut secrets = integration["secrets"].as_array().unwrap().iter();
        secrets.all(|it| it["last_used_at"].is_string()).then_some(())
    })
    .await;
    let mut number = 3;
    until("the older one has ended", async || {
        number += 1;
        (status(&gateway, number, OLD).await == mismatch()).then_some(())
    })
    .await;
    assert_eq!(status(&gateway, number + 1, NEW).await, let_in());
    until("it is shown no more", async || {
        let integration = gateway.get(INTEGRATION).await;
        (integration["secrets"].as_array().unwrap().len() == 1).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_weak_secret_and_a_malformed_key_are_refused_and_never_repeated() {
    let gateway = Gateway::with_project("").await;
    for (changes, code) in [
        (json!({ "secret": "only-15-bytes.." }), "weak_secret"),
        (json!({ "signing_key": "whsec_only-15-bytes.." }), "bad_request"),
        (json!({ "signing_key": "only-15-bytes.." }), "bad_request"),
    ] {
        let answer = change(&gateway, changes.clone()).await;
        assert_eq!(answer.status, 400, "{changes}: {}", answer.text);
        assert!([code, "weak_secret"].contains(&answer.code()), "{}", answer.text);
        assert!(!answer.text.contains("only-15"), "{}", answer.text);
    }
    assert_eq!(status(&gateway, 1, OLD).await, let_in());
}

/// A delivery signed with a key over its id, its time and its body.
fn keyed(id: &str, seconds: u64, key: &[u8]) -> Signed {
    let body = json!({
        "object_kind": "push", "event_name": "push", "before": "f".repeat(40), "after": "a".repeat(40), "ref": "refs/heads/main",
        "checkout_sha": "a".repeat(40), "user_id": 4, "user_name": "Ann", "user_username": "ann", "project_id": 15,
        "project": { "id": 15, "name": "widgets", "web_url": "https://git.example.com/acme/widgets", "namespace": "acme",
            "git_ssh_url": "git@git.example.com:acme/widgets.git", "git_http_url": "https://git.example.com/acme/widgets.git",
            "path_with_namespace": "acme/widgets", "default_branch": "main" },
        "commits": [], "total_commits_count": 0
    })
    .to_string();
    let mut mac = MacState::new(Digest::Sha256, key).unwrap();
    mac.update(format!("{id}.{seconds}.{body}").as_bytes());
    let fields = [
        ("content-type", "application/json".to_owned()),
        ("x-gitlab-event", "Push Hook".to_owned()),
        ("x-gitlab-token", OLD.to_owned()),
        ("webhook-id", id.to_owned()),
        ("webhook-timestamp", seconds.to_string()),
        ("webhook-signature", format!("v1,{}", STANDARD.encode(mac.tag()))),
    ];
    Signed {
        headers: fields.map(|(name, value)| (name.to_owned(), value)).to_vec(),
        body: body.into_bytes(),
    }
}

fn now() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.unwrap().as_secs()
}

#[tokio::test]
async fn a_signing_key_decides_and_its_time_must_be_near() {
    let gateway = Gateway::with_project("").await;
    let key = format!("whsec_{}", STANDARD.encode(KEY));
    let changed = change(&gateway, json!({ "signing_key": key })).await;
    assert_eq!(changed.message()["has_signing_key"], true, "{}", changed.text);
    let hook = "gitlab/acme/hooks";
    let good = gateway.post(hook, keyed("msg-1", now(), &KEY)).await;
    assert_fields(&good.expect_ok()["queued"][0], &json!({ "state": "queued" }));
    for (delivery, code) in [
        (keyed("msg-2", now() - 400, &KEY), "signature_stale"),
        (keyed("msg-3", now() + 400, &KEY), "signature_stale"),
        (keyed("msg-4", now(), &[8; 32]), "signature_mismatch"),
        (
            keyed("msg-5", now(), &KEY).with("webhook-id", "msg-6"),
            "signature_mismatch",
        ),
        (
            keyed("msg-7", now(), &KEY).with("webhook-timestamp", "1"),
            "signature_mismatch",
        ),
        (
            keyed("msg-8", now(), &KEY).without("webhook-signature"),
            "signature_missing",
        ),
    ] {
        let answer = gateway.post(hook, delivery).await;
        answer.expect_refusal(401, code);
    }
    // Who knows only the secret gets in by no other path either.
    assert_eq!(status(&gateway, 1, OLD).await, (401, "signature_missing".to_owned()));
    assert_eq!(change(&gateway, json!({ "signing_key": "" })).await.status, 200);
    assert_eq!(status(&gateway, 1, OLD).await, let_in());
}
