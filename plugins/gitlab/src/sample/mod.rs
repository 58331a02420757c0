//! Deliveries made on purpose, as GitLab 19 would send them: header fields and seals here, the words of the bodies beside.

mod blocks;
mod clock;
mod code;
mod statistics;

use forgegate_sdk::samples::{Encoding, MacSeal, Seal, Subject, Unsealed};
use forgegate_sdk::{Credential, Digest, Header};
use serde_json::Value;

use crate::verify;

/// A delivery of that kind; `None` where GitLab has no such event.
pub fn sample(event: &str, about: &Subject) -> Option<Unsealed> {
    let (hook, body) = delivery(event, about)?;
    Some(Unsealed {
        headers: headers(hook, about),
        payload: body.to_string().into_bytes(),
        seals: seals(),
    })
}

/// The value of the event field and the body.
fn delivery(event: &str, about: &Subject) -> Option<(&'static str, Value)> {
    Some(match event {
        "push" => ("Push Hook", code::push(about)),
        "tag" => ("Tag Push Hook", code::tag_push(about)),
        "pull-request" => ("Merge Request Hook", code::merge_request(about, "open")),
        "review" => ("Merge Request Hook", code::merge_request(about, "approved")),
        "comment" => ("Note Hook", code::note(about)),
        "release" => ("Release Hook", code::release(about)),
        "pipeline" => ("Pipeline Hook", statistics::pipeline(about)),
        "issue" => ("Issue Hook", statistics::issue(about)),
        "job" => ("Job Hook", statistics::job(about)),
        "deployment" => ("Deployment Hook", statistics::deployment(about)),
        "wiki" => ("Wiki Page Hook", statistics::wiki_page(about)),
        _ => return None,
    })
}

fn headers(hook: &str, about: &Subject) -> Vec<Header> {
    let time = about.sent_at.to_string();
    let fields = [
        ("content-type", "application/json"),
        ("user-agent", "GitLab/19.0.0"),
        (verify::IDEMPOTENCY_KEY, &about.delivery_id),
        (verify::EVENT, hook),
        // One request to GitLab causes one delivery here, so that the id of the request may be that of the delivery.
        ("x-gitlab-event-uuid", &about.delivery_id),
        ("x-gitlab-instance", &about.origin),
        (
            "x-gitlab-webhook-uuid",
            "5e0f2f3a-8d0c-4b6e-9c58-1d2a7b3c4d5e",
        ),
        (verify::ID, &about.delivery_id),
        (verify::TIMESTAMP, &time),
    ];
    let header = |(name, value): (&str, &str)| Header {
        name: name.to_owned(),
        value: value.to_owned(),
    };
    fields.map(header).into()
}

/// Both at once, as GitLab does where a hook has both.
fn seals() -> Vec<Seal> {
    vec![
        Seal::Token(verify::TOKEN.to_owned()),
        Seal::Mac(MacSeal {
            credential: Credential::SigningKey,
            digest: Digest::Sha256,
            message: verify::signed_message(),
            header: verify::SIGNATURE.to_owned(),
            prefix: verify::SCHEME.to_owned(),
            encoding: Encoding::Base64,
        }),
    ]
}

#[cfg(test)]
mod tests;
