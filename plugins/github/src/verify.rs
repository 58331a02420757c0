//! The evidence that a delivery carries: the fields that tie it to the App's webhook secret.
//!
//! GitHub signs the body as sent, forms included: there the payload is a decoded field, but the message is the raw body.
//! The older SHA-1 field is never looked at. Event, delivery id and content type are not covered by the signature.

use forgegate_sdk::{Credential, Digest, Evidence, Headers, MacProof, MessagePart, PayloadSource, Proof, Refusal, hex};

const CONTENT_TYPE: &str = "content-type";
const DELIVERY: &str = "x-github-delivery";
const EVENT: &str = "x-github-event";
const SIGNATURE: &str = "x-hub-signature-256";

/// Gitea and its kin send GitHub's fields beside their own, over the same secret: these give them away.
const FOREIGN_PREFIXES: [&str; 4] = ["x-forgejo-", "x-gitea-", "x-gitlab-", "x-gogs-"];
const FOREIGN: &str = "x-github-event-type";

/// The longest name of an event that is taken; GitHub's own stay well below.
const MAX_EVENT_BYTES: usize = 64;

pub fn verify(headers: &Headers) -> Result<Evidence, Refusal> {
    refuse_foreign(headers)?;
    let event = event(headers)?;
    let delivery_id = headers.single(DELIVERY)?.filter(|id| !id.is_empty());
    Ok(Evidence {
        payload: payload_source(headers)?,
        proofs: signature(headers)?.map(proof).into_iter().collect(),
        event,
        delivery_id: delivery_id.map(|_| DELIVERY.into()),
    })
}

fn refuse_foreign(headers: &Headers) -> Result<(), Refusal> {
    let by_prefix = FOREIGN_PREFIXES
        .iter()
        .find_map(|prefix| headers.any_with_prefix(prefix));
    let foreign = by_prefix.or_else(|| headers.contains(FOREIGN).then_some(FOREIGN));
    match foreign {
        Some(name) => Err(Refusal::ForeignHeader(name.to_owned())),
        None => Ok(()),
    }
}

fn event(headers: &Headers) -> Result<String, Refusal> {
    let Some(name) = headers.single(EVENT)? else {
        return Err(Refusal::Other(format!("the field `{EVENT}` is missing")));
    };
    let is_name = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    if name.is_empty() || name.len() > MAX_EVENT_BYTES || !name.bytes().all(is_name) {
        return Err(Refusal::MalformedHeader(EVENT.into()));
    }
    Ok(name.to_owned())
}

fn payload_source(headers: &Headers) -> Result<PayloadSource, Refusal> {
    let content_type = headers.single(CONTENT_TYPE)?.unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        Ok(PayloadSource::FormField("payload".into()))
    } else {
        Ok(PayloadSource::Body)
    }
}

/// The tag that was sent. `None` where the hook has no secret: then GitHub sends no field, others send an empty tag.
fn signature(headers: &Headers) -> Result<Option<Vec<u8>>, Refusal> {
    let Some(value) = headers.single(SIGNATURE)? else {
        return Ok(None);
    };
    if matches!(value, "" | "sha256=") {
        return Ok(None);
    }
    value
        .strip_prefix("sha256=")
        .and_then(|tag| hex::decode_tag(tag, Digest::Sha256))
        .map(Some)
        .ok_or_else(|| Refusal::MalformedHeader(SIGNATURE.into()))
}

fn proof(tag: Vec<u8>) -> Proof {
    Proof::Mac(MacProof {
        credential: Credential::Secret,
        digest: Digest::Sha256,
        message: vec![MessagePart::RawBody],
        tags: vec![tag],
        sent_at: None,
    })
}

#[cfg(test)]
mod tests;
