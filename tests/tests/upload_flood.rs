//! Hundreds of slow, huge and unsigned uploads: signed deliveries are still accepted, and memory stays within its budget.

use std::future::pending;
use std::iter::{empty, repeat_n};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use forgegate_tests::delivery::Signed;
use forgegate_tests::wait::until;
use forgegate_tests::{Gateway, Push, SECRET};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

const HOOK: &str = "gitea/acme/hooks";
const MIB: u64 = 1 << 20;
const MB: u64 = 1_000_000;
const TENTH: Duration = Duration::from_millis(100);
/// A forge waits five to ten seconds.
const PATIENCE: Duration = Duration::from_secs(4);
/// No stranger's connection lasts longer.
const LONGEST: Duration = Duration::from_secs(15);

/// The head of a delivery whose proof could hold, for all that its header fields say.
fn head(content_length: u64) -> String {
    let signature = "ab".repeat(32);
    format!("{}x-gitea-signature: {signature}\r\n\r\n", unsigned(content_length))
}

/// The head of a delivery, up to where its signature would stand.
fn unsigned(content_length: u64) -> String {
    format!(
        "POST /api/v1/hooks/{HOOK} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\nx-gitea-event: push\r\n\
         x-gitea-delivery: d-1\r\ncontent-length: {content_length}\r\n"
    )
}

/// The answer to a stranger, as status and code; `None` if the connection ended before.
type Told = Option<(u16, String)>;

/// Sends a beginning, then pieces, each after a pause, until an answer comes or the connection ends.
async fn visit(address: String, beginning: String, pieces: impl Iterator<Item = Vec<u8>>, pause: Duration) -> Told {
    let stream = TcpStream::connect(address).await.expect("a connection");
    let (mut from, mut to) = stream.into_split();
    let sending = async {
        let mut sent = to.write_all(beginning.as_bytes()).await;
        for piece in pieces {
            if !pause.is_zero() {
                sleep(pause).await;
            }
            if sent.is_err() {
                break;
            }
            sent = to.write_all(&piece).await;
        }
        pending::<Told>().await
    };
    let hearing = async {
        let mut heard = Vec::new();
        let mut buffer = [0; 4096];
        while let Ok(read @ 1..) = from.read(&mut buffer).await {
            heard.extend_from_slice(&buffer[..read]);
            if let Some(told) = told(&heard) {
                return Some(told);
            }
        }
        None
    };
    let heard = async {
        tokio::select! {
            told = sending => told,
            told = hearing => told,
        }
    };
    timeout(LONGEST, heard).await.expect("the gateway to end it")
}

/// The status and the code of an answer, once all of it is there.
fn told(heard: &[u8]) -> Told {
    let text = String::from_utf8_lossy(heard);
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let body: serde_json::Value = serde_json::from_str(body).ok()?;
    Some((status, body["code"].as_str().unwrap_or_default().to_owned()))
}

/// A visit that begins a header and never ends it.
async fn half_a_header(address: String) -> Told {
    let beginning = "POST /api/v1/hooks/gitea HTTP/1.1\r\nhost: local".to_owned();
    visit(address, beginning, empty(), Duration::ZERO).await
}

/// A visit that sends a byte every tenth of a second.
async fn trickle(address: String) -> Told {
    visit(address, head(MIB), repeat_n(vec![b'x'], 1 << 20), TENTH).await
}

/// A visit that sends 25 MB as fast as possible.
async fn flood(address: String) -> Told {
    visit(
        address,
        head(25 * MB),
        repeat_n(vec![b'x'; 50_000], 500),
        Duration::ZERO,
    )
    .await
}

/// A visit with an unsigned delivery that announces 25 MB.
async fn nobody(address: String) -> Told {
    visit(address, format!("{}\r\n", unsigned(25 * MB)), empty(), Duration::ZERO).await
}

/// A stranger, and what became of it.
async fn visitor(who: &'static str, visit: impl Future<Output = Told>) -> (&'static str, Told) {
    (who, visit.await)
}

/// The most memory that the gateway had while it was watched.
struct Watch {
    most: Arc<AtomicU64>,
    over: Arc<AtomicBool>,
    watching: std::thread::JoinHandle<()>,
}

impl Watch {
    fn begin(gateway: &Gateway) -> Self {
        let (most, over) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
        let (kept, until, status) = (Arc::clone(&most), Arc::clone(&over), gateway.memory());
        let watching = std::thread::spawn(move || {
            while !until.load(Ordering::Relaxed) {
                kept.fetch_max(status.resident_bytes(), Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(10));
            }
        });
        Self { most, over, watching }
    }

    fn end(self) -> u64 {
        self.over.store(true, Ordering::Relaxed);
        self.watching.join().unwrap();
        self.most.load(Ordering::Relaxed)
    }
}

/// A push of so many bytes, signed.
fn large(number: u64, bytes: usize) -> Signed {
    let mut push = Push::new(number);
    push.message = "x".repeat(bytes);
    push.signed(SECRET)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn among_hundreds_of_strangers_signed_deliveries_get_in_and_memory_stays_within_its_budget() {
    let gateway = Gateway::with_project("[server]\nmax_in_flight = \"64MiB\"\n").await;
    gateway.push(0).await;
    let before = gateway.resident_bytes();
    let watch = Watch::begin(&gateway);

    let mut strangers = JoinSet::new();
    for _ in 0..100 {
        let address = || gateway.address().to_owned();
        strangers.spawn(visitor("half a header", half_a_header(address())));
        strangers.spawn(visitor("trickle", trickle(address())));
        strangers.spawn(visitor("flood", flood(address())));
        strangers.spawn(visitor("nobody", nobody(address())));
    }
    let storm = strangers.join_all();
    let over = AtomicBool::new(false);
    let known = async {
        let (mut number, mut slowest) = (1, Duration::ZERO);
        while !over.load(Ordering::Relaxed) {
            let delivery = if number % 10 == 0 {
                large(number, 500_000)
            } else {
                Push::new(number).signed(SECRET)
            };
            let begun = Instant::now();
            let answer = gateway.post(HOOK, delivery).await;
            assert_eq!(answer.status, 200, "delivery {number}: {}", answer.text);
            slowest = slowest.max(begun.elapsed());
            number += 1;
        }
        (number, slowest)
    };
    let storm = async {
        let all = storm.await;
        over.store(true, Ordering::Relaxed);
        all
    };
    let (all, (posted, slowest)) = tokio::join!(storm, known);
    let most = watch.end();

    assert!(slowest < PATIENCE, "the slowest of {posted} took {slowest:?}");
    assert!(posted > 20, "only {posted} deliveries got in");
    for (who, codes) in [
        ("trickle", &[(503, "too_slow"), (503, "overloaded")][..]),
        ("flood", &[(401, "signature_mismatch"), (503, "overloaded")]),
        ("nobody", &[(401, "signature_missing")]),
    ] {
        let reaction = all.iter().filter(|it| it.0 == who).map(|it| it.1.as_ref());
        for reaction in reaction {
            let reaction = reaction.map(|(status, code)| (*status, code.as_str()));
            assert!(
                reaction.is_some_and(|reaction| codes.contains(&reaction)),
                "{who}: {reaction:?}"
            );
        }
    }
    let room = before + 64 * MIB + 96 * MIB;
    assert!(most < room, "{} MiB, {} before", most / MIB, before / MIB);

    // All that the strangers held has been given back.
    let answer = gateway.post(HOOK, large(1_000_000, 5 << 20)).await;
    answer.expect_ok();
}

#[tokio::test]
async fn who_sends_slower_than_64_kib_a_second_is_cut_and_told_when_to_come_again() {
    let gateway = Gateway::with_project("").await;
    let delivery = large(1, 400_000);
    let mut head = unsigned(delivery.body.len() as u64);
    for (name, value) in &delivery.headers {
        if name == "x-gitea-signature" {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
    }
    let head = format!("{head}\r\n");
    let pieces = |bytes| delivery.body.chunks(bytes).map(<[u8]>::to_vec);
    let begun = Instant::now();
    // 10 KiB a second: signed, and too slow all the same.
    let reaction = visit(gateway.address().to_owned(), head.clone(), pieces(1 << 10), TENTH).await;
    assert_eq!(reaction, Some((503, "too_slow".to_owned())));
    assert!(
        begun.elapsed() > Duration::from_secs(2),
        "it was cut after {:?}",
        begun.elapsed()
    );
    until("it is counted", async || {
        let refusals = gateway.get("/api/v1/refusals").await;
        (refusals["items"][0]["code"] == "too_slow").then_some(())
    })
    .await;

    // 160 KiB a second is slow, and fast enough.
    let reaction = visit(gateway.address().to_owned(), head, pieces(16 << 10), TENTH).await;
    assert_eq!(reaction, Some((200, String::new())));
}

#[tokio::test]
async fn a_header_that_does_not_end_is_cut() {
    let gateway = Gateway::start("[server]\nheader_timeout = \"1s\"\n");
    let begun = Instant::now();
    let reaction = half_a_header(gateway.address().to_owned()).await;
    assert!(
        reaction.is_none_or(|reaction| reaction.0 == 408),
        "an answer to half a header"
    );
    let took = begun.elapsed();
    assert!(
        Duration::from_millis(900) < took && took < Duration::from_secs(5),
        "{took:?}"
    );
}

#[tokio::test]
async fn a_body_that_is_too_large_is_told_so_before_it_is_sent() {
    let gateway = Gateway::with_project("").await;
    let reaction = visit(gateway.address().to_owned(), head(26 * MIB), empty(), Duration::ZERO).await;
    assert_eq!(reaction, Some((413, "payload_too_large".to_owned())));
    // Also where the length is not announced, once it is too much.
    let chunked = head(0).replace("content-length: 0", "transfer-encoding: chunked");
    let piece = [format!("{MIB:x}\r\n").as_bytes(), &vec![b'x'; 1 << 20], b"\r\n"].concat();
    let reaction = visit(
        gateway.address().to_owned(),
        chunked,
        repeat_n(piece, 40),
        Duration::ZERO,
    )
    .await;
    assert_eq!(reaction, Some((413, "payload_too_large".to_owned())));
}

#[tokio::test]
async fn who_is_refused_hears_it_however_much_is_still_on_the_way() {
    let gateway = Gateway::with_project("").await;
    let unsigned = large(1, 8 << 20).without("x-gitea-signature");
    for round in 0..10 {
        let answer = gateway.try_post(HOOK, unsigned.clone()).await;
        assert_eq!(answer.map(|answer| answer.status), Some(401), "round {round}");
    }
}
