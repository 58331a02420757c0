//! Pushes as Gitea sends them, all distinct, signed for real, made before they are posted.
//!
//! A body begins with what is its own (branch, commit, newest commit) and ends with what all have in common, so that a hundred
//! thousand of them need little memory. The signature is over the whole.

use std::thread;

use forgegate_model::crypto::MacState;
use forgegate_model::evidence::Digest;
use serde_json::{Value, json};

/// The path of the hook that `gateway::furnish` makes.
pub const PATH: &str = "/api/v1/hooks/gitea/acme/hooks";

/// The secret of that hook.
pub const SECRET: &str = "a secret of the load generator";

/// The repository of its project.
pub const REPOSITORY: &str = "https://git.example.com/acme/widgets";

/// Makes pushes of one size.
pub struct Maker {
    secret: MacState,
    common: Vec<u8>,
    body_bytes: usize,
}

/// Requests, ready to be posted: the head and the beginning of the body of each, and the end of all bodies.
pub struct Requests {
    /// The head and the beginning of the body of each request.
    pub own: Vec<Box<[u8]>>,
    /// The end of the body, the same for all requests.
    pub common: Vec<u8>,
}

impl Maker {
    /// For bodies of about so many bytes: exactly so many where that leaves room for what a push must have.
    pub fn new(body_bytes: usize) -> Option<Self> {
        let secret = MacState::new(Digest::Sha256, SECRET.as_bytes())?;
        let common = common(body_bytes.saturating_sub(beginning(0).len()));
        let body_bytes = beginning(0).len() + common.len();
        Some(Self {
            secret,
            common,
            body_bytes,
        })
    }

    /// The pushes of these numbers, signed by the secret; on all processors.
    pub fn signed(&self, numbers: std::ops::Range<u64>) -> Requests {
        self.requests(numbers, |tag| tag)
    }

    /// The pushes of these numbers, each with one bit of its signature turned.
    pub fn forged(&self, numbers: std::ops::Range<u64>) -> Requests {
        self.requests(numbers, |mut tag| {
            if let Some(last) = tag.last_mut() {
                *last ^= 1;
            }
            tag
        })
    }

    fn requests(&self, numbers: std::ops::Range<u64>, seal: fn(Vec<u8>) -> Vec<u8>) -> Requests {
        let middle = numbers.start + (numbers.end - numbers.start) / 2;
        let make = |numbers: std::ops::Range<u64>| -> Vec<Box<[u8]>> {
            numbers.map(|number| self.request(number, seal)).collect()
        };
        let own = thread::scope(|scope| {
            let second = scope.spawn(|| make(middle..numbers.end));
            let mut own = make(numbers.start..middle);
            own.extend(second.join().unwrap_or_default());
            own
        });
        Requests {
            own,
            common: self.common.clone(),
        }
    }

    fn request(&self, number: u64, seal: fn(Vec<u8>) -> Vec<u8>) -> Box<[u8]> {
        let beginning = beginning(number);
        let mut mac = self.secret.clone();
        mac.update(beginning.as_bytes());
        mac.update(&self.common);
        let tag = hex::encode(seal(mac.tag()));
        let mut request = head(number, &tag, self.body_bytes);
        request.push_str(&beginning);
        request.into_bytes().into_boxed_slice()
    }
}

/// The head, with every header field that Gitea sends but the SHA-1.
fn head(number: u64, tag: &str, body_bytes: usize) -> String {
    let mut head = format!(
        "POST {PATH} HTTP/1.1\r\nhost: gateway.example.com\r\nuser-agent: Go-http-client/1.1\r\naccept-encoding: gzip\r\n\
         content-type: application/json\r\ncontent-length: {body_bytes}\r\nx-hub-signature-256: sha256={tag}\r\n"
    );
    for family in ["x-gitea", "x-gogs", "x-github"] {
        head.push_str(&format!("{family}-delivery: 00000000-0000-4000-8000-{number:012x}\r\n"));
        head.push_str(&format!("{family}-event: push\r\n{family}-event-type: push\r\n"));
    }
    for family in ["x-gitea", "x-gogs"] {
        head.push_str(&format!("{family}-signature: {tag}\r\n"));
    }
    for family in ["x-gitea", "x-github"] {
        head.push_str(&format!("{family}-hook-installation-target-type: repository\r\n"));
    }
    head.push_str("\r\n");
    head
}

/// The beginning of a body, which tells a push from all others. It has the same length for every number.
fn beginning(number: u64) -> String {
    let (before, after) = ("f".repeat(40), format!("{:040x}", u128::from(number) + 1));
    let newest = commit(&after, "Change what is to be built\n");
    format!(
        r#"{{"ref":"refs/heads/b{number:012}","before":"{before}","after":"{after}","compare_url":"{REPOSITORY}/compare/{before}...{after}","head_commit":{newest},"commits":[{newest}"#
    )
}

/// The end of every body: older commits up to the size that is wanted, repository, pusher, sender.
fn common(bytes: usize) -> Vec<u8> {
    let older = |message: &str| format!(",{}", commit(&"e".repeat(40), message));
    let repository = repository();
    let person = person(&repository);
    let end = |commits: usize| {
        format!(r#"],"total_commits":{commits},"repository":{repository},"pusher":{person},"sender":{person}}}"#)
    };
    let usual = older("An older change\n\nIt says at some length why it was made, as people do.\n");
    let wanted = bytes.saturating_sub(end(0).len());
    let count = (wanted / usual.len()).saturating_sub(1);
    let mut text = usual.repeat(count);
    let end = end(count + 2);
    let padding = bytes.saturating_sub(text.len() + end.len() + older("").len());
    text.push_str(&older(
        &"why ".repeat(padding / 4 + 1).chars().take(padding).collect::<String>(),
    ));
    text.push_str(&end);
    text.into_bytes()
}

fn commit(id: &str, message: &str) -> Value {
    let person = json!({ "name": "Ann Example", "email": "ann@example.com", "username": "ann" });
    json!({
        "id": id, "message": message, "url": format!("{REPOSITORY}/commit/{id}"), "author": person, "committer": person,
        "verification": null, "timestamp": "2026-01-02T03:04:05+01:00",
        "added": ["src/parse/added.rs"], "removed": [], "modified": ["README.md", "src/main.rs", "src/parse/mod.rs"]
    })
}

fn person(repository: &Value) -> Value {
    repository.get("owner").cloned().unwrap_or_default()
}

/// The repository as it stands in every payload.
fn repository() -> Value {
    serde_json::from_str(include_str!("repository.json")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(maker: &Maker, requests: &Requests, index: usize) -> Vec<u8> {
        let own = &requests.own[index];
        let begin = own.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
        [&own[begin..], &maker.common].concat()
    }

    #[test]
    fn a_push_has_the_size_that_is_wanted_and_says_so() {
        for bytes in [6144, 8192, 100_000] {
            let maker = Maker::new(bytes).unwrap();
            let requests = maker.signed(5..7);
            let text = String::from_utf8_lossy(&requests.own[0]);
            assert_eq!(body(&maker, &requests, 0).len(), bytes);
            assert!(text.contains(&format!("content-length: {bytes}\r\n")), "{text}");
        }
    }

    #[test]
    fn every_push_is_another_and_signed_over_its_whole_body() {
        let maker = Maker::new(8192).unwrap();
        let requests = maker.signed(10..13);
        let mut heads = Vec::new();
        for index in 0..3 {
            let body = body(&maker, &requests, index);
            let payload: Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(payload["ref"], format!("refs/heads/b{:012}", 10 + index));
            assert_eq!(payload["total_commits"], payload["commits"].as_array().unwrap().len());
            let mut mac = maker.secret.clone();
            mac.update(&body);
            let text = String::from_utf8_lossy(&requests.own[index]).into_owned();
            assert!(
                text.contains(&format!("x-gitea-signature: {}\r\n", hex::encode(mac.tag()))),
                "{text}"
            );
            heads.push(text);
        }
        heads.dedup();
        assert_eq!(heads.len(), 3);
    }

    #[test]
    fn a_forged_push_differs_in_its_signature_alone() {
        let maker = Maker::new(8192).unwrap();
        let (signed, forged) = (maker.signed(1..2), maker.forged(1..2));
        let differ = signed.own[0]
            .iter()
            .zip(&forged.own[0])
            .filter(|(left, right)| left != right)
            .count();
        // Once in each of the three fields that carry it.
        assert_eq!(differ, 3);
    }
}
