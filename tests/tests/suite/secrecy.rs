//! No secret and no payload in clear: not on disk, not in the log, not in an answer.

use forgegate_tests::gateway::files;
use forgegate_tests::{Gateway, Push};
use serde_json::json;

const SECRET: &str = "the-webhook-secret-to-search-for";
const KEY: &str = "whsec_dGhlLXNpZ25pbmcta2V5LXRvLXNlYXJjaC1mb3I=";
const TOKEN: &str = "the-forge-token-to-search-for-everywhere";
const PAYLOAD: &str = "the words of a commit that must not lie about";

/// Asks for everything that shows something, and answers it with the path it came from.
async fn shown(gateway: &Gateway, delivery: &str) -> Vec<(String, String)> {
    let paths = [
        "/metrics",
        "/health/ready",
        "/api/v1/openapi.json",
        "/api/v1/check",
        "/api/v1/orgs",
        "/api/v1/orgs/acme/integrations",
        "/api/v1/orgs/acme/integrations/inbound/hooks",
        "/api/v1/orgs/acme/projects/widgets",
        "/api/v1/deliveries",
        "/api/v1/evaluations",
        "/api/v1/refusals",
        "/api/v1/audit",
        "/api/v1/tokens",
        "/api/v1/plugins",
        &format!("/api/v1/deliveries/{delivery}/why"),
    ];
    let mut all = Vec::new();
    for path in paths {
        let answer = gateway.call("GET", path, None).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        all.push((path.to_owned(), answer.text));
    }
    all
}

#[tokio::test]
async fn nothing_secret_lies_on_disk_or_in_the_log_or_in_an_answer() {
    let gateway = Gateway::start(
        "[telemetry]\nlevel = \"debug,forgegate=trace,forgegate_storage=trace,forgegate_sandbox=trace,axum=trace,hyper=trace,tower=trace\"\n",
    );
    gateway.make_project(SECRET).await;
    for integration in [
        json!({ "name": "status", "kind": "outbound", "forge": "gitea", "base_url": "https://git.example.com", "token": TOKEN }),
        json!({ "name": "keyed", "kind": "inbound", "forge": "gitlab", "secret": SECRET, "signing_key": KEY }),
    ] {
        gateway.make("/api/v1/orgs/acme/integrations", integration).await;
    }
    let new = json!({ "name": "builder", "scope": "worker" });
    let worker = gateway.make("/api/v1/tokens", new).await["token"].clone();
    let worker = worker.as_str().unwrap();
    let mut push = Push::new(1);
    push.message = PAYLOAD.to_owned();
    let queued = gateway.post("gitea/acme/hooks", push.signed(SECRET)).await;
    queued.expect_ok();
    let delivery = queued.delivery_id();
    let refused = gateway
        .post("gitea/acme/hooks", push.signed("another secret of many characters"))
        .await;
    // The secret itself, as one forge sends it, to a row that takes no secret any more; and a payload that cannot be read.
    let plain = push
        .signed(SECRET)
        .with("x-gitlab-token", SECRET)
        .with("x-gitlab-event", "Push Hook");
    let keyed = gateway.post("gitlab/acme/keyed", plain).await;
    let broken = forgegate_tests::delivery::sign(&format!("{{\"{PAYLOAD}\": "), "push", "d-2", SECRET);
    let broken = gateway.post("gitea/acme/hooks", broken).await;
    assert_eq!((refused.status, keyed.status, broken.status), (401, 401, 400));
    let claim = json!({ "worker": "w", "wait_ms": 5000 });
    let claimed = gateway
        .call_as(worker, "POST", "/api/v1/evaluations/claim", Some(claim))
        .await;
    let lease = claimed.message()["lease"]["token"].as_str().unwrap();

    let mut answers = shown(&gateway, delivery).await;
    for answer in [
        queued.text.clone(),
        refused.text,
        keyed.text,
        broken.text,
        claimed.text.clone(),
    ] {
        answers.push(("an answer".to_owned(), answer));
    }
    for (path, text) in &answers {
        for needle in [SECRET, KEY, TOKEN, PAYLOAD, worker, gateway.token.as_str()] {
            assert!(!text.contains(needle), "{needle} in {path}: {text}");
        }
    }

    let (admin, data) = (gateway.token.clone(), gateway.data());
    gateway.ask_to_stop();
    gateway.logged("stopped").await;
    let log = gateway.log();
    let _folder = gateway.stop();
    for needle in [SECRET, KEY, TOKEN, PAYLOAD, worker, lease, &admin] {
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
