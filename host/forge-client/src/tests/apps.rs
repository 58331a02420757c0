//! Calls in the name of an app: signed claims, minted tokens.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use forgegate_model::timestamp::Timestamp;
use forgegate_sandbox::CallError;

use super::forge::{Forge, Seen, claims_of, get, reply};
use super::harness::{Harness, exchange};
use crate::SessionOptions;

const START: i64 = 1_800_000_000;

fn is_exchange(seen: &Seen) -> bool {
    seen.target.ends_with("/tokens")
}

/// Hands out numbered tokens that live so long; calls with one that was revoked are 401.
async fn forge_with_app(life: i64, revoked: &'static str) -> Forge {
    let minted = Arc::new(AtomicUsize::new(0));
    Forge::answering(move |seen| {
        if is_exchange(seen) {
            let token = format!("ghs_{}_{}", minted.fetch_add(1, Ordering::SeqCst), "x".repeat(400));
            let end = Timestamp::from_seconds(START + life).to_string();
            return reply(201, &[], format!(r#"{{"token":"{token}","expires_at":"{end}"}}"#));
        }
        let status = if !revoked.is_empty() && seen.authorization().contains(revoked) {
            401
        } else {
            200
        };
        reply(status, &[], seen.authorization().to_owned())
    })
    .await
}

fn counts(forge: &Forge) -> (usize, usize) {
    let seen = forge.seen();
    let exchanges = seen.iter().filter(|it| is_exchange(it)).count();
    (exchanges, seen.len() - exchanges)
}

#[tokio::test]
async fn an_installation_calls_with_a_minted_token_that_is_narrowed_and_kept() {
    let harness = Harness::new();
    let forge = forge_with_app(3600, "").await;
    let row = harness.integration(&forge.url(""), Some("42"));
    let options = SessionOptions {
        repository: Some("7".to_owned()),
        ..SessionOptions::default()
    };
    let api = harness.session_for(&row, exchange(), options.clone());
    let answer = api.send(get(&["repos", "a"])).await.unwrap();
    assert_eq!(answer.body, b"Bearer ***");
    let seen = forge.seen();
    assert_eq!(seen[0].target, "POST /api/v1/installations/42/tokens");
    assert_eq!(seen[0].body, r#"{"repository_ids":[7]}"#);
    let claims = claims_of(seen[0].authorization().strip_prefix("Bearer ").unwrap());
    assert_eq!(
        (claims["iss"].as_str(), claims["iat"].as_i64()),
        (Some("4711"), Some(START - 60))
    );
    assert!(seen[1].authorization().starts_with("Bearer ghs_0_"));
    harness
        .session_for(&row, exchange(), options)
        .send(get(&["repos", "a"]))
        .await
        .unwrap();
    assert_eq!(counts(&forge), (1, 2));
    harness
        .session_for(&row, exchange(), SessionOptions::default())
        .send(get(&["repos", "a"]))
        .await
        .unwrap();
    assert_eq!(counts(&forge), (2, 3), "without the repository it is another token");
    assert_eq!(harness.audited().len(), 5);
}

#[tokio::test]
async fn a_token_near_its_end_is_replaced() {
    let harness = Harness::new();
    let forge = forge_with_app(3600, "").await;
    let row = harness.integration(&forge.url(""), Some("42"));
    let api = harness.session_for(&row, exchange(), SessionOptions::default());
    for (passed, exchanges) in [(0, 1), (3500, 1), (41, 2)] {
        harness.pass_time(passed);
        api.send(get(&["repos", "a"])).await.unwrap();
        assert_eq!(counts(&forge).0, exchanges);
    }
}

#[tokio::test]
async fn many_calls_at_once_ask_for_one_token() {
    let harness = Harness::new();
    let forge = forge_with_app(3600, "").await;
    let row = harness.integration(&forge.url(""), Some("42"));
    let api = harness.session_for(&row, exchange(), SessionOptions::default());
    let all = futures_util::future::join_all((0..20).map(|_| api.send(get(&["repos", "a"])))).await;
    assert!(all.iter().all(Result::is_ok));
    assert_eq!(counts(&forge), (1, 20));
}

#[tokio::test]
async fn a_revoked_token_is_dropped_and_the_call_made_once_more() {
    let harness = Harness::new();
    let forge = forge_with_app(3600, "ghs_0_").await;
    let row = harness.integration(&forge.url(""), Some("42"));
    let api = harness.session_for(&row, exchange(), SessionOptions::default());
    let answer = api.send(get(&["repos", "a"])).await.unwrap();
    assert_eq!((answer.status, answer.body.as_slice()), (200, &b"Bearer ***"[..]));
    assert_eq!(counts(&forge), (2, 2));
    let never = forge_with_app(3600, "ghs_").await;
    let row = harness.integration(&never.url(""), Some("43"));
    let api = harness.session_for(&row, exchange(), SessionOptions::default());
    assert_eq!(api.send(get(&["repos", "a"])).await.unwrap().status, 401);
    assert_eq!(counts(&never), (2, 2), "once more and no oftener");
}

#[tokio::test]
async fn a_refused_exchange_says_its_status_and_nothing_of_its_words() {
    let harness = Harness::new();
    let forge = Forge::answering(|seen| reply(403, &[], format!("no: {}", seen.authorization()))).await;
    let row = harness.integration(&forge.url(""), Some("42"));
    let error = harness
        .session_for(&row, exchange(), SessionOptions::default())
        .send(get(&["repos", "a"]))
        .await
        .unwrap_err();
    assert_eq!(
        error,
        CallError::Other("the forge gave no token for the app: it answered 403".to_owned())
    );
}
