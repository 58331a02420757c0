//! Outbound calls: no credential leaks, and a dead forge costs no other forge anything.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use forgegate_tests::fields::assert_fields;
use forgegate_tests::forges::{FakeForge, Fault, Plan, Reply};
use forgegate_tests::gateway::files;
use forgegate_tests::test_forge::TOKEN;
use forgegate_tests::{Gateway, TestForge, Testbed};
use serde_json::{Value, json};
use tempfile::TempDir;

const LOUD: &str = "[telemetry]\nlevel = \"info,forgegate=trace,forgegate_storage=trace,forgegate_sandbox=trace,hyper=trace,hyper_util=trace,reqwest=trace,tower=trace\"\n";

/// A text of an answer that anybody may see.
const MARK: &str = "a-mark-that-anybody-may-see";

/// An answer that sends the caller elsewhere.
fn elsewhere(other: &FakeForge) -> Fault {
    let reply = Reply::message(307, "Moved").with("location", format!("{}/api/v1/user", other.url()));
    Fault::Answer(reply)
}

/// The files that anything of a call may lie in: all but the compiled plugins, which are made before the first one.
fn written(data: &Path) -> Vec<PathBuf> {
    let mut files = files(data);
    files.retain(|file| !file.starts_with(data.join("artefacts")));
    files
}

/// True if a file contains this text.
fn has(file: &Path, needle: &str) -> bool {
    // As text, whose search is made for long ones.
    String::from_utf8_lossy(&std::fs::read(file).unwrap()).contains(needle)
}

/// The text of every list that shows something of statuses and calls.
async fn shown(gateway: &Gateway) -> String {
    let mut all = String::new();
    for path in [
        "/api/v1/statuses?limit=500",
        "/api/v1/audit?limit=500",
        "/api/v1/deliveries?limit=500",
        "/api/v1/evaluations?limit=500",
        "/api/v1/orgs/acme/integrations?limit=500",
        "/api/v1/plugins",
        "/api/v1/check",
        "/api/v1/refusals",
        "/metrics",
    ] {
        let answer = gateway.call("GET", path, None).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        all.push_str(&answer.text);
    }
    all
}

#[tokio::test]
async fn a_credential_follows_no_redirect_and_is_seen_nowhere() {
    let other = FakeForge::gitea().await;
    let testbed = Testbed::start(TestForge::all().await, LOUD).await;
    for forge in &testbed.forges {
        // Every way in which a forge could get the credential shown: it sends calls on, and it says what it was sent.
        let sent = match &forge.app {
            Some(_) => "Bearer ghs_".to_owned(),
            None => TOKEN.to_owned(),
        };
        forge.fake.fault("POST ", elsewhere(&other));
        forge.fake.fault("POST ", elsewhere(&other));
        let echo = Reply::message(422, &format!("the token {sent} is bad")).with("x-echo", &sent);
        forge.fake.fault("statuses", Fault::Answer(echo.clone()));
        forge.fake.fault("check-runs", Fault::Answer(echo));
        for number in 1..6 {
            testbed.push(forge, number).await;
            testbed.run_next("succeeded").await;
        }
    }
    testbed.all_sent().await;
    let failed = testbed.statuses("outcome=failed").await;
    assert!(!failed.is_empty(), "an answer that refuses fails a status");
    for forge in &testbed.forges {
        assert!(
            forge.fake.calls().iter().any(|call| call.status() == 307),
            "{}: nobody was sent on",
            forge.id
        );
    }
    assert_eq!(other.calls(), [], "the redirect was followed");

    let mut needles = vec![TOKEN.to_owned()];
    let app = testbed.forge("github").app.as_ref().unwrap();
    needles.extend(app.tokens());
    assert!(needles.len() > 1, "the app was given tokens");
    let key = app.private_key();
    needles.extend(key.lines().skip(1).take(3).map(str::to_owned));
    let shown = shown(&testbed.gateway).await;
    let data = testbed.gateway.data();
    testbed.gateway.ask_to_stop();
    testbed.gateway.logged("stopped").await;
    let log = testbed.gateway.log();
    let _folder = testbed.gateway.stop();
    for needle in &needles {
        assert!(!shown.contains(needle.as_str()), "{needle} is shown");
        assert!(!log.contains(needle.as_str()), "{needle} is in the log");
        let lies = written(&data).into_iter().find(|file| has(file, needle));
        assert_eq!(lies, None, "{needle} lies on disk");
    }
}

/// The number of calls that write to the forge. The sync of a new project only reads.
fn writes(forge: &FakeForge) -> usize {
    forge.calls().iter().filter(|call| call.call.method == "POST").count()
}

#[tokio::test]
async fn another_address_drops_the_token_unless_one_comes_with_it() {
    let testbed = Testbed::start(vec![TestForge::gitea().await], "").await;
    let (forge, other) = (&testbed.forges[0], TestForge::gitea().await);
    let path = "/api/v1/orgs/acme/integrations/outbound/gitea";
    let moved = json!({ "base_url": other.fake.url() });
    let changed = testbed.gateway.call("PATCH", path, Some(moved)).await;
    assert_fields(changed.expect_ok(), &json!({ "has_token": false }));
    testbed.push(forge, 1).await;
    testbed.all_sent().await;
    let failed = testbed.statuses("outcome=failed").await;
    assert_eq!(
        failed[0]["last_error"], "refused: no access token is stored",
        "{failed:?}"
    );
    assert_eq!((writes(&forge.fake), writes(&other.fake)), (0, 0));

    let with_token = json!({ "token": TOKEN });
    testbed.gateway.change(path, with_token).await;
    let retried = format!("/api/v1/statuses/{}/retry", failed[0]["id"].as_str().unwrap());
    testbed.gateway.act(&retried, None).await;
    other.wait_for_state(1, "pending").await;
    assert_eq!(writes(&forge.fake), 0, "the first forge was told all the same");
}

#[tokio::test]
async fn a_dead_forge_costs_no_other_a_moment() {
    let testbed = Testbed::start(vec![TestForge::gitea().await, TestForge::gitlab().await], "").await;
    let (dead, well) = (&testbed.forges[0], &testbed.forges[1]);
    // It takes every call and answers none.
    dead.fake.plan(Plan {
        delay: 1000,
        longest_delay: Duration::from_secs(1 << 20),
        ..Plan::default()
    });
    for number in 1..10 {
        testbed.push(dead, number).await;
    }
    // It is everybody's: ten more integrations tell it things.
    for number in 0..10 {
        let row = json!({ "name": format!("o{number}"), "kind": "outbound", "forge": "gitea", "base_url": dead.fake.url(), "token": TOKEN });
        testbed.gateway.make("/api/v1/orgs/acme/integrations", row).await;
        let project = json!({ "name": format!("p{number}"), "repository": format!("{}/acme/p{number}", dead.fake.url()),
            "outbound_integration": format!("o{number}") });
        testbed.gateway.make("/api/v1/orgs/acme/projects", project).await;
        for sha in ["a", "b", "c", "d", "e", "f", "1", "2"] {
            let evaluate = json!({ "ref": "refs/heads/main", "sha": sha.repeat(40) });
            testbed
                .gateway
                .make(&format!("/api/v1/orgs/acme/projects/p{number}/evaluate"), evaluate)
                .await;
        }
    }
    let began = Instant::now();
    for number in 1..10 {
        testbed.push(well, number).await;
        well.wait_for_state(number, "pending").await;
    }
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    assert!(dead.states(1).is_empty());
    assert_eq!(writes(&dead.fake), 0, "it answered none");
}

/// A gateway with a plugin that means harm: in `report` it obeys the context, which here is the project's name.
async fn with_hostile() -> Gateway {
    let folder = Arc::new(TempDir::new().unwrap());
    let plugins = folder.path().join("plugins");
    std::fs::create_dir(&plugins).unwrap();
    let component = forgegate_hostile::component(forgegate_hostile::Variant::Guest);
    std::fs::write(plugins.join("hostile.wasm"), component).unwrap();
    let config = format!(
        "{LOUD}[plugins]\ndirectory = {plugins:?}\n[reporting]\ncontext = \"{{project}}\"\n[outbound]\nallow = [\"127.0.0.0/8\"]\n"
    );
    let gateway = Gateway::start_in(folder, &config);
    gateway.make("/api/v1/orgs", json!({ "name": "acme" })).await;
    gateway
}

/// Makes the plugin misbehave in one way while it reports, and waits until the status is sent, failed, or postponed.
async fn done(gateway: &Gateway, forge: &FakeForge, misdeed: &str) -> Value {
    let row =
        json!({ "name": misdeed, "kind": "outbound", "forge": "hostile", "base_url": forge.url(), "token": TOKEN });
    gateway.make("/api/v1/orgs/acme/integrations", row).await;
    let project = json!({ "name": misdeed, "repository": format!("{}/acme/{misdeed}", forge.url()), "outbound_integration": misdeed });
    gateway.make("/api/v1/orgs/acme/projects", project).await;
    let evaluate = json!({ "ref": "refs/heads/main", "sha": "a".repeat(40) });
    let path = format!("/api/v1/orgs/acme/projects/{misdeed}/evaluate");
    gateway.make(&path, evaluate).await;
    forgegate_tests::wait::until(&format!("`{misdeed}` is done"), async || {
        let path = format!("/api/v1/statuses?organization=acme&project={misdeed}");
        let row = gateway.get(&path).await["items"][0].clone();
        (row["outcome"] != "waiting" || row["last_error"] != Value::Null).then_some(row)
    })
    .await
}

#[tokio::test]
async fn a_plugin_that_means_harm_never_holds_the_token() {
    let gateway = with_hostile().await;
    for (misdeed, called) in [("call", true), ("own-credential", false), ("second-line", false)] {
        let forge = FakeForge::gitea().await;
        // The forge says to the plugin what it was sent, in every place that an answer has.
        let said = json!({ "sent": format!("token {TOKEN}"), "again": TOKEN, "mark": MARK }).to_string();
        let echo = Reply::text(200, "text/plain", &said)
            .with("x-echo", TOKEN)
            .with("x-mark", MARK);
        forge.fault("GET ", Fault::Answer(echo));
        let row = done(&gateway, &forge, misdeed).await;
        let calls = forge.calls();
        assert_eq!(!calls.is_empty(), called, "{misdeed}: {row}");
        assert_eq!(row["outcome"] == "sent", called, "{misdeed}: {row}");
        for call in &calls {
            let own = format!("token {TOKEN}");
            assert_eq!(call.call.credential(), Some(own.as_str()), "{misdeed}");
        }
    }
    let shown = shown(&gateway).await;
    assert!(!shown.contains(TOKEN), "the token is shown");
    let data = gateway.data();
    gateway.ask_to_stop();
    gateway.logged("stopped").await;
    assert!(!gateway.log().contains(TOKEN), "the token is in the log");
    let _folder = gateway.stop();
    // What the plugin saw of the answer it answers itself, and that is kept with the status: all that was in its memory.
    let lies = |needle: &str| written(&data).into_iter().find(|file| has(file, needle));
    assert_eq!(lies(TOKEN), None, "the token was in the plugin's memory");
    assert!(
        lies(MARK).is_some(),
        "what the plugin saw is not where it is looked for"
    );
}
