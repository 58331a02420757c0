//! A plugin that does as it is told: the header `x-verify` names a deed of `verify`, the event's name one of `parse`, a status's
//! context one of `report`, and so on for what is handed in on the way out (see `outbound`). Without a
//! deed it behaves, so that its deliveries are proved and answered like any other's: an HMAC-SHA-256 over the body, in hex, in
//! `x-signature`; the secret itself in `x-secret`; the delivery's id in `x-delivery`.

mod deeds;
mod outbound;
mod residue;

use forgegate_sdk::events::{Detail, Event};
use forgegate_sdk::samples::{Encoding, MacSeal, Seal, Subject, Unsealed};
use forgegate_sdk::{
    Credential, Description, Descriptor, Digest, Evidence, Header, Headers, HookForm, Inbound, MacProof, MessagePart,
    Method, ParseError, PathTemplate, PayloadSource, Proof, Refusal, Samples, Scope, TokenForm, hex,
};

/// The plugin.
pub struct Hostile;

forgegate_sdk::export!(Hostile);

impl Descriptor for Hostile {
    fn describe() -> Description {
        Description {
            forge: "hostile".into(),
            display_name: "Hostile".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            scope: Scope::PerIntegration,
            shorthands: vec![],
            public_hosts: vec![],
            credential_headers: vec!["x-secret".into()],
            kept_headers: vec!["x-event".into(), "x-delivery".into()],
            hook: HookForm {
                content_type: "application/json".into(),
                secret_field: "Secret".into(),
                signing_key_field: None,
                events: vec![],
                warnings: vec![],
            },
            token: TokenForm {
                role: "none".into(),
                scopes: vec![],
                sentence: "It calls nobody.".into(),
            },
            api: vec![],
            paths: vec![PathTemplate {
                method: Method::Get,
                path: "/user".into(),
            }],
        }
    }
}

impl Inbound for Hostile {
    fn verify(headers: &Headers) -> Result<Evidence, Refusal> {
        let mut evidence = evidence(headers)?;
        if let Some(deed) = headers.get("x-verify") {
            deeds::verify(deed, headers, &mut evidence);
        }
        Ok(evidence)
    }

    fn parse(event: &str, headers: &Headers, payload: &[u8]) -> Result<Event, ParseError> {
        Ok(Event {
            repository: None,
            actor: None,
            time: None,
            installation: None,
            detail: deeds::parse(event, headers, payload),
        })
    }
}

impl Samples for Hostile {
    fn sample(event: &str, about: &Subject) -> Option<Unsealed> {
        let field = |name: &str, value: &str| Header {
            name: name.into(),
            value: value.into(),
        };
        Some(Unsealed {
            headers: vec![
                field("content-type", "application/json"),
                field("x-event", event),
                field("x-delivery", &about.delivery_id),
            ],
            payload: b"{}".to_vec(),
            seals: vec![Seal::Mac(MacSeal {
                credential: Credential::Secret,
                digest: Digest::Sha256,
                message: vec![MessagePart::RawBody],
                header: "x-signature".into(),
                prefix: String::new(),
                encoding: Encoding::Hex,
            })],
        })
    }
}

fn evidence(headers: &Headers) -> Result<Evidence, Refusal> {
    let mut proofs = vec![Proof::Token("x-secret".into())];
    if let Some(tag) = headers.single("x-signature")? {
        let malformed = || Refusal::MalformedHeader("x-signature".into());
        proofs.push(Proof::Mac(MacProof {
            credential: Credential::Secret,
            digest: Digest::Sha256,
            message: vec![MessagePart::RawBody],
            tags: vec![hex::decode_tag(tag, Digest::Sha256).ok_or_else(malformed)?],
            sent_at: None,
        }));
    }
    Ok(Evidence {
        payload: PayloadSource::Body,
        proofs,
        event: headers.get("x-event").unwrap_or("nothing").into(),
        delivery_id: Some("x-delivery".into()),
    })
}

/// The answer of `parse` in words, for a test to read.
fn say(text: impl Into<String>) -> Detail {
    Detail::Unknown(text.into())
}
