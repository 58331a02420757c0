//! A plugin that means harm costs the one call, and is told apart by what it did.

use std::time::Duration;

use crate::common::{delivery, headers, hostile, sandbox, settings, with_payload};
use bytes::Bytes;
use forgegate_model::event::Detail;
use forgegate_model::evidence::{AuthenticDelivery, Check, Keys, LiveKey, ProofError};
use forgegate_model::secret::Secret;
use forgegate_model::timestamp::Timestamp;
use forgegate_sandbox::{Blame, Plugin, PluginError, Settings};

/// The words of the plugin, where it answered with any.
async fn said(plugin: &Plugin, delivery: &AuthenticDelivery) -> String {
    match plugin.parse(delivery).await.unwrap().unwrap().detail {
        Detail::Unknown(text) => text,
        other => panic!("not in words: {other:?}"),
    }
}

async fn failure(plugin: &Plugin, deed: &str) -> PluginError {
    plugin.parse(&delivery(deed)).await.unwrap_err()
}

#[tokio::test]
async fn each_harm_has_its_error_and_the_next_call_is_well() {
    let sandbox = sandbox(settings());
    let plugin = hostile(&sandbox).await;
    type Is = fn(&PluginError) -> bool;
    let trap: Is = |it| matches!(it, PluginError::Trap { .. });
    let memory: Is = |it| matches!(it, PluginError::Memory { .. });
    let too_large: Is = |it| matches!(it, PluginError::ResultTooLarge { .. });
    let late: Is = |it| matches!(it, PluginError::Deadline { .. });
    let bad: Is = |it| matches!(it, PluginError::BadOutput { .. });
    let harms = [
        ("trap", trap),
        ("panic", trap),
        ("recurse", trap),
        ("eat", memory),
        ("eat-at-once", memory),
        ("gigabyte", memory),
        ("result", too_large),
        ("spin", late),
        ("flood", bad),
        ("short-ref", bad),
        ("zeros", bad),
    ];
    for (deed, is) in harms {
        let error = failure(&plugin, deed).await;
        assert!(is(&error), "{deed}: {error:?}");
        assert_eq!(error.blame(), Blame::Guest, "{deed}");
        assert!(error.to_string().starts_with("plugin `hostile` "), "{error}");
        assert_eq!(said(&plugin, &delivery("hello")).await, "hello");
    }
    let figures = plugin.metrics();
    assert_eq!(figures.calls, 2 * harms.len() as u64);
    assert_eq!(figures.traps, harms.len() as u64 - 1);
    assert_eq!(figures.timeouts, 1);
    assert!(figures.p99_ms >= 500.0 && figures.p50_ms < 500.0, "{figures:?}");
}

#[tokio::test]
async fn harm_in_verify_is_contained_as_well() {
    let sandbox = sandbox(settings());
    let plugin = hostile(&sandbox).await;
    for deed in ["trap", "panic", "recurse", "eat", "spin"] {
        let error = plugin.verify(&headers(&[("x-verify", deed)])).await.unwrap_err();
        assert_eq!(error.blame(), Blame::Guest, "{deed}: {error}");
    }
    assert!(plugin.verify(&headers(&[])).await.unwrap().is_ok());
}

/// On one thread: whoever spins gives way at every tick.
#[tokio::test(flavor = "current_thread")]
async fn a_spinning_plugin_blocks_nobody() {
    let sandbox = sandbox(settings());
    let plugin = hostile(&sandbox).await;
    let (bad, good) = (delivery("spin"), delivery("hello"));
    let answers = async {
        let mut answers = 0;
        for _ in 0..50 {
            assert_eq!(said(&plugin, &good).await, "hello");
            answers += 1;
        }
        answers
    };
    tokio::select! {
        biased;
        spun = plugin.parse(&bad) => panic!("the spinning call ended first: {spun:?}"),
        answers = answers => assert_eq!(answers, 50),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn good_calls_among_bad_ones_all_succeed() {
    let sandbox = sandbox(Settings {
        slots: 32,
        ..settings()
    });
    let (bad, good) = (hostile(&sandbox).await, hostile(&sandbox).await);
    let mut attacks = tokio::task::JoinSet::new();
    for deed in [
        "trap",
        "panic",
        "recurse",
        "gigabyte",
        "flood",
        "eat-at-once",
        "call",
        "spin",
    ] {
        let bad = bad.clone();
        attacks.spawn(async move { bad.parse(&delivery(deed)).await.map(|_| ()) });
    }
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..200 {
        let good = good.clone();
        calls.spawn(async move { good.parse(&delivery("push")).await });
    }
    while let Some(answer) = calls.join_next().await {
        assert!(matches!(answer.unwrap().unwrap().unwrap().detail, Detail::Push(_)));
    }
    assert_eq!(good.metrics().calls, 200);
    assert_eq!(
        attacks.join_all().await.iter().filter(|it| it.is_ok()).count(),
        1,
        "only `call` answers"
    );
}

#[tokio::test]
async fn one_plugin_has_half_of_the_slots_and_leaves_the_rest() {
    let sandbox = sandbox(Settings {
        slots: 2,
        deadline: Duration::from_secs(60),
        ..settings()
    });
    let (bad, good) = (hostile(&sandbox).await, hostile(&sandbox).await);
    let (spin, hello) = (delivery("spin"), delivery("hello"));
    let others = async {
        let busy = bad.parse(&hello).await.unwrap_err();
        assert!(matches!(busy, PluginError::Busy { .. }), "{busy:?}");
        assert_eq!(busy.blame(), Blame::Host);
        assert_eq!(said(&good, &hello).await, "hello");
    };
    tokio::select! {
        biased;
        spun = bad.parse(&spin) => panic!("{spun:?}"),
        () = others => {}
    }
    // The spinning call was dropped with the `select`: its place is free at once.
    assert_eq!(said(&bad, &hello).await, "hello");
}

#[tokio::test]
async fn large_bodies_are_parsed_two_at_once() {
    let sandbox = sandbox(Settings {
        deadline: Duration::from_secs(60),
        ..settings()
    });
    let plugin = hostile(&sandbox).await;
    let large = Bytes::from(vec![b'x'; (1 << 20) + 1]);
    let spin = with_payload("spin", large.clone());
    let others = async {
        let third = plugin.parse(&with_payload("hello", large)).await.unwrap_err();
        assert!(matches!(third, PluginError::Busy { .. }), "{third:?}");
        assert_eq!(said(&plugin, &delivery("hello")).await, "hello");
    };
    tokio::select! {
        biased;
        spun = plugin.parse(&spin) => panic!("{spun:?}"),
        spun = plugin.parse(&spin) => panic!("{spun:?}"),
        () = others => {}
    }
}

#[tokio::test]
async fn nothing_of_a_delivery_is_found_by_the_next() {
    // One place: the second call gets the slot of the first.
    let sandbox = sandbox(Settings { slots: 1, ..settings() });
    let plugin = hostile(&sandbox).await;
    let secret = Bytes::from_static(b"a payload that is nobody else's business ");
    for _ in 0..3 {
        let left = said(&plugin, &with_payload("leave", secret.clone())).await;
        assert_eq!(left, format!("left {} bytes", 12 << 20));
        assert_eq!(said(&plugin, &delivery("find")).await, "found 0 bytes");
    }
}

#[tokio::test]
async fn calls_to_the_forge_are_refused_and_counted_while_reading() {
    let sandbox = sandbox(settings());
    let plugin = hostile(&sandbox).await;
    assert!(said(&plugin, &delivery("call")).await.contains("Refused"));
    let evidence = plugin.verify(&headers(&[("x-verify", "call")])).await.unwrap().unwrap();
    assert!(evidence.event.contains("Refused"), "{}", evidence.event);
    assert_eq!(plugin.metrics().refused_calls, 2);
}

const CREDENTIALS: [(&str, &str); 5] = [
    ("Authorization", "Basic hunter2"),
    ("proxy-authorization", "Basic hunter2"),
    ("COOKIE", "session=hunter2"),
    ("X-Secret", "hunter2"),
    ("x-secret", "hunter2"),
];

#[tokio::test]
async fn no_credential_reaches_a_plugin() {
    let sandbox = sandbox(settings());
    let plugin = hostile(&sandbox).await;
    let mut fields = CREDENTIALS.to_vec();
    fields.extend([("x-verify", "dump"), ("x-event", "e")]);
    let seen = plugin.verify(&headers(&fields)).await.unwrap().unwrap().event;
    assert_eq!(seen, "x-verify=dump;x-event=e;");
    let delivery = AuthenticDelivery::unproved(headers(&fields), "dump", Bytes::new(), None);
    assert_eq!(said(&plugin, &delivery).await, "x-verify=dump;x-event=e;");
}

#[tokio::test]
async fn evidence_cannot_lead_a_credential_out_nor_an_open_field_in() {
    let sandbox = sandbox(settings());
    let plugin = hostile(&sandbox).await;
    for deed in ["steal-secret", "open-token"] {
        let error = plugin.verify(&headers(&[("x-verify", deed)])).await.unwrap_err();
        assert!(matches!(error, PluginError::BadOutput { .. }), "{deed}: {error:?}");
    }
}

#[tokio::test]
async fn a_proof_that_covers_nothing_proves_nothing() {
    let sandbox = sandbox(settings());
    let plugin = hostile(&sandbox).await;
    let tag = "00".repeat(32);
    let fields = headers(&[("x-verify", "cover-nothing"), ("x-signature", &tag)]);
    let evidence = plugin.verify(&fields).await.unwrap().unwrap();
    let key = Secret::new(b"0123456789abcdef".to_vec());
    let keys = Keys {
        secrets: vec![LiveKey { index: 0, key }],
        signing_keys: vec![],
    };
    let refused = Check::begin(&evidence, &fields, &keys, Timestamp::from_seconds(0)).err();
    assert!(matches!(refused, Some(ProofError::Mismatch(_))), "{refused:?}");
}
