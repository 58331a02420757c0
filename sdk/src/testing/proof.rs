//! The host's part with evidence: proofs computed and compared.

use super::seal::{mac, render};
use super::{Delivery, Keys, form};
use crate::{Credential, Evidence, Headers, MacProof, PayloadSource, Proof};

/// Tells whether one of the proofs holds. As in the host, only those count that are made with the strongest credential of the row; the
/// time of sending is not looked at.
pub fn proves(evidence: &Evidence, delivery: &Delivery, keys: &Keys<'_>) -> bool {
    let strongest = match keys.signing_key {
        Some(_) => Credential::SigningKey,
        None => Credential::Secret,
    };
    evidence.proofs.iter().any(|proof| match proof {
        Proof::Mac(mac) => mac.credential == strongest && holds(mac, evidence, delivery, keys),
        Proof::Token(header) => strongest == Credential::Secret && is_token(header, &delivery.headers, keys),
    })
}

/// The bytes that `parse` is given. `None` where the body is not of the form that the evidence says.
pub fn payload(source: &PayloadSource, body: &[u8]) -> Option<Vec<u8>> {
    match source {
        PayloadSource::Body => Some(body.to_vec()),
        PayloadSource::FormField(name) => form::field(body, name),
    }
}

fn holds(proof: &MacProof, evidence: &Evidence, delivery: &Delivery, keys: &Keys<'_>) -> bool {
    let expected = || {
        let key = keys.key(proof.credential)?;
        let payload = payload(&evidence.payload, &delivery.body)?;
        let message = render(&proof.message, &delivery.headers, &delivery.body, &payload)?;
        Some(mac(proof.digest, &key, &message))
    };
    expected().is_some_and(|tag| proof.tags.contains(&tag))
}

fn is_token(header: &str, headers: &Headers, keys: &Keys<'_>) -> bool {
    let sent = headers.single(header).ok().flatten();
    sent.is_some() && sent == keys.secret.filter(|secret| !secret.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Digest, MessagePart};

    const KEYS: Keys<'_> = Keys {
        secret: Some("k"),
        signing_key: None,
    };

    fn evidence(payload: PayloadSource, message: Vec<MessagePart>, tag: Vec<u8>) -> Evidence {
        Evidence {
            payload,
            proofs: vec![Proof::Mac(MacProof {
                credential: Credential::Secret,
                digest: Digest::Sha256,
                message,
                tags: vec![tag],
                sent_at: None,
            })],
            event: "push".into(),
            delivery_id: None,
        }
    }

    #[test]
    fn a_form_is_proved_over_the_decoded_field_only() {
        let delivery = Delivery::new([], "payload=%7B%0A++%22ref%22%3A+%22refs%2Fheads%2Fmain%22%0A%7D");
        let field = || PayloadSource::FormField("payload".into());
        let tag = |text| crate::hex::decode_tag(text, Digest::Sha256).unwrap();
        let right = tag("bb800582e125aa0b04ae333102f00880ba47fead4de0d10e634bbf024d3e330d");
        let of_body = tag("7876f5203d0c9b78c30a51e69a3a417d0510ec8126c12f04b1971695a88e5a43");
        assert!(proves(
            &evidence(field(), vec![MessagePart::Payload], right),
            &delivery,
            &KEYS
        ));
        assert!(!proves(
            &evidence(field(), vec![MessagePart::Payload], of_body.clone()),
            &delivery,
            &KEYS
        ));
        assert!(proves(
            &evidence(field(), vec![MessagePart::RawBody], of_body),
            &delivery,
            &KEYS
        ));
    }

    #[test]
    fn one_flipped_bit_breaks_the_proof() {
        let tag = mac(Digest::Sha256, b"k", &[b"body"]);
        let proved = evidence(PayloadSource::Body, vec![MessagePart::RawBody], tag);
        assert!(proves(&proved, &Delivery::new([], "body"), &KEYS));
        assert!(!proves(&proved, &Delivery::new([], "bodx"), &KEYS));
    }

    #[test]
    fn a_secret_proves_nothing_where_the_row_has_a_signing_key() {
        let tag = mac(Digest::Sha256, b"k", &[b"body"]);
        let proved = evidence(PayloadSource::Body, vec![MessagePart::RawBody], tag);
        let keys = Keys {
            signing_key: Some("whsec_AAEC"),
            ..KEYS
        };
        assert!(!proves(&proved, &Delivery::new([], "body"), &keys));
    }

    #[test]
    fn a_token_is_compared_with_a_secret_that_is_not_empty() {
        let mut proved = evidence(PayloadSource::Body, vec![], vec![]);
        proved.proofs = vec![Proof::Token("x-token".into())];
        assert!(proves(&proved, &Delivery::new([("x-token", "k")], ""), &KEYS));
        assert!(!proves(&proved, &Delivery::new([("x-token", "")], ""), &KEYS));
        let empty = Keys {
            secret: Some(""),
            signing_key: None,
        };
        assert!(!proves(&proved, &Delivery::new([("x-token", "")], ""), &empty));
    }
}
