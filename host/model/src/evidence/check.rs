//! The check: evidence, headers and keys in, an authentic delivery out.

use std::borrow::Cow;

use bytes::Bytes;

use super::proof::{Held, MacCheck, token};
use super::{AuthenticDelivery, Credential, Evidence, Keys, MOST_PROOFS, PayloadSource, Proof, form};
use crate::crypto::{Sha256State, sha256};
use crate::header::Headers;
use crate::timestamp::Timestamp;

/// The form of a body, by its `content-type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContentKind {
    /// A form: `application/x-www-form-urlencoded`.
    Form,
    /// JSON: every other content type, or none.
    Json,
}

impl ContentKind {
    /// The kind that the value of `content-type` names.
    #[must_use]
    pub fn of(content_type: Option<&str>) -> Self {
        let essence = content_type.and_then(|text| text.split(';').next()).map(str::trim);
        if essence.is_some_and(|text| text.eq_ignore_ascii_case("application/x-www-form-urlencoded")) {
            Self::Form
        } else {
            Self::Json
        }
    }
}

/// The error of a delivery that is not proved. The texts are for the operator: they hold no value that was sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// No proof for the strongest credential of the row.
    #[error("{0}")]
    Missing(String),
    /// A proof holds, and its time is more than five minutes away.
    #[error("the signature holds, but its time of sending is more than five minutes away from this clock")]
    Stale,
    /// A proof does not hold, or cannot be checked.
    #[error("{0}")]
    Mismatch(String),
}

/// A check under way: begun from the headers, fed with the body, ended with its last byte.
pub struct Check {
    macs: Vec<MacCheck>,
    body: Sha256State,
    token: Option<usize>,
    credential: Credential,
    payload: PayloadSource,
    event: String,
    delivery_id: Option<String>,
}

impl Check {
    /// Begins. Refuses before a byte of body is read where no proof can hold.
    ///
    /// Only proofs made with the strongest live credential are looked at; a token proof whose field the delivery lacks is none.
    ///
    /// # Errors
    /// `Missing` where no such proof is left, `Mismatch` where those that are left can never hold.
    pub fn begin(evidence: &Evidence, headers: &Headers, keys: &Keys, at: Timestamp) -> Result<Self, ProofError> {
        if evidence.proofs.len() > MOST_PROOFS {
            return Err(ProofError::Mismatch(format!(
                "the evidence names more than {MOST_PROOFS} proofs"
            )));
        }
        let content_type = headers
            .single("content-type")
            .map_err(|error| ProofError::Mismatch(error.to_string()))?;
        if matches!(evidence.payload, PayloadSource::FormField(_)) && ContentKind::of(content_type) != ContentKind::Form
        {
            return Err(ProofError::Mismatch(
                "the evidence names a form field, and the body is no form".to_owned(),
            ));
        }
        let credential = keys.strongest();
        let proofs: Vec<&Proof> = evidence
            .proofs
            .iter()
            .filter(|proof| counts(proof, credential, headers))
            .collect();
        if proofs.is_empty() {
            return Err(ProofError::Missing(missing(credential)));
        }
        let (macs, token) = start(&proofs, headers, keys, at)?;
        let delivery_id = delivery_id(evidence, headers)?;
        Ok(Self {
            macs,
            body: Sha256State::default(),
            token,
            credential,
            payload: evidence.payload.clone(),
            event: evidence.event.clone(),
            delivery_id,
        })
    }

    /// Takes in more of the body, in order. Every byte of the body must pass here once before `finish`.
    pub fn update(&mut self, chunk: &[u8]) {
        self.body.update(chunk);
        for mac in &mut self.macs {
            mac.update(chunk);
        }
    }

    /// Ends with the whole body.
    ///
    /// # Errors
    /// `Missing` where the body lacks the form field that the proof needs, `Stale`, or `Mismatch`.
    pub fn finish(self, headers: Headers, body: Bytes) -> Result<AuthenticDelivery, ProofError> {
        let payload = payload(&self.payload, &body)?;
        let held: Vec<Held> = self.macs.into_iter().filter_map(|mac| mac.finish(&payload)).collect();
        let key = match (held.iter().find(|held| !held.stale), self.token, held.is_empty()) {
            (Some(held), _, _) => held.key,
            (None, Some(key), _) => key,
            (None, None, false) => return Err(ProofError::Stale),
            (None, None, true) => return Err(ProofError::Mismatch(mismatch(self.credential))),
        };
        let digest = match self.payload {
            PayloadSource::Body => self.body.finish(),
            PayloadSource::FormField(_) => sha256(&payload),
        };
        Ok(AuthenticDelivery {
            headers,
            event: self.event,
            payload,
            digest,
            delivery_id: self.delivery_id,
            credential: self.credential,
            key,
        })
    }
}

fn counts(proof: &Proof, strongest: Credential, headers: &Headers) -> bool {
    let present = match proof {
        Proof::Token(field) => headers
            .fields()
            .iter()
            .any(|header| &header.name == field && !header.value.is_empty()),
        Proof::Mac(_) => true,
    };
    present && proof.credential() == strongest
}

fn start(
    proofs: &[&Proof],
    headers: &Headers,
    keys: &Keys,
    at: Timestamp,
) -> Result<(Vec<MacCheck>, Option<usize>), ProofError> {
    let mut macs = Vec::new();
    let mut held = None;
    let mut reason = mismatch(keys.strongest());
    for proof in proofs {
        match proof {
            Proof::Mac(proof) => match MacCheck::begin(proof, headers, keys, at) {
                Ok(check) => macs.push(check),
                Err(sentence) => reason = sentence,
            },
            Proof::Token(field) => match headers.single(field) {
                Ok(Some(value)) => held = held.or_else(|| token(value.as_bytes(), &keys.secrets)),
                Ok(None) => {}
                Err(error) => reason = error.to_string(),
            },
        }
    }
    if macs.is_empty() && held.is_none() {
        Err(ProofError::Mismatch(reason))
    } else {
        Ok((macs, held))
    }
}

fn delivery_id(evidence: &Evidence, headers: &Headers) -> Result<Option<String>, ProofError> {
    let Some(field) = &evidence.delivery_id else {
        return Ok(None);
    };
    let value = headers
        .single(field)
        .map_err(|error| ProofError::Mismatch(error.to_string()))?;
    Ok(value.filter(|id| !id.is_empty()).map(str::to_owned))
}

fn payload(source: &PayloadSource, body: &Bytes) -> Result<Bytes, ProofError> {
    let PayloadSource::FormField(field) = source else {
        return Ok(body.clone());
    };
    match form::only_field(body, field) {
        Some(Cow::Borrowed(value)) => Ok(body.slice_ref(value.as_bytes())),
        Some(Cow::Owned(value)) => Ok(Bytes::from(value)),
        None => Err(ProofError::Missing(format!(
            "the form does not hold the field `{field}` exactly once; choose the content type application/json at the forge"
        ))),
    }
}

fn missing(credential: Credential) -> String {
    match credential {
        Credential::Secret => "the delivery carries no signature and no token; enter the integration's secret in the forge's webhook form".to_owned(),
        Credential::SigningKey => {
            "the integration holds a signing key and the delivery is not signed with it; enter the signing key in the forge's webhook form, or clear it here".to_owned()
        }
    }
}

fn mismatch(credential: Credential) -> String {
    match credential {
        Credential::Secret => "no live secret of the integration fits the delivery; enter the same secret here and in the forge's webhook form".to_owned(),
        Credential::SigningKey => "the integration's signing key does not fit the delivery; enter the same key here and in the forge's webhook form".to_owned(),
    }
}
