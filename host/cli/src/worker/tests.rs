//! The worker against a stand-in gateway: real HTTP, real processes.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::{Router, body};
use forgegate_model::timestamp::Timestamp;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{Options, work};
use crate::Failure;
use crate::client::Client;

const ID: &str = "01890000-0000-7000-8000-000000000001";
const LEASE: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// The answers of the stand-in to one kind of call: each in turn, the last for ever.
type Answers = VecDeque<(u16, Value)>;

#[derive(Default)]
struct Stand {
    claims: Mutex<Answers>,
    heartbeats: Mutex<Answers>,
    finishes: Mutex<Answers>,
    calls: Mutex<Vec<(String, Value)>>,
    called: Notify,
}

struct Stage {
    stand: Arc<Stand>,
    url: String,
    folder: TempDir,
    stop: CancellationToken,
    shutdown: CancellationToken,
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap())
}

fn ok(message: Value) -> (u16, Value) {
    (200, json!({ "error": false, "message": message }))
}

fn refused(status: u16, code: &str) -> (u16, Value) {
    (status, json!({ "error": true, "code": code, "message": "no" }))
}

fn claim() -> (u16, Value) {
    let evaluation = json!({ "id": ID, "organization": "acme", "project": "widgets", "clone_url": "https://git.example.com/acme/widgets.git",
        "fetch_ref": "refs/heads/main", "ref": "refs/heads/main", "sha": "abc", "trust": "trusted", "state": "running" });
    let expires_at = now().plus(Duration::from_millis(300));
    ok(json!({ "evaluation": evaluation, "lease": { "token": LEASE, "expires_at": expires_at } }))
}

fn next(answers: &Mutex<Answers>, usual: (u16, Value)) -> (u16, Value) {
    let mut answers = answers.lock().unwrap();
    if answers.len() > 1 {
        answers.pop_front().unwrap()
    } else {
        answers.front().cloned().unwrap_or(usual)
    }
}

async fn answer(State(stand): State<Arc<Stand>>, request: Request) -> Response {
    assert_eq!(request.headers().get("authorization").unwrap(), "Bearer fgt_worker");
    let word = request.uri().path().rsplit('/').next().unwrap().to_owned();
    let bytes = body::to_bytes(request.into_body(), 1 << 20).await.unwrap();
    stand
        .calls
        .lock()
        .unwrap()
        .push((word.clone(), serde_json::from_slice(&bytes).unwrap()));
    stand.called.notify_waiters();
    let (status, body) = match word.as_str() {
        "claim" => {
            let one = stand.claims.lock().unwrap().pop_front();
            match one {
                Some(one) => one,
                None => std::future::pending().await,
            }
        }
        "heartbeat" => next(
            &stand.heartbeats,
            ok(json!({ "expires_at": Timestamp::from_micros(0), "cancel": false })),
        ),
        _ => next(&stand.finishes, ok(json!({}))),
    };
    Response::builder()
        .status(status)
        .body(Body::from(body.to_string()))
        .unwrap()
}

impl Stage {
    async fn set(claims: impl IntoIterator<Item = (u16, Value)>) -> Self {
        let stand = Arc::new(Stand {
            claims: Mutex::new(claims.into_iter().collect()),
            ..Stand::default()
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(answer).with_state(Arc::clone(&stand));
        let shutdown = CancellationToken::new();
        let served = axum::serve(listener, router).into_future();
        let ended = shutdown.clone();
        tokio::spawn(async move { ended.run_until_cancelled(served).await });
        Self {
            stand,
            url,
            folder: TempDir::new().unwrap(),
            stop: CancellationToken::new(),
            shutdown,
        }
    }

    fn heartbeats(self, answers: impl IntoIterator<Item = (u16, Value)>) -> Self {
        *self.stand.heartbeats.lock().unwrap() = answers.into_iter().collect();
        self
    }

    fn finishes(self, answers: impl IntoIterator<Item = (u16, Value)>) -> Self {
        *self.stand.finishes.lock().unwrap() = answers.into_iter().collect();
        self
    }

    /// Starts a worker; `$T` in its command is this test's folder.
    fn work(&self, exec: &str) -> JoinHandle<Result<(), Failure>> {
        let exec = format!("T='{}'\n{exec}", self.folder.path().display());
        let options = Options {
            exec,
            concurrency: 1,
            labels: vec!["linux".to_owned()],
            approved: false,
            clock: now,
        };
        let client = Client::new(&self.url, "fgt_worker").ok().unwrap();
        tokio::spawn(work(client, Arc::new(options), self.stop.clone()))
    }

    /// Waits until a kind of call came so often, and answers their bodies.
    async fn calls(&self, word: &str, times: usize) -> Vec<Value> {
        let waiting = async {
            loop {
                let mut called = std::pin::pin!(self.stand.called.notified());
                called.as_mut().enable();
                let bodies = self.told(word);
                if bodies.len() >= times {
                    return bodies;
                }
                called.await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), waiting)
            .await
            .unwrap_or_else(|_| panic!("no {times} calls of {word}"))
    }

    fn told(&self, word: &str) -> Vec<Value> {
        let calls = self.stand.calls.lock().unwrap();
        calls
            .iter()
            .filter(|(it, _)| it == word)
            .map(|(_, body)| body.clone())
            .collect()
    }

    async fn read(&self, name: &str) -> String {
        let path = self.folder.path().join(name);
        until(|| std::fs::read_to_string(&path).ok().filter(|text| text.ends_with('\n'))).await
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

async fn until<T>(mut find: impl FnMut() -> Option<T>) -> T {
    let waiting = async {
        loop {
            if let Some(found) = find() {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), waiting)
        .await
        .expect("what was waited for")
}

async fn is_gone(pid: &str) {
    let runs = || std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z"));
    until(|| (!runs()).then_some(())).await;
}

#[tokio::test]
async fn the_command_gets_a_clean_environment_an_empty_folder_and_the_claim() {
    let stage = Stage::set([claim()]).await;
    let exec = r#"env > $T/env; pwd > $T/pwd; ls -A > $T/list; cat > $T/stdin
        stat -c %a "$FORGEGATE_EVALUATION_FILE" > $T/mode; cat "$FORGEGATE_EVALUATION_FILE" > $T/claim"#;
    let working = stage.work(exec);
    let finish = stage.calls("finish", 1).await;
    assert_eq!(
        finish[0],
        json!({ "lease": LEASE, "state": "succeeded", "description": null })
    );
    stage.stop.cancel();
    working.await.unwrap().unwrap();

    let read = |name: &str| std::fs::read_to_string(stage.folder.path().join(name)).unwrap();
    let text = read("env");
    let environment: BTreeMap<_, _> = text.lines().filter_map(|line| line.split_once('=')).collect();
    assert_eq!(
        (environment["FORGEGATE_EVALUATION_ID"], environment["FORGEGATE_URL"]),
        (ID, stage.url.as_str())
    );
    assert_eq!(
        (environment["FORGEGATE_SHA"], environment["FORGEGATE_LEASE_TOKEN"]),
        ("abc", LEASE)
    );
    // The shell sets four by itself.
    let known = ["PATH", "HOME", "LANG", "PWD", "OLDPWD", "SHLVL", "_"];
    let strange: Vec<_> = environment
        .keys()
        .filter(|name| !known.contains(name) && !name.starts_with("FORGEGATE_"))
        .collect();
    assert!(strange.is_empty(), "{strange:?}");
    assert_eq!(
        environment.keys().filter(|name| name.starts_with("FORGEGATE_")).count(),
        11
    );
    assert!(
        !text.contains("fgt_worker"),
        "the worker's own token is not the command's"
    );
    assert_eq!(
        (read("list"), read("stdin"), read("mode")),
        (String::new(), String::new(), "600\n".to_owned())
    );
    assert_eq!(
        serde_json::from_str::<Value>(&read("claim")).unwrap()["lease"]["token"],
        LEASE
    );
    assert!(!Path::new(read("pwd").trim()).exists() && !Path::new(environment["FORGEGATE_EVALUATION_FILE"]).exists());

    let claims = stage.told("claim");
    assert_eq!(
        (&claims[0]["wait_ms"], &claims[0]["approved"], &claims[0]["labels"]),
        (&json!(30_000), &json!(false), &json!(["linux"]))
    );
}

#[tokio::test]
async fn a_failure_is_told_with_its_number() {
    let stage = Stage::set([claim()]).await;
    let _working = stage.work("exit 3");
    let finish = stage.calls("finish", 1).await;
    assert_eq!(
        finish[0],
        json!({ "lease": LEASE, "state": "failed", "description": "the command ended with 3" })
    );
}

#[tokio::test]
async fn a_cancel_asks_the_command_to_end_and_nothing_is_finished() {
    let cancelled = ok(json!({ "expires_at": Timestamp::from_micros(0), "cancel": true }));
    let stage = Stage::set([claim()]).await.heartbeats([cancelled]);
    let working = stage.work("trap 'echo asked > $T/asked; exit 0' TERM; while :; do sleep 0.02; done");
    assert_eq!(stage.read("asked").await, "asked\n");
    // The place is free again: the worker asks for more.
    stage.calls("claim", 2).await;
    stage.stop.cancel();
    working.await.unwrap().unwrap();
    assert!(stage.told("finish").is_empty());
}

#[tokio::test]
async fn a_lost_lease_ends_the_command_and_what_it_started() {
    let stage = Stage::set([claim()]).await.heartbeats([refused(409, "lease_lost")]);
    let _working = stage.work("sleep 1000 & echo $! > $T/pid; wait");
    is_gone(stage.read("pid").await.trim()).await;
    stage.calls("claim", 2).await;
    assert!(stage.told("finish").is_empty());
}

#[tokio::test]
async fn the_command_runs_on_while_heartbeats_fail() {
    let troubles = [
        refused(503, "draining"),
        refused(500, "internal"),
        refused(404, "not_found"),
        (502, json!("<html>")),
    ];
    let stage = Stage::set([claim()]).await.heartbeats(troubles);
    let working = stage.work("until test -e $T/go; do sleep 0.02; done");
    stage.calls("heartbeat", 5).await;
    std::fs::write(stage.folder.path().join("go"), "").unwrap();
    let finish = stage.calls("finish", 1).await;
    assert_eq!(finish[0]["state"], "succeeded");
    stage.stop.cancel();
    working.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_finish_is_told_until_it_is_answered_and_the_lease_held_meanwhile() {
    let stage = Stage::set([claim()]).await.finishes([
        refused(503, "storage_unavailable"),
        (502, json!("a proxy's")),
        ok(json!({})),
    ]);
    let working = stage.work("true");
    let finish = stage.calls("finish", 3).await;
    assert!(finish.iter().all(|body| body == &finish[0]));
    assert!(!stage.told("heartbeat").is_empty());
    stage.calls("claim", 2).await;
    stage.stop.cancel();
    working.await.unwrap().unwrap();
    assert_eq!(stage.told("finish").len(), 3);
}

#[tokio::test]
async fn a_finish_that_is_refused_is_not_told_again() {
    for (status, code) in [(409, "lease_lost"), (404, "not_found")] {
        let stage = Stage::set([claim()]).await.finishes([refused(status, code)]);
        let _working = stage.work("true");
        stage.calls("claim", 2).await;
        assert_eq!(stage.told("finish").len(), 1);
    }
}

#[tokio::test]
async fn a_worker_that_is_not_taken_ends_with_a_sentence() {
    for (status, code) in [(401, "unauthorized"), (403, "forbidden")] {
        let stage = Stage::set([refused(status, code)]).await;
        let sentence = stage.work("true").await.unwrap().unwrap_err().to_string();
        assert!(
            sentence.contains("does not take this worker") && sentence.contains(code),
            "{sentence}"
        );
    }
}

#[tokio::test]
async fn a_claim_is_asked_for_again_after_trouble() {
    let nothing = (204, Value::Null);
    let stage = Stage::set([refused(503, "draining"), (200, json!("nonsense")), nothing, claim()]).await;
    let _working = stage.work("true");
    stage.calls("finish", 1).await;
}

#[tokio::test]
async fn a_stopped_worker_finishes_what_runs_and_claims_no_more() {
    let stage = Stage::set([claim(), claim()]).await;
    let working = stage.work("echo up > $T/up; until test -e $T/go; do sleep 0.02; done");
    stage.read("up").await;
    stage.stop.cancel();
    stage.calls("heartbeat", 1).await;
    std::fs::write(stage.folder.path().join("go"), "").unwrap();
    working.await.unwrap().unwrap();
    assert_eq!(stage.told("finish")[0]["state"], "succeeded");
    assert_eq!(stage.told("claim").len(), 1);
}

#[tokio::test]
async fn a_worker_that_is_dropped_leaves_nothing_running() {
    let stage = Stage::set([claim()]).await;
    let working = stage.work("trap '' TERM; sleep 1000 & echo $! > $T/pid; pwd > $T/pwd; wait");
    let folder = stage.read("pwd").await;
    working.abort();
    is_gone(stage.read("pid").await.trim()).await;
    until(|| (!Path::new(folder.trim()).exists()).then_some(())).await;
}

#[tokio::test]
async fn what_left_the_group_with_the_output_open_does_not_hold_the_worker() {
    let stage = Stage::set([claim()]).await;
    let _working = stage.work(
        "setsid sh -c 'echo $$ > $T/pid; exec sleep 1000' & until test -s $T/pid; do sleep 0.01; done"
            .replace("$T", &stage.folder.path().display().to_string())
            .as_str(),
    );
    let finish = stage.calls("finish", 1).await;
    assert_eq!(finish[0]["state"], "succeeded");
    let pid: i32 = stage.read("pid").await.trim().parse().unwrap();
    rustix::process::kill_process(
        rustix::process::Pid::from_raw(pid).unwrap(),
        rustix::process::Signal::KILL,
    )
    .unwrap();
}
