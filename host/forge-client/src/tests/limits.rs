//! What bounds a call: sizes, time, the budget, the breaker.

use std::io::Write as _;
use std::num::NonZeroU32;
use std::time::Duration;

use forgegate_sandbox::CallError;

use super::forge::{Forge, get, reply};
use super::harness::{Book, Harness, header, loopback};
use crate::{RatePolicy, SessionOptions, Settings};

/// Bytes that unpack to so many zeros.
fn gzip_of_zeros(megabytes: usize) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..megabytes {
        packer.write_all(&vec![0; 1 << 20]).unwrap();
    }
    packer.finish().unwrap()
}

#[tokio::test]
async fn an_answer_that_unpacks_to_too_much_is_given_up() {
    let harness = Harness::new();
    let bomb = gzip_of_zeros(64);
    assert!(bomb.len() < 1 << 20);
    let forge = Forge::answering(move |_| reply(200, &[("content-encoding", "gzip")], bomb.clone())).await;
    let error = harness.ask(&forge.url("")).await.unwrap_err();
    assert_eq!(error, CallError::TooLarge);
    let small = gzip_of_zeros(1);
    let forge = Forge::answering(move |_| reply(200, &[("content-encoding", "gzip")], small.clone())).await;
    let answer = harness.ask(&forge.url("")).await.unwrap();
    assert_eq!(answer.body.len(), 1 << 20);
    let forge = Forge::answering(|_| reply(200, &[], vec![b'x'; (4 << 20) + 1])).await;
    let error = harness.ask(&forge.url("")).await.unwrap_err();
    assert_eq!(error, CallError::TooLarge);
}

#[tokio::test]
async fn a_forge_that_never_answers_is_given_up_in_time() {
    let harness = Harness::new();
    let forge = Forge::answering(|_| None).await;
    let error = harness.ask(&forge.url("")).await.unwrap_err();
    assert_eq!(error, CallError::TimedOut);
    assert_eq!(harness.audited(), ["GET /api/v1/repos/a timed_out"]);
}

#[tokio::test]
async fn a_call_that_its_caller_gives_up_is_written_down() {
    let harness = Harness::new();
    let forge = Forge::answering(|_| None).await;
    let api = harness.session(&forge.url(""));
    let mut call = api.send(get(&["repos", "a"]));
    while forge.seen().is_empty() {
        assert!(futures_util::poll!(&mut call).is_pending());
        tokio::task::yield_now().await;
    }
    drop(call);
    assert_eq!(harness.audited(), ["GET /api/v1/repos/a given_up"]);
}

#[tokio::test]
async fn a_sick_forge_is_left_alone_and_a_probe_goes_through() {
    let harness = Harness::new();
    let forge = Forge::answering(|_| reply(502, &[], "")).await;
    let row = harness.integration(&forge.url(""), None);
    let api = harness.session_for(&row, header(), SessionOptions::default());
    for _ in 0..5 {
        assert_eq!(api.send(get(&["repos", "a"])).await.unwrap().status, 502);
    }
    let rests = api.send(get(&["repos", "a"])).await;
    assert!(matches!(rests, Err(CallError::Unreachable(_))), "{rests:?}");
    assert_eq!(forge.seen().len(), 5);
    let options = SessionOptions {
        rate_policy: RatePolicy::Probe,
        ..SessionOptions::default()
    };
    assert_eq!(
        harness
            .session_for(&row, header(), options)
            .send(get(&["repos", "a"]))
            .await
            .unwrap()
            .status,
        502
    );
    harness.monotonic.advance(Duration::from_secs(300));
    assert_eq!(
        api.send(get(&["repos", "a"])).await.unwrap().status,
        502,
        "the next probe is made"
    );
}

#[tokio::test]
async fn refusals_of_a_forge_do_not_open_the_breaker() {
    let harness = Harness::new();
    let forge = Forge::answering(|_| reply(403, &[], "")).await;
    let api = harness.session(&forge.url(""));
    for _ in 0..8 {
        assert_eq!(api.send(get(&["repos", "a"])).await.unwrap().status, 403);
    }
}

#[tokio::test]
async fn a_forge_that_is_not_there_opens_the_breaker_and_nobody_elses() {
    let harness = Harness::new();
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let api = harness.session(&format!("http://{gone}"));
    for _ in 0..6 {
        assert!(matches!(
            api.send(get(&["repos", "a"])).await,
            Err(CallError::Unreachable(_))
        ));
    }
    assert_eq!(harness.audited().len(), 5, "the sixth was not made");
    let forge = Forge::answering(|_| reply(200, &[], "")).await;
    assert!(harness.ask(&forge.url("")).await.is_ok());
}

#[tokio::test]
async fn a_budget_is_kept_per_credential_and_retry_after_is_obeyed() {
    let few = Settings {
        calls_per_minute: NonZeroU32::new(60).unwrap(),
        ..loopback()
    };
    let harness = Harness::with(&few, Book::default());
    let forge = Forge::answering(|seen| match seen.target.ends_with("/slow") {
        true => reply(429, &[("retry-after", "30")], ""),
        false => reply(200, &[], ""),
    })
    .await;
    let api = harness.session(&forge.url(""));
    for _ in 0..10 {
        assert!(api.send(get(&["repos", "a"])).await.is_ok());
    }
    assert_eq!(
        api.send(get(&["repos", "a"])).await,
        Err(CallError::RateLimited(Some(1)))
    );
    let other = harness.session(&forge.url(""));
    assert_eq!(other.send(get(&["repos", "slow"])).await.unwrap().status, 429);
    assert_eq!(
        other.send(get(&["repos", "a"])).await,
        Err(CallError::RateLimited(Some(30)))
    );
    harness.monotonic.advance(Duration::from_secs(30));
    assert!(other.send(get(&["repos", "a"])).await.is_ok());
}
