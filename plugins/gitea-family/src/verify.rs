//! The evidence that a delivery carries.
//!
//! These forges send the fields of their ancestors along: a Forgejo delivery has `x-forgejo-*`, `x-gitea-*` and more. The native
//! family decides wherever it is present, so that a forged native signature is not rescued by a good one of another family.

use forgegate_sdk::{Credential, Digest, Evidence, Headers, MacProof, MessagePart, PayloadSource, Proof, Refusal, hex};

/// The families that are looked at, the native one first. No other family is.
const FAMILIES: [&str; 2] = ["x-forgejo", "x-gitea"];

/// The form field that holds the payload.
const FORM_FIELD: &str = "payload";

/// Names the evidence: an HMAC-SHA-256 with the webhook secret over the payload. The forge signs the JSON text, also where it
/// then sends it as a form, so a form's proof is over the decoded field and never over the body.
pub fn verify(headers: &Headers) -> Result<Evidence, Refusal> {
    let is_form = is_form(headers)?;
    let message = if is_form {
        MessagePart::Payload
    } else {
        MessagePart::RawBody
    };
    Ok(Evidence {
        payload: if is_form {
            PayloadSource::FormField(FORM_FIELD.into())
        } else {
            PayloadSource::Body
        },
        proofs: proof(headers, message)?.into_iter().collect(),
        event: event(headers).to_owned(),
        delivery_id: present(headers, "delivery"),
    })
}

/// A hook without a secret sends an empty signature. That is no proof, nor does another family's then count.
fn proof(headers: &Headers, message: MessagePart) -> Result<Option<Proof>, Refusal> {
    let Some(field) = present(headers, "signature") else {
        return Ok(None);
    };
    let Some(signature) = headers.single(&field)?.filter(|s| !s.is_empty()) else {
        return Ok(None);
    };
    let tag = hex::decode_tag(signature, Digest::Sha256).ok_or_else(|| Refusal::MalformedHeader(field.clone()))?;
    Ok(Some(Proof::Mac(MacProof {
        credential: Credential::Secret,
        digest: Digest::Sha256,
        message: vec![message],
        tags: vec![tag],
        sent_at: None,
    })))
}

/// The event's name; its event-type where the forge leaves the name empty, as it does for packages.
fn event(headers: &Headers) -> &str {
    let Some(field) = present(headers, "event") else {
        return "";
    };
    let named = headers.get(&field).filter(|name| !name.is_empty());
    named.or_else(|| headers.get(&format!("{field}-type"))).unwrap_or("")
}

/// The field of this meaning, of the first family that has it.
fn present(headers: &Headers, meaning: &str) -> Option<String> {
    FAMILIES
        .map(|family| format!("{family}-{meaning}"))
        .into_iter()
        .find(|field| headers.contains(field))
}

fn is_form(headers: &Headers) -> Result<bool, Refusal> {
    let content_type = headers.single("content-type")?.unwrap_or("");
    let media_type = content_type.split(';').next().unwrap_or("").trim();
    Ok(media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded"))
}

#[cfg(test)]
mod tests;
