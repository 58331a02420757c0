//! No secret and no payload in clear: not on disk, not in the log, not in an answer.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

use forgegate_tests::gateway::files;
use forgegate_tests::{Gateway, Push};
use serde_json::json;

const SECRET: &str = "the-webhook-secret-to-search-for";
const TOKEN: &str = "the-forge-token-to-search-for-everywhere";
const PAYLOAD: &str = "the words of a commit that must not lie about";

#[tokio::test]
async fn nothing_secret_lies_on_disk_or_in_the_log_or_in_an_answer() {
    let gateway = Gateway::start("[telemetry]\nlevel = \"debug\"\n");
    gateway.furnish(SECRET).await;
    let outbound = json!({ "name": "status", "kind": "outbound", "forge": "gitea", "base_url": "https://git.example.com", "token": TOKEN });
    gateway.make("/api/v1/orgs/acme/integrations", outbound).await;
    let mut push = Push::new(1);
    push.message = PAYLOAD.to_owned();
    let queued = gateway.post("gitea/acme/hooks", push.signed(SECRET)).await;
    assert_eq!(queued.status, 200, "{}", queued.text);
    let refused = gateway
        .post("gitea/acme/hooks", push.signed("another secret of many characters"))
        .await;
    let shown = gateway.call("GET", "/api/v1/orgs/acme/integrations", None).await;
    let claimed = gateway
        .call(
            "POST",
            "/api/v1/evaluations/claim",
            Some(json!({ "worker": "w", "wait_ms": 5000 })),
        )
        .await;
    for answer in [&queued, &refused, &shown, &claimed] {
        for needle in [SECRET, TOKEN, PAYLOAD] {
            assert!(!answer.text.contains(needle), "{needle} in {}", answer.text);
        }
    }

    let (admin, data) = (gateway.token.clone(), gateway.data());
    let log = gateway.log();
    let _folder = gateway.stop();
    for needle in [SECRET, TOKEN, PAYLOAD, admin.as_str()] {
        assert!(!log.contains(needle), "{needle} is in the log");
        for file in files(&data).iter().filter(|file| !file.ends_with("admin-token")) {
            let bytes = std::fs::read(file).unwrap();
            assert!(
                !bytes.windows(needle.len()).any(|window| window == needle.as_bytes()),
                "{needle} is in {}",
                file.display()
            );
        }
    }
}
