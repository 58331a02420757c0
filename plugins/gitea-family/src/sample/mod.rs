//! Deliveries made on purpose, as a forge of this family sends them.
//!
//! The payloads are the files of `samples/`. `${word}` stands for a value of the subject, or for another file.

mod template;

use forgegate_sdk::samples::{Encoding, MacSeal, Seal, Subject, Unsealed, render};
use forgegate_sdk::{Credential, Digest, Header, MessagePart, is_zero_id};

/// The header fields that a forge sends, by its ancestry.
pub struct Lineage {
    /// The families of fields (`x-gitea`, …) that carry event and delivery id.
    pub families: &'static [&'static str],
    /// The families that carry a signature of the bare form.
    pub signing_families: &'static [&'static str],
    /// Fields that say the same whatever happened.
    pub constant: &'static [(&'static str, &'static str)],
    /// The form in which it tells of its automation.
    pub automation: Automation,
}

/// The form in which a forge tells of the runs of its automation.
pub enum Automation {
    /// `workflow_run` and `workflow_job`.
    Gitea,
    /// `action_run_…` and `workflow_job_…`.
    Forgejo,
}

/// One kind of event, as the forge names it in the fields `…-event` and `…-event-type`.
struct Kind {
    event: &'static str,
    event_type: &'static str,
    template: &'static str,
}

/// A delivery of that kind; `None` where this family has no such event.
pub fn sample(event: &str, about: &Subject, lineage: &Lineage) -> Option<Unsealed> {
    let kind = kind(event, about, lineage)?;
    Some(Unsealed {
        headers: headers(&kind, about, lineage),
        payload: render(kind.template, about, template::word).into_bytes(),
        seals: seals(lineage),
    })
}

/// The file of `samples/events`.
macro_rules! template {
    ($file:literal) => {
        include_str!(concat!("../../samples/events/", $file, ".json"))
    };
}

fn kind(event: &str, about: &Subject, lineage: &Lineage) -> Option<Kind> {
    let gitea = matches!(lineage.automation, Automation::Gitea);
    Some(match event {
        // The forge sends no push for a branch that is gone.
        "push" if is_zero_id(&about.after) => Kind::plain("delete", template!("delete")),
        "push" => Kind::plain("push", template!("push")),
        "tag" => Kind::plain("push", template!("tag")),
        "pull-request" => Kind::plain("pull_request", template!("pull_request")),
        "comment" => Kind {
            event_type: "pull_request_comment",
            ..Kind::plain("issue_comment", template!("comment"))
        },
        "review" => Kind {
            event_type: "pull_request_review_approved",
            ..Kind::plain("pull_request_approved", template!("review"))
        },
        "release" => Kind::plain("release", template!("release")),
        "issue" => Kind::plain("issues", template!("issue")),
        "wiki" => Kind::plain("wiki", template!("wiki")),
        "repository" => Kind::plain("repository", template!("repository")),
        "pipeline" if gitea => Kind::plain("workflow_run", template!("workflow_run")),
        "pipeline" => Kind::plain("action_run_success", template!("action_run")),
        "job" if gitea => Kind::plain("workflow_job", template!("workflow_job")),
        "job" => Kind::plain("workflow_job_success", template!("forgejo_workflow_job")),
        _ => return None,
    })
}

impl Kind {
    /// A kind whose two names are the same.
    fn plain(event: &'static str, template: &'static str) -> Self {
        Self {
            event,
            event_type: event,
            template,
        }
    }
}

fn headers(kind: &Kind, about: &Subject, lineage: &Lineage) -> Vec<Header> {
    let constant = [
        ("content-type", "application/json"),
        ("user-agent", "Go-http-client/1.1"),
    ];
    let constant = constant.iter().chain(lineage.constant);
    let mut headers: Vec<Header> = constant.map(|(name, value)| Header::new(name, value)).collect();
    for family in lineage.families {
        headers.push(Header::new(&format!("{family}-delivery"), &about.delivery_id));
        headers.push(Header::new(&format!("{family}-event"), kind.event));
        headers.push(Header::new(&format!("{family}-event-type"), kind.event_type));
    }
    headers
}

fn seals(lineage: &Lineage) -> Vec<Seal> {
    let bare = lineage
        .signing_families
        .iter()
        .map(|family| (format!("{family}-signature"), ""));
    bare.chain([("x-hub-signature-256".to_owned(), "sha256=")])
        .map(|(header, prefix)| {
            Seal::Mac(MacSeal {
                credential: Credential::Secret,
                digest: Digest::Sha256,
                message: vec![MessagePart::RawBody],
                header,
                prefix: prefix.to_owned(),
                encoding: Encoding::Hex,
            })
        })
        .collect()
}
