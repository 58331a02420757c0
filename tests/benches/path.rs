//! The request path in process: a delivery from its header fields to its answer, sealed and on disk, without a socket.
//!
//! `one` waits for the disk by itself; `together` is the time of 64 that wait together, as they do under load; `refused` never gets
//! to the disk.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use divan::Bencher;
use divan::counter::ItemsCount;
use forgegate::InProcess;
use forgegate_tests::delivery::{Push, Signed};
use futures_util::future::join_all;
use hyper::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

const SECRET: &str = "a secret of more than sixteen bytes";
const HOOK: &str = "/api/v1/hooks/gitea/acme/gitea";
/// Deliveries that are posted together.
const TOGETHER: u64 = 64;
/// Bytes of text that bring a payload to about 8 KB.
const TEXT: usize = 6_900;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("a runtime"));
static FOLDER: LazyLock<TempDir> = LazyLock::new(|| TempDir::new().expect("a folder"));
static GATEWAY: LazyLock<InProcess> = LazyLock::new(|| RUNTIME.block_on(prepared()));
static NUMBER: AtomicU64 = AtomicU64::new(0);

fn main() {
    LazyLock::force(&GATEWAY);
    divan::main();
}

#[divan::bench(max_time = 5)]
fn one(bencher: Bencher<'_, '_>) {
    bencher
        .with_inputs(delivery)
        .bench_local_values(|delivery| assert_eq!(RUNTIME.block_on(post(delivery)), 200));
}

#[divan::bench(max_time = 5)]
fn together(bencher: Bencher<'_, '_>) {
    bencher
        .counter(ItemsCount::new(TOGETHER))
        .with_inputs(|| (0..TOGETHER).map(|_| delivery()).collect())
        .bench_local_values(|deliveries: Vec<Signed>| {
            let all = deliveries.into_iter().map(|it| RUNTIME.spawn(post(it)));
            for answered in RUNTIME.block_on(join_all(all)) {
                assert_eq!(answered.expect("an answer"), 200);
            }
        });
}

#[divan::bench(max_time = 3)]
fn refused(bencher: Bencher<'_, '_>) {
    bencher
        .with_inputs(|| delivery().with("x-gitea-signature", &"0".repeat(64)))
        .bench_local_values(|delivery| assert_eq!(RUNTIME.block_on(post(delivery)), 401));
}

async fn post(delivery: Signed) -> u16 {
    let body = Bytes::from(delivery.body);
    let answer = GATEWAY.call(Method::POST, HOOK, &delivery.headers, body).await;
    answer.expect("an answer").0
}

/// A push of about 8 KB, unlike any before.
fn delivery() -> Signed {
    let push = Push {
        message: "x".repeat(TEXT),
        ..Push::new(NUMBER.fetch_add(1, Ordering::Relaxed))
    };
    push.signed(SECRET)
}

/// A gateway with one organization, integration and project.
async fn prepared() -> InProcess {
    let gateway = InProcess::open(FOLDER.path()).await.expect("a gateway");
    let integration = json!({ "name": "gitea", "kind": "inbound", "forge": "gitea", "base_url": "https://git.example.com", "secret": SECRET });
    let project =
        json!({ "name": "widgets", "repository": "https://git.example.com/acme/widgets", "concurrency": "parallel" });
    for (path, made) in [
        ("/api/v1/orgs", json!({ "name": "acme" })),
        ("/api/v1/orgs/acme/integrations", integration),
        ("/api/v1/orgs/acme/projects", project),
    ] {
        make(&gateway, path, &made).await;
    }
    gateway
}

async fn make(gateway: &InProcess, path: &str, made: &Value) {
    let headers = [
        ("authorization".to_owned(), format!("Bearer {}", gateway.admin_token())),
        ("content-type".to_owned(), "application/json".to_owned()),
    ];
    let body = Bytes::from(made.to_string());
    let (status, answer) = gateway
        .call(Method::POST, path, &headers, body)
        .await
        .expect("an answer");
    assert_eq!(status, 201, "{path}: {}", String::from_utf8_lossy(&answer));
}
