//! Seals of sample deliveries: what a forge would do with the integration's credentials before it posts.
//!
//! A plugin names the seals, the host computes them. `demo`, `send` and the inbound test use this and nothing else.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use forgegate_model::crypto::{MacState, sha256};
use forgegate_model::evidence::{Credential, Digest, Part};
use forgegate_model::header::Header;
use forgegate_model::plugin::{Encoding, Seal, Subject, Unsealed};
use forgegate_model::secret::Secret;

use crate::clock::{Clock, fresh_id};

/// The keys that a sample is sealed with. An absent key makes no seal.
#[derive(Clone, Debug, Default)]
pub struct SealingKeys {
    /// The webhook secret.
    pub secret: Option<Secret>,
    /// The signing key, decoded.
    pub signing_key: Option<Secret>,
}

/// A delivery ready to be posted.
#[derive(Clone, Debug)]
pub struct Sealed {
    /// All header fields.
    pub headers: Vec<Header>,
    /// The body.
    pub body: Vec<u8>,
}

/// Why a sample cannot be sealed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// A seal's message names a field that the sample lacks.
    #[error("the sample's seal covers the header `{0}`, which the sample lacks")]
    MissingHeader(String),
    /// None of the seals can be made with these credentials.
    #[error("the sample cannot be sealed with the credentials given")]
    NothingFits,
}

/// A sample's subject: a repository by its http or https URL, a full ref, and a commit, which is a fresh one unless given. None where the
/// URL has no owner and name.
pub fn subject(repository: &str, ref_name: &str, sha: Option<String>) -> Option<Subject> {
    let bare = repository.trim_end_matches('/').trim_end_matches(".git");
    let mut parts = bare.rsplitn(3, '/');
    let (name, owner, origin) = (parts.next()?, parts.next()?, parts.next()?);
    let is_web = origin.starts_with("https://") || origin.starts_with("http://");
    if name.is_empty() || owner.is_empty() || !is_web {
        return None;
    }
    let fresh = fresh_id();
    Some(Subject {
        full_name: format!("{owner}/{name}"),
        repository_id: 1,
        origin: origin.to_owned(),
        ref_name: ref_name.to_owned(),
        before: fresh_commit(b"before", fresh.as_bytes()),
        after: sha.unwrap_or_else(|| fresh_commit(b"after", fresh.as_bytes())),
        delivery_id: fresh.to_string(),
        sent_at: u64::try_from(Clock::system().now().seconds()).unwrap_or(0),
    })
}

/// Makes the seals that the keys allow and adds them to the sample.
///
/// # Errors
/// When no seal can be made, or one is not well formed.
pub fn seal(sample: Unsealed, keys: &SealingKeys) -> Result<Sealed, SealError> {
    let mut added = Vec::new();
    for seal in &sample.seals {
        added.extend(field(seal, &sample, keys)?);
    }
    if added.is_empty() {
        return Err(SealError::NothingFits);
    }
    let mut headers = sample.headers;
    headers.extend(added);
    Ok(Sealed {
        headers,
        body: sample.payload,
    })
}

fn field(seal: &Seal, sample: &Unsealed, keys: &SealingKeys) -> Result<Option<Header>, SealError> {
    match seal {
        Seal::Token(name) => {
            let value = keys.secret.as_ref().map(|secret| secret.expose().to_vec());
            Ok(value.map(|value| Header {
                name: name.clone(),
                value,
            }))
        }
        Seal::Mac {
            credential,
            digest,
            message,
            header,
            prefix,
            encoding,
        } => {
            let key = match credential {
                Credential::Secret => keys.secret.as_ref(),
                Credential::SigningKey => keys.signing_key.as_ref(),
            };
            let Some(tag) = key.map(|key| tag(*digest, key, message, sample)).transpose()?.flatten() else {
                return Ok(None);
            };
            let text = match encoding {
                Encoding::Hex => hex::encode(tag),
                Encoding::Base64 => STANDARD.encode(tag),
            };
            Ok(Some(Header {
                name: header.clone(),
                value: format!("{prefix}{text}").into_bytes(),
            }))
        }
    }
}

fn tag(digest: Digest, key: &Secret, message: &[Part], sample: &Unsealed) -> Result<Option<Vec<u8>>, SealError> {
    let Some(mut mac) = MacState::new(digest, key.expose()) else {
        return Ok(None);
    };
    for part in message {
        match part {
            // A sample is sent as it is, never within a form, so that body and payload are the same bytes.
            Part::RawBody | Part::Payload => mac.update(&sample.payload),
            Part::Text(text) => mac.update(text.as_bytes()),
            Part::Header(name) => {
                let found = sample
                    .headers
                    .iter()
                    .find(|header| header.name.eq_ignore_ascii_case(name));
                let header = found.ok_or_else(|| SealError::MissingHeader(name.clone()))?;
                mac.update(&header.value);
            }
        }
    }
    Ok(Some(mac.tag()))
}

fn fresh_commit(what: &[u8], id: &[u8]) -> String {
    let digest = hex::encode(sha256(&[what, id].concat()));
    digest.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_read_from_a_url() {
        let about = subject("https://h:8443/sub/acme/widgets.git", "refs/heads/main", None).unwrap();
        assert_eq!(
            (about.origin.as_str(), about.full_name.as_str()),
            ("https://h:8443/sub", "acme/widgets")
        );
        assert_eq!(about.after.len(), 40);
        assert_ne!(about.after, about.before);
        for bad in ["acme/widgets", "git@h:acme/widgets", "https://h//widgets", ""] {
            assert!(subject(bad, "refs/heads/main", None).is_none(), "{bad}");
        }
    }

    fn sample() -> Unsealed {
        let mac = Seal::Mac {
            credential: Credential::Secret,
            digest: Digest::Sha256,
            message: vec![Part::RawBody],
            header: "x-sum".to_owned(),
            prefix: "sha256=".to_owned(),
            encoding: Encoding::Hex,
        };
        let Seal::Mac {
            digest,
            prefix,
            encoding,
            ..
        } = mac.clone()
        else {
            unreachable!()
        };
        let signed = Seal::Mac {
            credential: Credential::SigningKey,
            digest,
            message: vec![
                Part::Header("X-Id".to_owned()),
                Part::Text(".".to_owned()),
                Part::Payload,
            ],
            header: "x-signed".to_owned(),
            prefix,
            encoding,
        };
        let id = Header {
            name: "x-id".to_owned(),
            value: b"7".to_vec(),
        };
        Unsealed {
            headers: vec![id],
            payload: b"Hello, World!".to_vec(),
            seals: vec![mac, signed, Seal::Token("x-token".to_owned())],
        }
    }

    #[test]
    fn a_published_tag_comes_out() {
        let keys = SealingKeys {
            secret: Some(Secret::new("It's a Secret to Everybody")),
            signing_key: None,
        };
        let sealed = seal(sample(), &keys).unwrap();
        let sum = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
        let names: Vec<_> = sealed.headers.iter().map(|header| header.name.as_str()).collect();
        assert_eq!(names, ["x-id", "x-sum", "x-token"]);
        assert_eq!(sealed.headers[1].value, sum.as_bytes());
    }

    #[test]
    fn only_the_credentials_at_hand_seal() {
        let keys = SealingKeys {
            secret: None,
            signing_key: Some(Secret::new("k")),
        };
        let sealed = seal(sample(), &keys).unwrap();
        let mut mac = MacState::new(Digest::Sha256, b"k").unwrap();
        mac.update(b"7.Hello, World!");
        assert_eq!(
            sealed.headers[1].value,
            format!("sha256={}", hex::encode(mac.tag())).into_bytes()
        );
        assert_eq!(
            seal(sample(), &SealingKeys::default()).err(),
            Some(SealError::NothingFits)
        );
    }
}
