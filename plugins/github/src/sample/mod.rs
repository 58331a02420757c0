//! Deliveries made on purpose, as GitHub would send them to an App: header fields and seal here, the payloads in `samples/events/`.
//!
//! A subject names no installation, so the number of the repository stands in for that of the installation.

mod template;

use forgegate_sdk::samples::{Encoding, MacSeal, Seal, Subject, Unsealed, render};
use forgegate_sdk::{Credential, Digest, Header, MessagePart};

/// The App's number in samples.
const APP: u64 = 1;

pub fn sample(kind: &str, about: &Subject) -> Option<Unsealed> {
    let (event, template) = event(kind)?;
    let payload = match (kind, about.ref_.strip_prefix("refs/tags/")) {
        ("tag", None) => {
            let ref_ = "refs/tags/v1.0.0".to_owned();
            render(template, &Subject { ref_, ..about.clone() }, template::word)
        }
        _ => render(template, about, template::word),
    };
    Some(Unsealed {
        headers: headers(event, about),
        payload: payload.into_bytes(),
        seals: vec![seal()],
    })
}

/// GitHub's name of the event, and its payload; `None` where GitHub has no such event.
fn event(kind: &str) -> Option<(&'static str, &'static str)> {
    Some(match kind {
        "push" | "tag" => ("push", include_str!("../../samples/events/push.json")),
        "pull-request" => ("pull_request", include_str!("../../samples/events/pull_request.json")),
        "comment" => ("issue_comment", include_str!("../../samples/events/comment.json")),
        "review" => ("pull_request_review", include_str!("../../samples/events/review.json")),
        "release" => ("release", include_str!("../../samples/events/release.json")),
        "issue" => ("issues", include_str!("../../samples/events/issue.json")),
        "pipeline" => ("workflow_run", include_str!("../../samples/events/workflow_run.json")),
        "job" => ("check_run", include_str!("../../samples/events/check_run.json")),
        "deployment" => (
            "deployment_status",
            include_str!("../../samples/events/deployment_status.json"),
        ),
        "wiki" => ("gollum", include_str!("../../samples/events/wiki.json")),
        "merge-group" => ("merge_group", include_str!("../../samples/events/merge_group.json")),
        "repository" => ("repository", include_str!("../../samples/events/repository.json")),
        "installation" => ("installation", include_str!("../../samples/events/installation.json")),
        "ping" => ("ping", include_str!("../../samples/events/ping.json")),
        _ => return None,
    })
}

fn headers(event: &str, about: &Subject) -> Vec<Header> {
    let app = APP.to_string();
    let fields = [
        ("accept", "*/*"),
        ("content-type", "application/json"),
        ("user-agent", "GitHub-Hookshot/0000000"),
        ("x-github-delivery", &about.delivery_id),
        ("x-github-event", event),
        ("x-github-hook-id", "1"),
        ("x-github-hook-installation-target-id", &app),
        ("x-github-hook-installation-target-type", "integration"),
    ];
    fields.map(|(name, value)| Header::new(name, value)).into()
}

fn seal() -> Seal {
    Seal::Mac(MacSeal {
        credential: Credential::Secret,
        digest: Digest::Sha256,
        message: vec![MessagePart::RawBody],
        header: "x-hub-signature-256".into(),
        prefix: "sha256=".into(),
        encoding: Encoding::Hex,
    })
}

#[cfg(test)]
mod tests;
