//! Calls with a stored token: where they go, what they carry, what comes back.

use forgegate_model::secret::Secret;
use forgegate_sandbox::{CallError, ForgeRequest};

use super::forge::{Forge, description, get, post, reply};
use super::harness::{Book, Harness, TOKEN, header, loopback};
use crate::{Principal, SessionOptions, Settings, WebRequest};

#[tokio::test]
async fn a_call_goes_under_the_sub_path_with_the_credential_and_is_written_down() {
    let harness = Harness::new();
    let forge = Forge::answering(|_| reply(201, &[("x-id", "7")], r#"{"id":7}"#)).await;
    let api = harness.session(&forge.url("/sub"));
    let request = ForgeRequest {
        query: vec![("q".to_owned(), "a&b".to_owned())],
        ..post(&["repos", "o/r", "statuses", "abc"], r#"{"state":"success"}"#)
    };
    let answer = api.send(request).await.unwrap();
    assert_eq!((answer.status, answer.body.as_slice()), (201, &br#"{"id":7}"#[..]));
    let [seen] = forge.seen().try_into().unwrap();
    assert_eq!(seen.target, "POST /sub/api/v1/repos/o%2Fr/statuses/abc?q=a%26b");
    assert_eq!(seen.authorization(), format!("Bearer {TOKEN}"));
    assert_eq!(seen.headers["content-type"], "application/json");
    assert!(seen.headers["user-agent"].to_str().unwrap().starts_with("forgegate/"));
    assert_eq!(harness.audited(), ["POST /sub/api/v1/repos/o%2Fr/statuses/abc 201"]);
}

#[tokio::test]
async fn what_no_template_declares_never_leaves() {
    let harness = Harness::new();
    let forge = Forge::answering(|_| reply(200, &[], "")).await;
    let api = harness.session(&forge.url(""));
    let refused = api.send(get(&["user", "keys"])).await;
    assert!(matches!(refused, Err(CallError::Refused(_))), "{refused:?}");
    assert!(forge.seen().is_empty() && harness.audited().is_empty());
}

#[tokio::test]
async fn a_redirect_elsewhere_is_an_answer_and_the_credential_stays() {
    let harness = Harness::new();
    let other = Forge::answering(|_| reply(200, &[], "stolen")).await;
    let target = other.url("/api/v1/repos/a");
    let forge = Forge::answering(move |_| reply(302, &[("location", &target)], "")).await;
    let answer = harness.ask(&forge.url("")).await.unwrap();
    assert_eq!(answer.status, 302);
    assert!(other.seen().is_empty());
    let outside = Forge::answering(|_| reply(307, &[("location", "/other/place")], "")).await;
    let answer = harness.ask(&outside.url("/sub")).await.unwrap();
    assert_eq!(
        (answer.status, outside.seen().len()),
        (307, 1),
        "it leads out of the API"
    );
}

#[tokio::test]
async fn redirects_within_the_api_are_followed_for_gets_and_not_for_ever() {
    let harness = Harness::new();
    let forge = Forge::answering(|seen| match seen.target.as_str() {
        "GET /api/v1/repos/old" => reply(301, &[("location", "/api/v1/repositories/7")], ""),
        "GET /api/v1/repositories/7" => reply(200, &[], "found"),
        _ => reply(302, &[("location", "/api/v1/repos/round")], ""),
    })
    .await;
    let api = harness.session(&forge.url(""));
    assert_eq!(api.send(get(&["repos", "old"])).await.unwrap().body, b"found");
    assert_eq!(api.send(get(&["repos", "round"])).await.unwrap().status, 302);
    assert_eq!(forge.seen().len(), 2 + 4);
    assert_eq!(
        api.send(post(&["repos", "a", "statuses", "b"], "{}"))
            .await
            .unwrap()
            .status,
        302
    );
    assert_eq!(forge.seen().len(), 2 + 4 + 1);
}

#[tokio::test]
async fn an_echo_of_the_credential_is_redacted() {
    let harness = Harness::new();
    let forge = Forge::answering(|seen| {
        reply(
            200,
            &[("x-echo", seen.authorization()), ("set-cookie", "a=b")],
            seen.authorization().to_owned(),
        )
    })
    .await;
    let answer = harness.ask(&forge.url("")).await.unwrap();
    assert_eq!(answer.body, b"Bearer ***");
    assert!(!format!("{answer:?}").contains(TOKEN));
    assert!(answer.headers.iter().all(|field| field.name != "set-cookie"));
}

#[tokio::test]
async fn the_webhook_secret_is_filled_in_and_never_shown() {
    let harness = Harness::new();
    let forge = Forge::answering(|seen| reply(200, &[], seen.body.clone())).await;
    let row = harness.integration(&forge.url(""), None);
    let options = SessionOptions {
        secret: Some(Secret::new("hook-secret-0123456789")),
        ..SessionOptions::default()
    };
    let api = harness.session_for(&row, header(), options);
    let request = post(&["repos", "a", "statuses", "b"], r#"{"secret":"{webhook-secret}"}"#);
    let answer = api.send(request).await.unwrap();
    assert_eq!(forge.seen()[0].body, r#"{"secret":"hook-secret-0123456789"}"#);
    assert_eq!(answer.body, br#"{"secret":"***"}"#);
}

#[tokio::test]
async fn an_address_of_the_own_network_is_refused_as_a_literal_and_behind_a_name() {
    let names = Book([("inside.example.org".to_owned(), vec!["127.0.0.1".parse().unwrap()])].into());
    let harness = Harness::with(
        &Settings {
            allow: Vec::new(),
            ..loopback()
        },
        names,
    );
    let forge = Forge::answering(|_| reply(200, &[], "")).await;
    let port = forge.address.port();
    for host in [
        "127.0.0.1",
        "0x7f.1",
        "2130706433",
        "[::ffff:127.0.0.1]",
        "localhost.",
        "inside.example.org",
    ] {
        let error = harness.ask(&format!("http://{host}:{port}")).await.unwrap_err();
        if host == "localhost." {
            assert!(matches!(error, CallError::Unreachable(_)), "{error:?}");
        } else {
            assert!(matches!(error, CallError::Refused(_)), "{host} {error:?}");
        }
        assert!(
            host.starts_with(|it: char| it.is_ascii_digit() || it == '[') || !error.to_string().contains("127.0.0.1")
        );
    }
    assert!(forge.seen().is_empty());
}

#[tokio::test]
async fn a_name_is_called_at_its_allowed_addresses_only() {
    let addresses = vec!["10.0.0.1".parse().unwrap(), "127.0.0.1".parse().unwrap()];
    let names = Book([("git.example.org".to_owned(), addresses)].into());
    let harness = Harness::with(
        &Settings {
            allow: vec!["127.0.0.1/32".parse().unwrap()],
            ..loopback()
        },
        names,
    );
    let forge = Forge::answering(|_| reply(200, &[], "")).await;
    let base = format!("http://git.example.org:{}", forge.address.port());
    assert_eq!(harness.ask(&base).await.unwrap().status, 200);
    assert_eq!(forge.seen().len(), 1);
}

#[test]
fn an_integration_whose_token_is_not_given_out_makes_no_call() {
    let harness = Harness::new();
    let integration = harness.integration("http://127.0.0.1:1", None);
    for (answer, sentence) in [
        (Ok(None), "no access token"),
        (Err("the integration has changed".to_owned()), "changed"),
    ] {
        harness.set_token(integration.id, answer);
        let principal = Principal::Integration(&integration);
        let identity = harness.client.identify(&description(), principal).unwrap();
        let session =
            harness
                .client
                .authenticate(&description(), principal, identity, header(), SessionOptions::default());
        let error = session.err().unwrap();
        assert!(error.to_string().contains(sentence), "{error}");
    }
}

#[tokio::test]
async fn a_web_request_is_posted_without_a_credential_and_its_path_is_nobodys() {
    let harness = Harness::new();
    let receiver = Forge::answering(|_| reply(429, &[("retry-after", "9")], "")).await;
    let row = harness.integration("http://127.0.0.1:1", None);
    let request = |url: String| WebRequest {
        organization: row.organization,
        target: "action chat".to_owned(),
        url,
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: b"{}".to_vec(),
    };
    let answer = harness
        .client
        .post(request(receiver.url("/hook/s3cret?x")))
        .await
        .unwrap();
    assert_eq!((answer.status, answer.retry_after.unwrap().as_secs()), (429, 9));
    assert_eq!(receiver.seen()[0].authorization(), "");
    assert_eq!(harness.audited(), [format!("POST {} 429", receiver.url(""))]);
    for bad in ["http://10.0.0.1/", "http://u:p@127.0.0.1/", "file:///etc/passwd", "x"] {
        assert!(
            matches!(
                harness.client.post(request(bad.to_owned())).await,
                Err(CallError::Refused(_))
            ),
            "{bad}"
        );
    }
}

#[tokio::test]
async fn a_code_is_exchanged_without_a_credential_and_written_down_by_its_template() {
    let harness = Harness::new();
    let forge = Forge::answering(|_| reply(201, &[], r#"{"pem":"p"}"#)).await;
    let request = post(&["app-manifests", "c0de", "conversions"], "{}");
    let answer = harness
        .client
        .exchange_code_at(&description(), &forge.url(""), request)
        .await
        .unwrap();
    assert_eq!(answer.body, br#"{"pem":"p"}"#);
    assert_eq!(forge.seen()[0].authorization(), "");
    assert_eq!(harness.audited(), ["POST /app-manifests/{}/conversions 201"]);
}
