//! Deliveries as Gitea sends them, signed for real.

use forgegate_model::crypto::MacState;
use forgegate_model::evidence::Digest;
use serde_json::{Value, json};

/// A delivery, ready to be posted.
#[derive(Clone, Debug)]
pub struct Signed {
    /// Its header fields.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: Vec<u8>,
}

impl Signed {
    /// The delivery with another value of a header field.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The delivery without a header field.
    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self
    }
}

/// A push to `acme/widgets`.
#[derive(Clone, Debug)]
pub struct Push {
    /// Tells pushes apart: the commit and the delivery's id come from it.
    pub number: u64,
    /// The full ref.
    pub ref_name: String,
    /// Further text in the payload, to be searched for.
    pub message: String,
    /// The repository.
    pub repository: String,
}

impl Push {
    /// A push to a branch of its own.
    pub fn new(number: u64) -> Self {
        Self {
            number,
            ref_name: format!("refs/heads/b{number}"),
            message: "a change".to_owned(),
            repository: "acme/widgets".to_owned(),
        }
    }

    /// The commit.
    pub fn sha(&self) -> String {
        format!("{:040x}", u128::from(self.number) + 1)
    }

    /// The delivery's id.
    pub fn delivery_id(&self) -> String {
        format!("00000000-0000-4000-8000-{:012x}", self.number)
    }

    /// The payload.
    pub fn payload(&self) -> Value {
        let (after, full_name) = (self.sha(), &self.repository);
        json!({
            "ref": self.ref_name, "before": "f".repeat(40), "after": after, "total_commits": 1,
            "commits": [{ "id": after, "message": self.message, "url": format!("https://git.example.com/{full_name}/commit/{after}"),
                "author": { "name": "Ann", "email": "ann@example.com", "username": "ann" },
                "committer": { "name": "Ann", "email": "ann@example.com", "username": "ann" },
                "timestamp": "2026-01-02T03:04:05Z", "added": [], "removed": [], "modified": ["README.md"] }],
            "head_commit": { "id": after, "message": self.message },
            "repository": { "id": 7, "name": "widgets", "full_name": full_name, "owner": { "id": 1, "login": "acme" },
                "html_url": format!("https://git.example.com/{full_name}"), "clone_url": format!("https://git.example.com/{full_name}.git"),
                "ssh_url": format!("git@git.example.com:{full_name}.git"), "default_branch": "main", "fork": false, "private": false },
            "pusher": { "id": 2, "login": "ann" }, "sender": { "id": 2, "login": "ann" }
        })
    }

    /// The delivery, signed.
    pub fn signed(&self, secret: &str) -> Signed {
        sign(
            &self.payload().to_string(),
            "push",
            &self.delivery_id(),
            secret,
        )
    }
}

/// A delivery of any payload, signed.
pub fn sign(payload: &str, event: &str, delivery_id: &str, secret: &str) -> Signed {
    let mut mac = MacState::new(Digest::Sha256, secret.as_bytes()).expect("a key");
    mac.update(payload.as_bytes());
    let headers = [
        ("content-type", "application/json"),
        ("x-gitea-event", event),
        ("x-gitea-event-type", event),
        ("x-gitea-delivery", delivery_id),
        ("x-gitea-signature", &hex::encode(mac.tag())),
    ];
    Signed {
        headers: headers
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec(),
        body: payload.as_bytes().to_vec(),
    }
}
