//! Plugins that mean harm: each deed costs its own delivery, is named in the log, and harms no neighbour.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use forgegate_hostile::{Variant, component};
use forgegate_model::crypto::sha256;
use forgegate_tests::delivery::{Signed, hmac};
use forgegate_tests::fields::assert_fields;
use forgegate_tests::{Answer, Gateway, Push, SECRET};
use serde_json::{Value, json};
use tempfile::TempDir;

const NEIGHBOUR: &str = "gitea/acme/hooks";
const ODD: &str = "hostile/acme/odd";
/// A neighbour's delivery is answered within this, whatever the others do.
const QUICK: Duration = Duration::from_secs(2);

/// A folder with these plugins, and the configuration that names it.
fn plugins(files: &[(&str, &[u8])], further: &str) -> (Arc<TempDir>, String) {
    let folder = Arc::new(TempDir::new().unwrap());
    let plugins: PathBuf = folder.path().join("plugins");
    std::fs::create_dir(&plugins).unwrap();
    for (name, bytes) in files {
        std::fs::write(plugins.join(name), bytes).unwrap();
    }
    let config = format!("[plugins]\ndirectory = {plugins:?}\n{further}");
    (folder, config)
}

/// A gateway with the hostile plugin and an integration that answers to it, beside the usual one.
async fn gateway_with_hostile_plugin() -> Gateway {
    let (folder, config) = plugins(&[("guest.wasm", component(Variant::Guest))], "");
    let gateway = Gateway::start_in(folder, &config);
    gateway.make_project(SECRET).await;
    let odd = json!({ "name": "odd", "kind": "inbound", "forge": "hostile", "forges": ["hostile"], "secret": SECRET });
    gateway.make("/api/v1/orgs/acme/integrations", odd).await;
    gateway
}

/// A delivery that tells the plugin what to do.
fn commanding(misdeed: &str, body: &str) -> Signed {
    let fields = [
        ("content-type", "application/json"),
        ("x-event", misdeed),
        ("x-delivery", &format!("{misdeed} {body}")),
        ("x-signature", &hmac(body, SECRET)),
    ];
    Signed {
        headers: fields.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
        body: body.as_bytes().to_vec(),
    }
}

/// Posts the delivery, and a push to the neighbour at the same time, which must be queued quickly.
async fn beside_a_neighbour(gateway: &Gateway, delivery: Signed, number: u64) -> Answer {
    let neighbour = async {
        let begun = Instant::now();
        gateway.push(number).await;
        assert!(
            begun.elapsed() < QUICK,
            "the neighbour waited for {:?}",
            begun.elapsed()
        );
    };
    let (answer, ()) = tokio::join!(gateway.post(ODD, delivery), neighbour);
    answer
}

async fn recorded(gateway: &Gateway, answer: &Answer) -> Value {
    let id = answer.delivery_id();
    gateway.delivery(id).await
}

fn step<'a>(delivery: &'a Value, name: &str) -> &'a Value {
    let mut steps = delivery["steps"].as_array().unwrap().iter();
    steps.find(|step| step["step"] == name).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_deed_costs_its_own_delivery_and_no_neighbour() {
    let gateway = gateway_with_hostile_plugin().await;
    let misdeeds = [
        ("trap", "stopped"),
        ("panic", "stopped"),
        ("recurse", "stopped"),
        ("eat", "wanted more than 192 MiB of memory"),
        ("eat-at-once", "wanted more than 192 MiB of memory"),
        ("gigabyte", "wanted more than 192 MiB of memory"),
        ("result", "handed over more than"),
        ("flood", "answered against the contract"),
        ("spin", "missed its 2 s deadline"),
    ];
    for (number, (misdeed, sentence)) in (0..).zip(misdeeds) {
        let answer = beside_a_neighbour(&gateway, commanding(misdeed, "{}"), number).await;
        assert_eq!(
            (answer.status, &answer.message()["reason"]),
            (200, &json!("plugin_failed")),
            "{misdeed}: {}",
            answer.text
        );
        let record = recorded(&gateway, &answer).await;
        assert_eq!(
            (&record["outcome"], &record["reason"]),
            (&json!("unparsed"), &json!("plugin_failed")),
            "{misdeed}"
        );
        let parse = step(&record, "parse");
        let reason = parse["reason"].as_str().unwrap();
        assert_eq!(parse["outcome"], "stopped");
        assert!(
            reason.starts_with("plugin `hostile` ") && reason.contains(sentence),
            "{misdeed}: {reason}"
        );
        gateway.logged(reason).await;
    }
    let counts = gateway.get("/api/v1/plugins/hostile").await;
    assert_fields(&counts, &json!({ "traps": 8, "timeouts": 1 }));
    let spared = gateway.get("/api/v1/plugins/gitea").await;
    assert_fields(&spared, &json!({ "traps": 0, "timeouts": 0 }));
    assert!(gateway.resident_bytes() < 512 << 20, "{}", gateway.resident_bytes());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn harm_over_the_headers_is_refused_and_named() {
    let gateway = gateway_with_hostile_plugin().await;
    for (number, misdeed) in (0..).zip(["trap", "panic", "recurse", "eat", "spin", "open-token", "steal-secret"]) {
        let delivery = commanding("hello", "{}").with("x-verify", misdeed);
        let answer = beside_a_neighbour(&gateway, delivery, number).await;
        assert_eq!(
            (answer.status, answer.code()),
            (503, "plugin_unavailable"),
            "{misdeed}: {}",
            answer.text
        );
    }
    gateway.logged("plugin `hostile` missed its 2 s deadline").await;
    gateway.logged("plugin `hostile` stopped").await;
    let refusals = gateway.get("/api/v1/refusals").await;
    assert_eq!(
        (
            &refusals["items"][0]["code"],
            &refusals["items"][0]["integration"],
            &refusals["items"][0]["count"]
        ),
        (&json!("plugin_unavailable"), &json!("odd"), &json!(7)),
        "{refusals}"
    );
    let well = gateway.post(ODD, commanding("hello", "{}")).await;
    well.expect_ok();
}

#[tokio::test]
async fn a_proof_that_covers_nothing_lets_nobody_in() {
    let gateway = gateway_with_hostile_plugin().await;
    let bogus = commanding("hello", "{}")
        .with("x-verify", "cover-nothing")
        .with("x-signature", &hmac("anything", SECRET));
    let answer = beside_a_neighbour(&gateway, bogus, 1).await;
    answer.expect_refusal(401, "signature_mismatch");
    let refusals = gateway.get("/api/v1/refusals").await;
    assert_fields(
        &refusals["items"][0],
        &json!({ "forge": "hostile", "code": "signature_mismatch" }),
    );
}

#[tokio::test]
async fn a_plugin_that_calls_out_while_it_reads_is_refused_the_call() {
    let gateway = gateway_with_hostile_plugin().await;
    let answer = beside_a_neighbour(&gateway, commanding("call", "{}"), 1).await;
    answer.expect_ok();
    let record = recorded(&gateway, &answer).await;
    let said = record["event"]["unknown"]["name"].as_str().unwrap();
    assert!(said.contains("Refused"), "{record}");
}

#[tokio::test]
async fn nothing_of_a_delivery_is_found_by_the_next() {
    let gateway = gateway_with_hostile_plugin().await;
    for number in 0..3 {
        let private = format!("{{\"private\": {number}}}");
        let left = gateway.post(ODD, commanding("leave", &private)).await;
        let left = recorded(&gateway, &left).await;
        assert_eq!(left["event"]["unknown"]["name"], format!("left {} bytes", 12 << 20));
        let next = gateway.post(ODD, commanding("find", &private)).await;
        let found = recorded(&gateway, &next).await;
        assert_eq!(found["event"]["unknown"]["name"], "found 0 bytes");
    }
}

#[tokio::test]
async fn no_credential_of_the_request_reaches_a_plugin() {
    let gateway = gateway_with_hostile_plugin().await;
    let delivery = commanding("dump", "{}")
        .with("authorization", "Basic hunter2")
        .with("cookie", "session=hunter2");
    let answer = gateway
        .post(ODD, delivery.without("x-signature").with("x-secret", SECRET))
        .await;
    answer.expect_ok();
    let record = recorded(&gateway, &answer).await;
    let seen = record["event"]["unknown"]["name"].as_str().unwrap();
    assert!(seen.contains("x-event=dump;"), "{seen}");
    assert!(!seen.contains("hunter2") && !seen.contains(SECRET), "{seen}");
}

#[tokio::test]
async fn a_row_answers_to_a_loaded_plugin_only_where_it_is_named() {
    let gateway = gateway_with_hostile_plugin().await;
    let answer = gateway.post("hostile/acme/hooks", commanding("hello", "{}")).await;
    answer.expect_refusal(404, "not_found");
    let answer = gateway.post("gitea/acme/odd", Push::new(1).signed(SECRET)).await;
    answer.expect_refusal(404, "not_found");
}

#[tokio::test]
async fn a_file_that_says_it_is_a_bundled_forge_is_not_loaded_and_the_bundled_one_serves() {
    let files: [(&str, &[u8]); 3] = [
        ("a-broken.wasm", b"\0asm and then nothing"),
        ("b-impostor.wasm", component(Variant::Impostor)),
        ("c-guest.wasm", component(Variant::Guest)),
    ];
    let (folder, config) = plugins(&files, "");
    let gateway = Gateway::start_in(folder, &config);
    gateway.make_project(SECRET).await;
    gateway.push(1).await;
    assert_eq!(gateway.get("/api/v1/plugins/gitea").await["source"], "bundled");
    assert_eq!(gateway.get("/api/v1/plugins/hostile").await["source"], "directory");
    gateway
        .logged("b-impostor.wasm` is not loaded: the forge `gitea` is a bundled plugin's")
        .await;
    gateway.logged("a-broken.wasm` is not loaded: ").await;
}

#[tokio::test]
async fn a_pinned_file_takes_the_place_of_a_bundled_forge_but_no_shorthand_of_another() {
    let impostor = component(Variant::Impostor);
    let pinned = format!("pinned = {{ gitea = \"sha256:{}\" }}\n", hex::encode(sha256(impostor)));
    let (folder, config) = plugins(&[("impostor.wasm", impostor)], &pinned);
    let gateway = Gateway::start_in(folder, &config);
    gateway
        .logged("the shorthand `github:` that `gitea` claims is that of `github`")
        .await;
    assert_eq!(gateway.get("/api/v1/plugins/gitea").await["source"], "bundled");
    drop(gateway);

    let bundled = forgegate_bundled::components();
    let gitea = bundled.iter().find(|component| component.forge == "gitea").unwrap();
    // The same plugin in other bytes: with a section that nobody reads.
    let other = [gitea.wasm, &[0, 2, 1, b'x']].concat();
    let pinned = format!("pinned = {{ gitea = \"sha256:{}\" }}\n", hex::encode(sha256(&other)));
    let (folder, config) = plugins(&[("gitea.wasm", &other)], &pinned);
    let gateway = Gateway::start_in(folder, &config);
    assert_eq!(gateway.get("/api/v1/plugins/gitea").await["source"], "directory");
    gateway.make_project(SECRET).await;
    let answer = gateway.post(NEIGHBOUR, Push::new(1).signed(SECRET)).await;
    assert_fields(&answer.expect_ok()["queued"][0], &json!({ "state": "queued" }));
}

#[tokio::test]
async fn a_file_with_another_digest_than_the_pinned_one_is_not_loaded() {
    let pinned = format!("pinned = {{ hostile = \"sha256:{}\" }}\n", "0".repeat(64));
    let (folder, config) = plugins(&[("guest.wasm", component(Variant::Guest))], &pinned);
    let gateway = Gateway::start_in(folder, &config);
    gateway.logged("is pinned for `hostile`").await;
    assert_eq!(gateway.call("GET", "/api/v1/plugins/hostile", None).await.status, 404);
}
