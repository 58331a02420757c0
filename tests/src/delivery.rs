//! Deliveries as forges send them, signed for real.

use forgegate_model::crypto::MacState;
use forgegate_model::evidence::Digest;
use serde_json::{Value, json};

/// The secret of every hook, unless a test has another.
pub const SECRET: &str = "a secret of thirty-two characters";

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

    /// The delivery with one more header field, whether or not there is one of that name.
    pub fn and(mut self, name: &str, value: &str) -> Self {
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
        sign(&self.payload().to_string(), "push", &self.delivery_id(), secret)
    }
}

/// A pull request to `acme/widgets`, as Gitea sends it, from `bob/widgets` unless it is another's.
#[derive(Clone, Debug)]
pub struct PullRequest {
    /// Its number.
    pub number: u64,
    /// `opened`, `synchronized`, …
    pub action: &'static str,
    /// The head's commit.
    pub sha: String,
    /// The number and the full name of the head's repository.
    pub head: (u64, &'static str),
}

impl PullRequest {
    /// One of a fork, just opened.
    pub fn of_fork(number: u64, sha: &str) -> Self {
        Self {
            number,
            action: "opened",
            sha: sha.to_owned(),
            head: (8, "bob/widgets"),
        }
    }

    /// The payload.
    pub fn payload(&self) -> Value {
        let (number, (id, full_name)) = (self.number, self.head);
        let bob = json!({ "id": 3, "login": "bob" });
        let (own, theirs) = (repository(7, "acme/widgets"), repository(id, full_name));
        json!({
            "action": self.action, "number": number,
            "pull_request": {
                "id": 100 + number, "number": number, "user": bob, "title": "Add a feature", "body": "", "labels": [],
                "state": "open", "draft": false, "merged": false, "html_url": format!("https://git.example.com/acme/widgets/pulls/{number}"),
                "base": { "label": "main", "ref": "main", "sha": "c".repeat(40), "repo_id": 7, "repo": own },
                "head": { "label": "feature", "ref": "feature", "sha": self.sha, "repo_id": id, "repo": theirs },
                "merge_base": "c".repeat(40)
            },
            "repository": own, "sender": bob
        })
    }

    /// The delivery, signed.
    pub fn signed(&self, secret: &str) -> Signed {
        let id = format!("{}-{}-{}", self.number, self.action, self.sha);
        sign(&self.payload().to_string(), "pull_request", &id, secret)
    }
}

fn repository(id: u64, full_name: &str) -> Value {
    json!({ "id": id, "name": "widgets", "full_name": full_name, "owner": { "id": 1, "login": "acme" }, "private": false,
        "html_url": format!("https://git.example.com/{full_name}"), "clone_url": format!("https://git.example.com/{full_name}.git"),
        "ssh_url": format!("git@git.example.com:{full_name}.git"), "default_branch": "main", "fork": id != 7 })
}

/// A push to `acme/widgets` as an app's forge sends it for an installation.
pub fn app_push(number: u64, installation: u64) -> Value {
    let after = format!("{:040x}", u128::from(number) + 1);
    json!({
        "ref": format!("refs/heads/b{number}"), "before": "f".repeat(40), "after": after,
        "repository": { "id": 28, "name": "widgets", "full_name": "acme/widgets", "owner": { "login": "acme", "id": 30 }, "private": false,
            "fork": false, "html_url": "https://github.com/acme/widgets", "clone_url": "https://github.com/acme/widgets.git",
            "ssh_url": "git@github.com:acme/widgets.git", "git_url": "git://github.com/acme/widgets.git", "default_branch": "main" },
        "pusher": { "name": "ann" }, "sender": { "login": "ann", "id": 51, "type": "User" },
        "installation": { "id": installation }, "created": false, "deleted": false, "forced": false,
        "commits": [{ "id": after, "message": "a change", "timestamp": "2026-01-02T03:04:05Z", "distinct": true,
            "url": format!("https://github.com/acme/widgets/commit/{after}"), "author": { "name": "Ann", "email": "ann@example.com" },
            "added": [], "removed": [], "modified": ["README.md"] }],
        "head_commit": { "id": after, "message": "a change", "timestamp": "2026-01-02T03:04:05Z" }
    })
}

/// A push to `acme/widgets` of a GitLab at this address.
pub fn gitlab_push(number: u64, url: &str) -> Value {
    let after = Push::new(number).sha();
    json!({
        "object_kind": "push", "event_name": "push", "ref": format!("refs/heads/b{number}"), "checkout_sha": after,
        "before": "f".repeat(40), "after": after, "message": null,
        "user_id": 2, "user_name": "Ann", "user_username": "ann", "user_email": "", "user_avatar": null, "project_id": 7,
        "project": { "id": 7, "name": "widgets", "description": "", "web_url": format!("{url}/acme/widgets"), "avatar_url": null,
            "git_ssh_url": "git@127.0.0.1:acme/widgets.git", "git_http_url": format!("{url}/acme/widgets.git"), "namespace": "acme",
            "visibility_level": 0, "path_with_namespace": "acme/widgets", "default_branch": "main", "ci_config_path": "",
            "homepage": format!("{url}/acme/widgets"), "url": "git@127.0.0.1:acme/widgets.git",
            "ssh_url": "git@127.0.0.1:acme/widgets.git", "http_url": format!("{url}/acme/widgets.git") },
        "commits": [{ "id": after, "title": "a change", "message": "a change", "timestamp": "2026-01-02T03:04:05Z",
            "url": format!("{url}/acme/widgets/-/commit/{after}"), "author": { "name": "Ann", "email": "ann@example.com" },
            "added": [], "modified": ["README.md"], "removed": [] }],
        "total_commits_count": 1, "push_options": {}
    })
}

/// A body with the secret itself beside it, as GitLab sends it.
pub fn sign_with_token(payload: &str, event: &str, delivery_id: &str, secret: &str) -> Signed {
    Signed {
        headers: fields([
            ("content-type", "application/json"),
            ("x-gitlab-event", event),
            ("x-gitlab-event-uuid", delivery_id),
            ("idempotency-key", delivery_id),
            ("x-gitlab-token", secret),
        ]),
        body: payload.as_bytes().to_vec(),
    }
}

/// A body as an app's forge sends it: what is signed is what is sent.
pub fn sign_for_app(body: &str, content_type: &str, delivery_id: &str, secret: &str) -> Signed {
    Signed {
        headers: fields([
            ("content-type", content_type),
            ("x-github-event", "push"),
            ("x-github-delivery", delivery_id),
            ("x-hub-signature-256", &format!("sha256={}", hmac(body, secret))),
        ]),
        body: body.as_bytes().to_vec(),
    }
}

/// A delivery of any payload, signed.
pub fn sign(payload: &str, event: &str, delivery_id: &str, secret: &str) -> Signed {
    Signed {
        headers: fields([
            ("content-type", "application/json"),
            ("x-gitea-event", event),
            ("x-gitea-event-type", event),
            ("x-gitea-delivery", delivery_id),
            ("x-gitea-signature", &hmac(payload, secret)),
        ]),
        body: payload.as_bytes().to_vec(),
    }
}

/// HMAC-SHA-256, in hexadecimal digits.
pub fn hmac(message: &str, secret: &str) -> String {
    let mut mac = MacState::new(Digest::Sha256, secret.as_bytes()).expect("a key");
    mac.update(message.as_bytes());
    hex::encode(mac.tag())
}

/// A payload in the one field of a form.
pub fn form(payload: &str) -> String {
    let escaped = payload.bytes().map(|byte| match byte {
        b' ' => "+".to_owned(),
        _ if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    });
    format!("payload={}", escaped.collect::<String>())
}

fn fields<const N: usize>(fields: [(&str, &str); N]) -> Vec<(String, String)> {
    fields.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
}
