//! The evidence that a delivery carries: by a signature over its id, time and body (19.0 and later, where the hook has a
//! signing token), and by the secret token in a field of its own.
//!
//! Both are named where both may be there; which of them counts follows from what the integration holds, and is the host's
//! to decide.

use forgegate_sdk::{
    Credential, Digest, Evidence, Headers, MacProof, MessagePart, PayloadSource, Proof, Refusal, base64,
};

pub const EVENT: &str = "x-gitlab-event";
pub const TOKEN: &str = "x-gitlab-token";
pub const SIGNATURE: &str = "webhook-signature";
pub const ID: &str = "webhook-id";
pub const TIMESTAMP: &str = "webhook-timestamp";
pub const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// The text before the tag in an entry of the signature field.
pub const SCHEME: &str = "v1,";

/// Event fields of other forges: a delivery that has one was posted to the wrong URL.
const FOREIGN: [&str; 4] = ["x-gitea-event", "x-gogs-event", "x-forgejo-event", "x-github-event"];

/// The most tags that a proof may carry.
const MAX_TAGS: usize = 8;

/// Names what ties the delivery to the integration.
pub fn verify(headers: &Headers) -> Result<Evidence, Refusal> {
    refuse_foreign(headers)?;
    let event = headers.single(EVENT)?.unwrap_or_default().to_owned();
    let mut proofs = Vec::from_iter(signature(headers)?.map(Proof::Mac));
    // The host has taken the field's value away before this call: it drops the proof where the field was absent.
    proofs.push(Proof::Token(TOKEN.to_owned()));
    Ok(Evidence {
        payload: PayloadSource::Body,
        proofs,
        event,
        delivery_id: delivery_id(headers)?,
    })
}

/// The message that a signature covers: id, time and body, joined by full stops.
pub fn signed_message() -> Vec<MessagePart> {
    let dot = || MessagePart::Text(".".to_owned());
    vec![
        MessagePart::Header(ID.to_owned()),
        dot(),
        MessagePart::Header(TIMESTAMP.to_owned()),
        dot(),
        MessagePart::RawBody,
    ]
}

fn refuse_foreign(headers: &Headers) -> Result<(), Refusal> {
    match FOREIGN.iter().find_map(|prefix| headers.any_with_prefix(prefix)) {
        Some(name) => Err(Refusal::ForeignHeader(name.to_owned())),
        None => Ok(()),
    }
}

/// The signature, where the delivery has one. Id and time come with every delivery of 19.0 and later, signed or not, so
/// only the signature field itself tells that one was made.
fn signature(headers: &Headers) -> Result<Option<MacProof>, Refusal> {
    let id = headers.single(ID)?;
    let timestamp = headers.single(TIMESTAMP)?;
    let Some(entries) = headers.single(SIGNATURE)? else {
        return Ok(None);
    };
    let tags = tags(entries)?;
    if tags.is_empty() {
        return Ok(None);
    }
    if id.is_none_or(str::is_empty) {
        return Err(Refusal::MalformedHeader(ID.to_owned()));
    }
    if !timestamp.is_some_and(is_unix_time) {
        return Err(Refusal::MalformedHeader(TIMESTAMP.to_owned()));
    }
    Ok(Some(MacProof {
        credential: Credential::SigningKey,
        digest: Digest::Sha256,
        message: signed_message(),
        tags,
        sent_at: Some(TIMESTAMP.to_owned()),
    }))
}

/// The tags of the entries that this scheme knows. The field is a list separated by spaces; entries of other versions are
/// passed over, and so is one of ours that does not decode, as long as another does.
fn tags(entries: &str) -> Result<Vec<Vec<u8>>, Refusal> {
    let known: Vec<&str> = entries
        .split(' ')
        .filter_map(|entry| entry.strip_prefix(SCHEME))
        .collect();
    let tags: Vec<Vec<u8>> = known
        .iter()
        .filter_map(|tag| base64::decode_tag(tag, Digest::Sha256))
        .collect();
    let none_decodes = tags.is_empty() && !known.is_empty();
    if none_decodes || tags.len() > MAX_TAGS {
        return Err(Refusal::MalformedHeader(SIGNATURE.to_owned()));
    }
    Ok(tags)
}

fn is_unix_time(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u64>().is_ok()
}

/// The field with the id that stays the same when GitLab sends a delivery again. `x-gitlab-event-uuid` is not it: all
/// deliveries that one request to GitLab causes share it.
fn delivery_id(headers: &Headers) -> Result<Option<String>, Refusal> {
    for name in [ID, IDEMPOTENCY_KEY] {
        if headers.single(name)?.is_some_and(|id| !id.is_empty()) {
            return Ok(Some(name.to_owned()));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests;
