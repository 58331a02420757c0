//! Tests of the fake forges themselves.

mod gitea;
mod github;
mod gitlab;

use std::collections::BTreeSet;
use std::time::Duration;

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::server::seconds;
use super::*;
use crate::delivery::hmac;

const HEAD: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const FORKED: &str = "dddddddddddddddddddddddddddddddddddddddd";

/// Ann owns the repository, the gate may write, bob may look and has a pull request from his fork.
fn people(forge: &FakeForge) {
    let mut world = forge.world();
    world.enrol(2, "ann", "t-ann");
    world.enrol(3, "bob", "t-bob");
    world.enrol(9, "gate", "t-gate");
    world.found(8, "bob/widgets", FORKED);
    let widgets = world.found(7, "acme/widgets", HEAD);
    widgets.levels = [("ann", Level::Admin), ("gate", Level::Write)]
        .map(|(who, level)| (who.to_owned(), level))
        .into();
    widgets.commits = Some(BTreeSet::new());
    widgets.pulls.push(Pull {
        number: 1,
        author: "bob".to_owned(),
        sha: FORKED.to_owned(),
        branch: "topic".to_owned(),
        head_repository: Some(8),
        base: "main".to_owned(),
        reviews: vec![Review {
            by: "ann".to_owned(),
            state: "approved".to_owned(),
            sha: FORKED.to_owned(),
        }],
        ..Pull::default()
    });
}

struct Caller<'a> {
    forge: &'a FakeForge,
    base: &'static str,
    credential: (&'static str, String),
}

impl Caller<'_> {
    async fn try_ask(&self, method: &str, path: &str, body: Value) -> Option<(u16, Value)> {
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        let url = format!("{}{}{path}", self.forge.url(), self.base);
        let mut request = client
            .request(method.parse().unwrap(), url)
            .header("user-agent", "test");
        request = request.header(self.credential.0, &self.credential.1);
        if !body.is_null() {
            request = request.json(&body);
        }
        let answer = request.send().await.ok()?;
        let status = answer.status().as_u16();
        Some((status, answer.json().await.unwrap_or_default()))
    }

    async fn ask(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        self.try_ask(method, path, body).await.expect("an answer")
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        self.ask("GET", path, Value::Null).await
    }
}

fn gitea<'a>(forge: &'a FakeForge, token: &str) -> Caller<'a> {
    let credential = ("authorization", format!("token {token}"));
    Caller {
        forge,
        base: "/api/v1",
        credential,
    }
}

fn gitlab<'a>(forge: &'a FakeForge, token: &str) -> Caller<'a> {
    let credential = ("private-token", token.to_owned());
    Caller {
        forge,
        base: "/api/v4",
        credential,
    }
}

fn github<'a>(forge: &'a FakeForge, token: &str) -> Caller<'a> {
    let credential = ("authorization", format!("Bearer {token}"));
    Caller {
        forge,
        base: "/api/v3",
        credential,
    }
}

/// Takes one delivery, answers 200, and gives its head and its body.
async fn receiver() -> (String, tokio::task::JoinHandle<(String, String)>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let taken = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut text = String::new();
        loop {
            let mut buffer = [0; 4096];
            let read = stream.read(&mut buffer).await.unwrap();
            text.push_str(std::str::from_utf8(&buffer[..read]).unwrap());
            let Some((head, body)) = text.split_once("\r\n\r\n") else {
                continue;
            };
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .unwrap();
            if body.len() == length.parse::<usize>().unwrap() {
                stream
                    .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
                    .await
                    .unwrap();
                return (head.to_owned(), body.to_owned());
            }
        }
    });
    (url, taken)
}

fn field<'a>(head: &'a str, name: &str) -> &'a str {
    let prefix = format!("{name}: ");
    head.lines()
        .find_map(|line| line.strip_prefix(&prefix))
        .unwrap_or_default()
}

#[tokio::test]
async fn a_fault_is_done_to_the_call_and_noted() {
    let forge = FakeForge::gitea().await;
    people(&forge);
    let gate = gitea(&forge, "t-gate");
    let path = format!("/repos/acme/widgets/statuses/{HEAD}");
    let set = async |context: &str| {
        gate.try_ask("POST", &path, json!({ "state": "pending", "context": context }))
            .await
    };
    forge.fault("POST", Fault::DropBefore);
    assert_eq!(set("before").await, None);
    forge.fault("POST", Fault::DropAfter);
    assert_eq!(set("after").await, None);
    forge.fault("POST", Fault::RateLimit(0));
    assert_eq!(set("limited").await.unwrap().0, 429);
    forge.fault("POST", Fault::Fail(502));
    assert_eq!(set("failed").await.unwrap().0, 502);
    forge.fault("POST", Fault::Delay(Duration::from_millis(1)));
    assert_eq!(set("delayed").await.unwrap().0, 201);
    forge.fault(
        "/user",
        Fault::Answer(Reply::empty(307).with("location", "http://127.0.0.1:1/elsewhere")),
    );
    assert_eq!(gate.get("/user").await.0, 307);
    let shown: Vec<_> = forge
        .world()
        .shown
        .iter()
        .map(|(_, _, context, _)| context.clone())
        .collect();
    assert_eq!(shown, ["after", "delayed"]);
    let statuses: Vec<_> = forge.calls().iter().map(Logged::status).collect();
    assert_eq!(statuses, [0, 0, 429, 502, 201, 307]);
}

#[tokio::test]
async fn every_shape_of_a_limit_says_so() {
    let (forge, _) = FakeForge::github(AppSettings::default()).await;
    people(&forge);
    let ann = github(&forge, "t-ann");
    let mut shapes = BTreeSet::new();
    for shape in 0..5 {
        forge.fault("GET", Fault::RateLimit(shape));
        let (status, answer) = ann.get("/user").await;
        shapes.insert((status, answer["message"].to_string()));
    }
    let statuses: Vec<_> = shapes.iter().map(|(status, _)| *status).collect();
    assert_eq!(statuses, [403, 403, 422, 429, 429]);
}
