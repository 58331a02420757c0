//! Evidence, as `inbound.verify` names it.

use forgegate_model::evidence::{Credential, Digest, Evidence, MacProof, Part, PayloadSource, Proof, Refusal};
use forgegate_model::plugin::Description;

use super::headers::name;
use super::{BadOutput, Checked, caps, withheld};
use crate::bindings::exports::forgegate::plugin::inbound as wit;
use crate::bindings::forgegate::plugin::types;

/// Translates evidence. How many proofs, parts and tags there may be is the check's to say; here it counts what a proof may name.
pub(crate) fn evidence(evidence: wit::Evidence, about: &Description) -> Checked<Evidence> {
    let proofs = evidence.proofs.into_iter().map(|it| proof(it, about));
    Ok(Evidence {
        payload: match evidence.payload {
            wit::PayloadSource::Body => PayloadSource::Body,
            wit::PayloadSource::FormField(field) => PayloadSource::FormField(caps::word("payload.form-field", field)?),
        },
        proofs: proofs.collect::<Checked<_>>()?,
        event: caps::line("event", evidence.event)?,
        delivery_id: evidence
            .delivery_id
            .map(|field| delivery_id(field, about))
            .transpose()?,
    })
}

pub(crate) fn refusal(refusal: wit::Refusal) -> Checked<Refusal> {
    Ok(match refusal {
        wit::Refusal::RepeatedHeader(field) => Refusal::RepeatedHeader(name("refusal", field)?),
        wit::Refusal::MalformedHeader(field) => Refusal::MalformedHeader(name("refusal", field)?),
        wit::Refusal::ForeignHeader(field) => Refusal::ForeignHeader(name("refusal", field)?),
        wit::Refusal::Other(text) => Refusal::Other(caps::line("refusal", text)?),
    })
}

fn proof(proof: wit::Proof, about: &Description) -> Checked<Proof> {
    Ok(match proof {
        wit::Proof::Mac(mac) => Proof::Mac(MacProof {
            credential: credential(mac.credential),
            digest: digest(mac.digest),
            message: message(mac.message)?,
            tags: mac.tags,
            sent_at: mac.sent_at.map(|field| name("sent-at", field)).transpose()?,
        }),
        wit::Proof::Token(field) => Proof::Token(token(field, about)?),
    })
}

/// The field of a token is one that the plugin does not see; else it could send in what it saw.
pub(super) fn token(field: String, about: &Description) -> Checked<String> {
    if about.credential_headers.contains(&field) {
        Ok(field)
    } else {
        Err(BadOutput(
            "a token's field is none of the description's credential headers".to_owned(),
        ))
    }
}

/// The delivery's id is stored, shown and handed back to the plugin: it must not be a credential.
fn delivery_id(field: String, about: &Description) -> Checked<String> {
    if withheld(about).contains(&field) {
        return Err(BadOutput(
            "`delivery-id` names a header field that carries a credential".to_owned(),
        ));
    }
    name("delivery-id", field)
}

pub(super) fn message(parts: Vec<types::MessagePart>) -> Checked<Vec<Part>> {
    parts.into_iter().map(part).collect()
}

fn part(part: types::MessagePart) -> Checked<Part> {
    Ok(match part {
        types::MessagePart::RawBody => Part::RawBody,
        types::MessagePart::Payload => Part::Payload,
        types::MessagePart::Header(field) => Part::Header(name("message", field)?),
        types::MessagePart::Text(text) => Part::Text(caps::line("message", text)?),
    })
}

pub(super) const fn credential(credential: types::Credential) -> Credential {
    match credential {
        types::Credential::Secret => Credential::Secret,
        types::Credential::SigningKey => Credential::SigningKey,
    }
}

pub(super) const fn digest(digest: types::Digest) -> Digest {
    match digest {
        types::Digest::Sha256 => Digest::Sha256,
        types::Digest::Sha512 => Digest::Sha512,
    }
}
