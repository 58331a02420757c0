//! An app from its manifest to the status on a commit, at a forge that checks its claims and whose tokens live for two seconds.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use forgegate_tests::Gateway;
use forgegate_tests::delivery::app_push;
use forgegate_tests::fields::assert_fields;
use forgegate_tests::forges::{Account, App, AppSettings, FakeForge, Fault, Installation};
use forgegate_tests::gateway::{files, program};
use forgegate_tests::wait::until;
use reqwest::redirect::Policy;
use reqwest::{Client, Response, Url};
use serde_json::{Value, json};
use tempfile::TempDir;

const MANIFEST: &str = "/api/v1/apps/github/manifest";
const INSTALLATIONS: &str = "/api/v1/apps/github/installations";
const CONTEXT: &str = "forgegate/acme/widgets";
const LOUD: &str = "[outbound]\nallow = [\"127.0.0.0/8\"]\n[telemetry]\nlevel = \"debug,forgegate=trace,forgegate_storage=trace,forgegate_sandbox=trace,axum=trace,hyper=trace,reqwest=trace,tower=trace\"\n";

/// A forge where `acme` has a repository, and nobody has an app so far.
async fn forge() -> (FakeForge, App) {
    let settings = AppSettings {
        token_lifetime: Duration::from_secs(2),
        ..AppSettings::default()
    };
    let (forge, app) = FakeForge::github(settings).await;
    forge.world().found(28, "acme/widgets", &"a".repeat(40));
    (forge, app)
}

fn start() -> Gateway {
    Gateway::start_in(Arc::new(TempDir::new().unwrap()), LOUD)
}

/// A browser: follows nothing by itself.
fn browser() -> Client {
    Client::builder().no_proxy().redirect(Policy::none()).build().unwrap()
}

async fn visit(url: &str) -> Response {
    let request = browser().get(url).header("accept", "text/html,application/xhtml+xml");
    request.send().await.unwrap()
}

/// Posts a form of the gateway's to the forge, which sends the browser back: where to.
async fn agree(action: &str, fields: &[(String, String)]) -> String {
    let mut form = Url::parse("http://form/").unwrap();
    form.query_pairs_mut().extend_pairs(fields);
    let body = form.query().unwrap().to_owned();
    let kind = "application/x-www-form-urlencoded";
    let request = browser()
        .post(action)
        .header("content-type", kind)
        .header("user-agent", "browser")
        .body(body);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 302);
    answer.headers()["location"].to_str().unwrap().to_owned()
}

/// The form on a page: its action and its fields.
fn form(page: &str) -> (String, Vec<(String, String)>) {
    let plain = |text: &str| {
        let text = text.replace("&quot;", "\"").replace("&#39;", "'");
        text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    };
    let value = |text: &str, name: &str| {
        let (_, rest) = text.split_once(&format!("{name}=\"")).unwrap();
        plain(rest.split('"').next().unwrap())
    };
    let fields = page.split("<input ").skip(1);
    let fields = fields.map(|it| (value(it, "name"), value(it, "value"))).collect();
    (value(page, "action"), fields)
}

/// Begins by the API: the answer, and what the form carries.
async fn begin(gateway: &Gateway, forge: &FakeForge) -> (Value, Vec<(String, String)>) {
    let made = gateway.make(MANIFEST, json!({ "base_url": forge.url() })).await;
    let fields = made["form"]["fields"].as_array().unwrap().iter();
    let text = |it: &Value, name: &str| it[name].as_str().unwrap().to_owned();
    let fields = fields.map(|it| (text(it, "name"), text(it, "value"))).collect();
    (made, fields)
}

/// `forgegate app create` as a process, up to the link that it prints.
fn create(gateway: &Gateway, forge: &FakeForge) -> (Child, BufReader<ChildStdout>, String) {
    let mut child = Command::new(program())
        .args([
            "app",
            "create",
            "--forge",
            "github",
            "--name",
            "gate",
            "--organization",
            "acme",
        ])
        .args(["--base-url", &forge.url(), "--url", &gateway.url, "--token-file"])
        .arg(gateway.token_file())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut link = String::new();
    out.read_line(&mut link).unwrap();
    (child, out, link.trim().to_owned())
}

/// The app is installed for `acme`, and its forge says so.
async fn install(forge: &FakeForge, app: &App) {
    let account = Account {
        id: 30,
        login: "acme".to_owned(),
        organization: true,
    };
    forge.world().installations.push(Installation {
        id: 50,
        account,
        suspended: false,
        repositories: Some(vec![28]),
    });
    let told = json!({
        "action": "created",
        "installation": { "id": 50, "account": { "login": "acme", "id": 30, "type": "Organization" },
            "repository_selection": "selected", "created_at": "2026-01-02T03:04:05Z", "suspended_at": null },
        "repositories": [{ "id": 28, "name": "widgets", "full_name": "acme/widgets", "private": false }],
        "sender": { "login": "ann", "id": 51, "type": "User" }
    });
    assert_eq!(forge.post_for(app, "i-1", "installation", &told).await, 200);
}

/// A push, its evaluation by a worker, and the end of both at the forge.
async fn push_to_the_end(gateway: &Gateway, forge: &FakeForge, app: &App, number: u64) {
    let payload = app_push(number, 50)
        .to_string()
        .replace("https://github.com", &forge.url());
    let payload: Value = serde_json::from_str(&payload).unwrap();
    let sha = payload["after"].as_str().unwrap().to_owned();
    assert_eq!(forge.post_for(app, &format!("d-{number}"), "push", &payload).await, 200);
    let claimed = gateway.claim(10_000, false).await.expect("an evaluation");
    assert_eq!(claimed["evaluation"]["sha"], sha.as_str());
    let id = claimed["evaluation"]["id"].as_str().unwrap();
    let finish = json!({ "lease": claimed["lease"]["token"], "state": "succeeded", "description": "all well" });
    gateway
        .act(&format!("/api/v1/evaluations/{id}/finish"), Some(finish))
        .await;
    until("the status on the commit", async || {
        let world = forge.world();
        (world.states(&sha, CONTEXT).last() == Some(&"success")).then_some(())
    })
    .await;
    let world = forge.world();
    let status = world
        .statuses
        .iter()
        .find(|it| it.sha == sha && it.context == CONTEXT)
        .unwrap();
    assert!(status.check && status.by == "gate[bot]", "{status:?}");
    assert_eq!(status.fields["external_id"], id);
}

/// Waits until every token that was handed out so far has expired.
async fn tokens_expire() {
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let end = now() + 2;
    until("the end of the tokens", async || (now() > end).then_some(())).await;
}

/// Asks for everything that shows something of an app.
async fn shown(gateway: &Gateway) -> Vec<String> {
    let mut all = Vec::new();
    for path in [
        "/api/v1/audit?limit=500",
        "/api/v1/check",
        "/api/v1/deliveries",
        "/api/v1/orgs/acme/integrations",
        "/api/v1/plugins",
        "/api/v1/refusals",
        "/api/v1/statuses",
        INSTALLATIONS,
        "/metrics",
    ] {
        let answer = gateway.call("GET", path, None).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        all.push(answer.text);
    }
    all
}

#[tokio::test]
async fn an_app_goes_from_its_manifest_to_the_status_on_a_commit() {
    let (forge, app) = forge().await;
    let gateway = start();
    gateway.make("/api/v1/orgs", json!({ "name": "acme" })).await;
    let project = json!({ "name": "widgets", "repository": format!("{}/acme/widgets", forge.url()) });
    gateway.make("/api/v1/orgs/acme/projects", project).await;

    let (mut command, mut out, link) = create(&gateway, &forge);
    let page = visit(&link).await;
    assert_eq!(page.status(), 200);
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("default-src 'none'"), "{policy}");
    let (action, fields) = form(&page.text().await.unwrap());
    assert!(
        action.starts_with(&format!("{}/organizations/acme/settings/apps/new?state=", forge.url())),
        "{action}"
    );
    let back = agree(&action, &fields).await;
    let made = visit(&back).await;
    let (status, page) = (made.status(), made.text().await.unwrap());
    assert_eq!(status, 200, "{page}");
    let mut said = String::new();
    out.read_to_string(&mut said).unwrap();
    assert!(command.wait().unwrap().success(), "{said}");
    for text in [page.as_str(), said.as_str()] {
        for part in ["4711", "/apps/gate", "[apps.github]", "private-key.pem"] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }

    install(&forge, &app).await;
    let bound = gateway.get(&format!("{INSTALLATIONS}/50")).await;
    assert_fields(
        &bound,
        &json!({ "organization": "acme", "repositories": ["acme/widgets"] }),
    );
    push_to_the_end(&gateway, &forge, &app, 1).await;
    let first = app.tokens();
    tokens_expire().await;
    push_to_the_end(&gateway, &forge, &app, 2).await;
    let tokens = app.tokens();
    assert!(!first.is_empty() && tokens.len() > first.len(), "minted anew");
    assert!(tokens.iter().all(|token| token.len() > 400));

    let unknown = json!({ "organization": "acme", "installation_id": "51" });
    gateway
        .call("POST", INSTALLATIONS, Some(unknown))
        .await
        .expect_refusal(400, "unknown_installation");

    let mut texts = shown(&gateway).await;
    let check = texts.iter().find(|text| text.contains("findings")).unwrap();
    assert!(
        check.contains("app 4711 has its plugin, a webhook secret, and a private key"),
        "{check}"
    );
    texts.extend([page, said]);
    let (data, url) = (gateway.data(), gateway.url.clone());
    gateway.ask_to_stop();
    gateway.logged("stopped").await;
    texts.push(gateway.log());
    let folder = gateway.stop();
    nothing_secret(&texts, &data, &app, &back);

    let gateway = Gateway::start_in(folder, LOUD);
    app.set(|settings| settings.hook_url = settings.hook_url.replace(&url, &gateway.url));
    push_to_the_end(&gateway, &forge, &app, 3).await;
}

/// No key, secret, token, code or state in what was said; key and secret on disk only where they belong.
fn nothing_secret(texts: &[String], data: &std::path::Path, app: &App, back: &str) {
    let key = app.private_key();
    let key = key.lines().nth(5).unwrap().to_owned();
    let secret = app.settings().webhook_secret;
    let query: Vec<_> = back.split(['?', '&']).skip(1).collect();
    let mut needles = vec![key.clone(), secret.clone(), "the secret of the client".to_owned()];
    needles.extend(query.iter().map(|pair| pair.split_once('=').unwrap().1.to_owned()));
    needles.extend(app.tokens());
    assert!(needles.iter().all(|needle| needle.len() > 16));
    for needle in &needles {
        for text in texts {
            assert!(!text.contains(needle.as_str()), "{needle} in {text}");
        }
        for file in files(data).iter().filter(|file| !file.starts_with(data.join("apps"))) {
            let bytes = std::fs::read(file).unwrap();
            let found = bytes.windows(needle.len()).any(|window| window == needle.as_bytes());
            assert!(!found, "{needle} is in {}", file.display());
        }
    }
    let mode = |file: &str| {
        use std::os::unix::fs::PermissionsExt;
        std::fs::metadata(data.join("apps/github").join(file))
            .unwrap()
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!((mode("private-key.pem"), mode("webhook-secret")), (0o600, 0o600));
}

#[tokio::test]
async fn a_state_counts_once_and_only_with_its_link() {
    let (forge, _app) = forge().await;
    let gateway = start();
    let (first, _) = begin(&gateway, &forge).await;
    let (made, fields) = begin(&gateway, &forge).await;
    let state = format!("{MANIFEST}/{}", first["id"].as_str().unwrap());
    gateway.call("GET", &state, None).await.expect_refusal(404, "not_found");
    assert_eq!(
        visit(first["url"].as_str().unwrap()).await.status(),
        404,
        "another was begun"
    );

    let back = agree(made["form"]["action"].as_str().unwrap(), &fields).await;
    let path = back.strip_prefix(&gateway.url).unwrap();
    let (before, state) = path.rsplit_once("state=").unwrap();
    for bad in [format!("{before}state={}", "0".repeat(state.len())), before.to_owned()] {
        let answer = gateway.call_as("", "GET", &bad, None).await;
        answer.expect_refusal(400, "bad_request");
    }
    let other = path.replace("/github/", "/gitea/");
    gateway
        .call_as("", "GET", &other, None)
        .await
        .expect_refusal(404, "not_found");
    let answer = gateway.call_as("", "GET", path, None).await;
    assert_fields(answer.expect_ok(), &json!({ "id": "4711" }));
    gateway
        .call_as("", "GET", path, None)
        .await
        .expect_refusal(400, "bad_request");

    let making = gateway
        .get(&format!("{MANIFEST}/{}", made["id"].as_str().unwrap()))
        .await;
    assert_eq!((&making["state"], &making["app"]), (&json!("made"), answer.message()));
    let third = gateway
        .call("POST", MANIFEST, Some(json!({ "base_url": forge.url() })))
        .await;
    third.expect_refusal(409, "conflict");
}

#[tokio::test]
async fn a_forge_that_is_down_costs_neither_state_nor_code() {
    let (forge, _app) = forge().await;
    let gateway = start();
    let (made, fields) = begin(&gateway, &forge).await;
    let back = agree(made["form"]["action"].as_str().unwrap(), &fields).await;
    let path = back.strip_prefix(&gateway.url).unwrap();
    forge.fault("POST /api/v3/app-manifests", Fault::Fail(502));
    gateway
        .call_as("", "GET", path, None)
        .await
        .expect_refusal(503, "plugin_unavailable");
    let answer = gateway.call_as("", "GET", path, None).await;
    answer.expect_ok();
}

#[tokio::test]
async fn a_code_that_the_forge_does_not_know_makes_no_app() {
    let (forge, _app) = forge().await;
    let gateway = start();
    let (made, fields) = begin(&gateway, &forge).await;
    let back = agree(made["form"]["action"].as_str().unwrap(), &fields).await;
    let path = back
        .strip_prefix(&gateway.url)
        .unwrap()
        .replace("code=c0de", "code=d0de");
    gateway
        .call_as("", "GET", &path, None)
        .await
        .expect_refusal(400, "bad_request");
    let making = gateway
        .get(&format!("{MANIFEST}/{}", made["id"].as_str().unwrap()))
        .await;
    assert_fields(&making, &json!({ "state": "failed", "app": null }));
    assert!(!gateway.data().join("apps").exists());
    let answer = gateway.call("GET", INSTALLATIONS, None).await;
    answer.expect_refusal(503, "app_not_configured");
}

#[tokio::test]
async fn only_an_administrator_begins() {
    let gateway = start();
    gateway.make("/api/v1/orgs", json!({ "name": "acme" })).await;
    let new = json!({ "name": "t", "scope": "organization", "organizations": ["acme"] });
    let token = gateway.make("/api/v1/tokens", new).await["token"].clone();
    let token = token.as_str().unwrap();
    gateway
        .call_as(token, "POST", MANIFEST, None)
        .await
        .expect_refusal(403, "forbidden");
    gateway
        .call_as("", "POST", MANIFEST, None)
        .await
        .expect_refusal(401, "unauthorized");
    let none = gateway.call("POST", "/api/v1/apps/gitea/manifest", None).await;
    none.expect_refusal(404, "not_found");
    let public = gateway.make(MANIFEST, json!({ "name": "gate" })).await;
    let action = public["form"]["action"].as_str().unwrap();
    assert!(
        action.starts_with("https://github.com/settings/apps/new?state="),
        "{action}"
    );
    assert_eq!(public["warnings"].as_array().unwrap().len(), 1, "no public URL is set");
}

#[tokio::test]
async fn the_command_fails_when_its_link_comes_to_nothing() {
    let (forge, _app) = forge().await;
    let gateway = start();
    let (mut command, mut out, link) = create(&gateway, &forge);
    assert!(link.starts_with(&gateway.url), "{link}");
    begin(&gateway, &forge).await;
    let mut said = String::new();
    out.read_to_string(&mut said).unwrap();
    assert_eq!((command.wait().unwrap().code(), said.as_str()), (Some(1), ""));
}
