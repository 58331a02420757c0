//! A gateway that is asked to stop: it accepts nobody new, finishes requests in progress, and ends.

use std::time::{Duration, Instant};

use forgegate_tests::{Gateway, Push, SECRET};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Begins a request, and waits until the gateway asks for its body.
async fn begun(gateway: &Gateway, path: &str, headers: &[(String, String)], bytes: usize) -> TcpStream {
    let mut head =
        format!("POST {path} HTTP/1.1\r\nhost: localhost\r\nexpect: 100-continue\r\ncontent-length: {bytes}\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let mut stream = TcpStream::connect(gateway.address()).await.unwrap();
    stream.write_all(format!("{head}\r\n").as_bytes()).await.unwrap();
    let mut asked = [0; 25];
    stream.read_exact(&mut asked).await.unwrap();
    assert_eq!(&asked, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream
}

/// The answer, up to the end of the connection.
async fn answered(mut stream: TcpStream) -> String {
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn what_is_under_way_is_answered_and_what_waits_is_sent_away() {
    let gateway = Gateway::with_project("").await;
    let push = Push::new(1).signed(SECRET);
    let hook = "/api/v1/hooks/gitea/acme/hooks";
    let mut delivery = begun(&gateway, hook, &push.headers, push.body.len()).await;
    let (first, second) = push.body.split_at(push.body.len() / 2);
    delivery.write_all(first).await.unwrap();
    let claim = json!({ "worker": "w", "wait_ms": 60_000, "labels": ["none"] }).to_string();
    let fields = [
        ("authorization".to_owned(), format!("Bearer {}", gateway.token)),
        ("content-type".to_owned(), "application/json".to_owned()),
    ];
    let mut waiting = begun(&gateway, "/api/v1/evaluations/claim", &fields, claim.len()).await;
    waiting.write_all(claim.as_bytes()).await.unwrap();

    let asked = Instant::now();
    gateway.ask_to_stop();
    gateway.logged("draining").await;
    let sent_away = answered(waiting).await;
    assert!(sent_away.starts_with("HTTP/1.1 204 "), "{sent_away}");
    delivery.write_all(second).await.unwrap();
    let let_in = answered(delivery).await;
    assert!(let_in.starts_with("HTTP/1.1 200 "), "{let_in}");
    let folder = gateway.stop();
    assert!(asked.elapsed() < Duration::from_secs(20), "{:?}", asked.elapsed());
    let gateway = Gateway::start_in(folder, "");
    let evaluations = gateway.get("/api/v1/evaluations").await;
    assert_eq!(evaluations["items"][0]["sha"], json!(Push::new(1).sha()));
}

#[tokio::test]
async fn what_was_counted_is_there_after_a_stop() {
    let gateway = Gateway::with_project("").await;
    let push = Push::new(1).signed(SECRET);
    for _ in 0..3 {
        gateway.post("gitea/acme/hooks", push.clone()).await;
        let wrong = Push::new(2).signed("another secret of many characters");
        gateway.post("gitea/acme/hooks", wrong).await;
    }
    let gateway = Gateway::start_in(gateway.stop(), "");
    let deliveries = gateway.get("/api/v1/deliveries").await;
    assert_eq!(deliveries["items"][0]["duplicates"], 2, "{deliveries}");
    let refusals = gateway.get("/api/v1/refusals").await;
    assert_eq!(refusals["items"][0]["count"], 3, "{refusals}");
    let integration = gateway.get("/api/v1/orgs/acme/integrations/inbound/hooks").await;
    assert!(integration["secrets"][0]["last_used_at"].is_string(), "{integration}");
}

#[tokio::test]
async fn a_delivery_is_recognised_after_a_crash() {
    let gateway = Gateway::with_project("").await;
    let push = Push::new(1).signed(SECRET);
    let first = gateway.post("gitea/acme/hooks", push.clone()).await;
    let gateway = Gateway::start_in(gateway.kill(), "");
    let again = gateway.post("gitea/acme/hooks", push).await;
    assert_eq!(
        (again.status, &again.message()["duplicate"], &again.message()["queued"]),
        (200, &json!(true), &first.message()["queued"]),
        "{}",
        again.text
    );
    assert_eq!(again.message()["delivery_id"], first.message()["delivery_id"]);
}
