//! The cost of the sandbox: proof and parse of a push through a bundled component, a fresh instance for each call, beside the same
//! plugin's code called natively. The difference of the medians is the price.
//!
//! `component` with two threads beside one shows whether calls get in each other's way: `divan` prints the time of one iteration
//! on each thread.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a measurement stops at the first surprise"
)]

use std::sync::LazyLock;

use bytes::Bytes;
use divan::{Bencher, black_box};
use forgegate_model::evidence::AuthenticDelivery;
use forgegate_model::header::Headers;
use forgegate_sandbox::{Plugin, Sandbox, Settings, Source};
use forgegate_sdk::Inbound;
use tokio::runtime::{Builder, Runtime};

/// Bytes of a payload.
const SIZES: [usize; 4] = [7 << 10, 8 << 10, 50 << 10, 1 << 20];

/// Header fields of a delivery, the signature's value apart; what is proved is not the point here.
const FIELDS: [(&str, &str); 10] = [
    ("content-type", "application/json"),
    ("user-agent", "Go-http-client/1.1"),
    ("x-gitea-delivery", "11111111-2222-3333-4444-555555555555"),
    ("x-gitea-event", "push"),
    ("x-gitea-event-type", "push"),
    ("x-gogs-delivery", "11111111-2222-3333-4444-555555555555"),
    ("x-gogs-event", "push"),
    ("x-github-event", "push"),
    (
        "x-gitea-signature",
        "abababababababababababababababababababababababababababababababab",
    ),
    (
        "x-gogs-signature",
        "abababababababababababababababababababababababababababababababab",
    ),
];

static PLUGIN: LazyLock<Plugin> = LazyLock::new(|| {
    let component = forgegate_bundled::components()
        .iter()
        .find(|it| it.forge == "gitea")
        .expect("the component");
    let load = async {
        let sandbox = Sandbox::new(Settings::default()).expect("a sandbox");
        sandbox.load(component.wasm, Source::Bundled).await
    };
    runtime().block_on(load).expect("a plugin")
});

thread_local! {
    static RUNTIME: Runtime = runtime();
}

fn main() {
    LazyLock::force(&PLUGIN);
    divan::main();
}

/// Through the component, everything that the host adds included: header fields over, a store, an instance, the event checked.
#[divan::bench(args = SIZES, threads = [1, 2])]
fn component(bencher: Bencher<'_, '_>, bytes: usize) {
    let delivery = delivery(bytes);
    bencher.bench(|| {
        let work = async {
            let evidence = PLUGIN.verify(delivery.headers()).await;
            let event = PLUGIN.parse(&delivery).await;
            (evidence.expect("an answer"), event.expect("an answer"))
        };
        let (evidence, event) = RUNTIME.with(|runtime| runtime.block_on(work));
        (evidence.expect("evidence"), event.expect("an event"))
    });
}

/// The same code without a sandbox.
#[divan::bench(args = SIZES)]
fn native(bencher: Bencher<'_, '_>, bytes: usize) {
    let payload = payload(bytes);
    let headers = forgegate_sdk::Headers::from_iter(FIELDS);
    bencher.bench_local(|| {
        let evidence = forgegate_plugin_gitea::Gitea::verify(black_box(&headers));
        let event = forgegate_plugin_gitea::Gitea::parse("push", &headers, black_box(&payload));
        (evidence.expect("evidence"), event.expect("an event"))
    });
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

fn delivery(bytes: usize) -> AuthenticDelivery {
    let fields = FIELDS.map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec()));
    let id = Some("11111111-2222-3333-4444-555555555555");
    let payload = Bytes::from(payload(bytes));
    AuthenticDelivery::unproved(Headers::new(fields), "push", payload, id)
}

/// A push of about so many bytes: as many commits as that takes.
fn payload(bytes: usize) -> Vec<u8> {
    let commit = commit();
    let end = format!(
        r#"],"total_commits":1,"head_commit":{commit},"repository":{REPOSITORY},"pusher":{PERSON},"sender":{PERSON}}}"#
    );
    let (before, after) = ("1".repeat(40), "2".repeat(40));
    let mut text = format!(r#"{{"ref":"refs/heads/main","before":"{before}","after":"{after}","commits":[{commit}"#);
    while text.len() + end.len() + commit.len() < bytes {
        text.push(',');
        text.push_str(&commit);
    }
    text.push_str(&end);
    text.into_bytes()
}

fn commit() -> String {
    let id = "2".repeat(40);
    let person = r#"{"name":"Ann Example","email":"ann@example.com","username":"ann"}"#;
    format!(
        r#"{{"id":"{id}","message":"Say why\n\nAt some length.\n","url":"https://git.example.com/acme/widgets/commit/{id}","author":{person},"committer":{person},"verification":null,"timestamp":"2026-01-02T03:04:05Z","added":["src/added.rs"],"removed":[],"modified":["README.md","src/main.rs"]}}"#
    )
}

const PERSON: &str = r#"{"id":2,"login":"ann","full_name":"Ann Example","email":"ann@example.com","avatar_url":"https://git.example.com/avatars/3a1f5cf0","html_url":"https://git.example.com/ann","language":"","is_admin":false,"last_login":"0001-01-01T00:00:00Z","created":"2025-01-01T10:00:00Z","restricted":false,"active":false,"location":"","website":"","description":"","visibility":"public","followers_count":0,"username":"ann"}"#;

const REPOSITORY: &str = r#"{"id":7,"owner":{"id":1,"login":"acme","full_name":"","email":"","username":"acme"},"name":"widgets","full_name":"acme/widgets","description":"","empty":false,"private":false,"fork":false,"template":false,"mirror":false,"size":4711,"language":"Rust","html_url":"https://git.example.com/acme/widgets","url":"https://git.example.com/api/v1/repos/acme/widgets","ssh_url":"git@git.example.com:acme/widgets.git","clone_url":"https://git.example.com/acme/widgets.git","original_url":"","website":"","stars_count":3,"forks_count":1,"open_issues_count":5,"default_branch":"main","archived":false,"created_at":"2025-01-01T10:00:00Z","updated_at":"2026-01-02T03:04:05Z","permissions":{"admin":true,"push":true,"pull":true},"has_issues":true,"has_wiki":true,"has_pull_requests":true,"has_projects":true,"allow_merge_commits":true,"allow_rebase":true,"default_merge_style":"merge","avatar_url":"","internal":false,"object_format_name":"sha1"}"#;
