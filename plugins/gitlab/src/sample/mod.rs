//! Deliveries made on purpose, as GitLab 19 would send them: header fields and seals here, the bodies in `samples/`.

mod template;

use forgegate_sdk::samples::{Encoding, MacSeal, Seal, Subject, Unsealed, render};
use forgegate_sdk::{Credential, Digest, Header};

use crate::verify;
/// A delivery of that kind; `None` where GitLab has no such event.
pub fn sample(event: &str, about: &Subject) -> Option<Unsealed> {
    let (hook, template) = delivery(event)?;
    Some(Unsealed {
        headers: headers(hook, about),
        payload: render(template, about, template::word).into_bytes(),
        seals: seals(),
    })
}

/// The value of the event field, and the body; `None` where GitLab has no such event.
fn delivery(event: &str) -> Option<(&'static str, &'static str)> {
    Some(match event {
        "push" => ("Push Hook", include_str!("../../samples/events/push.json")),
        "tag" => ("Tag Push Hook", include_str!("../../samples/events/tag_push.json")),
        "pull-request" => (
            "Merge Request Hook",
            include_str!("../../samples/events/merge_request.json"),
        ),
        "review" => ("Merge Request Hook", include_str!("../../samples/events/approval.json")),
        "comment" => ("Note Hook", include_str!("../../samples/events/note.json")),
        "release" => ("Release Hook", include_str!("../../samples/events/release.json")),
        "pipeline" => ("Pipeline Hook", include_str!("../../samples/events/pipeline.json")),
        "issue" => ("Issue Hook", include_str!("../../samples/events/issue.json")),
        "job" => ("Job Hook", include_str!("../../samples/events/job.json")),
        "deployment" => ("Deployment Hook", include_str!("../../samples/events/deployment.json")),
        "wiki" => ("Wiki Page Hook", include_str!("../../samples/events/wiki_page.json")),
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
        ("x-gitlab-webhook-uuid", "5e0f2f3a-8d0c-4b6e-9c58-1d2a7b3c4d5e"),
        (verify::ID, &about.delivery_id),
        (verify::TIMESTAMP, &time),
    ];
    fields.map(|(name, value)| Header::new(name, value)).into()
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
