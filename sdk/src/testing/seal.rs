//! The host's part with samples: seals that make them authentic.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Sha256, Sha512};

use super::{Delivery, Keys};
use crate::samples::{Encoding, MacSeal, Seal, Unsealed};
use crate::{Digest, Headers, MessagePart, base64, hex};

/// Makes the sample authentic with every key that the row has; a seal whose key it lacks is left out.
pub fn seal(sample: &Unsealed, keys: &Keys<'_>) -> Delivery {
    let headers = Headers::new(sample.headers.clone());
    let added = sample.seals.iter().filter_map(|seal| match seal {
        Seal::Mac(mac) => {
            let tag = tag(mac, &headers, &sample.payload, keys)?;
            Some((mac.header.clone(), tag))
        }
        Seal::Token(header) => Some((header.clone(), keys.secret?.to_owned())),
    });
    let sent = headers.iter().map(|(n, v)| (n.to_owned(), v.to_owned()));
    Delivery {
        headers: sent.chain(added).collect(),
        body: sample.payload.clone(),
    }
}

/// The HMAC of a message that is given in pieces.
pub fn mac(digest: Digest, key: &[u8], message: &[&[u8]]) -> Vec<u8> {
    match digest {
        Digest::Sha256 => mac_with::<Hmac<Sha256>>(key, message),
        Digest::Sha512 => mac_with::<Hmac<Sha512>>(key, message),
    }
}

/// The pieces of the message. `None` where a header field that it names is not there exactly once.
pub(super) fn render<'a>(
    parts: &'a [MessagePart],
    headers: &'a Headers,
    body: &'a [u8],
    payload: &'a [u8],
) -> Option<Vec<&'a [u8]>> {
    let piece = |part: &'a MessagePart| match part {
        MessagePart::RawBody => Some(body),
        MessagePart::Payload => Some(payload),
        MessagePart::Header(name) => headers.single(name).ok()?.map(str::as_bytes),
        MessagePart::Text(text) => Some(text.as_bytes()),
    };
    parts.iter().map(piece).collect()
}

fn tag(seal: &MacSeal, headers: &Headers, payload: &[u8], keys: &Keys<'_>) -> Option<String> {
    let key = keys.key(seal.credential)?;
    let message = render(&seal.message, headers, payload, payload)?;
    let tag = mac(seal.digest, &key, &message);
    let written = match seal.encoding {
        Encoding::Hex => hex::encode(&tag),
        Encoding::Base64 => base64::encode(&tag),
    };
    Some(format!("{}{written}", seal.prefix))
}

fn mac_with<M: Mac + KeyInit>(key: &[u8], message: &[&[u8]]) -> Vec<u8> {
    // An HMAC takes a key of any length.
    let Ok(mut mac) = <M as KeyInit>::new_from_slice(key) else {
        return Vec::new();
    };
    message.iter().for_each(|piece| mac.update(piece));
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Credential, Header};

    fn sealed(seal_with: Seal, keys: &Keys<'_>, payload: &str, fields: &[(&str, &str)]) -> Headers {
        let header = |(name, value): &(&str, &str)| Header {
            name: (*name).into(),
            value: (*value).into(),
        };
        let sample = Unsealed {
            headers: fields.iter().map(header).collect(),
            payload: payload.into(),
            seals: vec![seal_with],
        };
        seal(&sample, keys).headers
    }

    fn standard_webhooks(id: &str, time: &str, key: &str, payload: &str) -> Option<String> {
        let text = || MessagePart::Text(".".into());
        let field = |name: &str| MessagePart::Header(name.into());
        let seal_with = Seal::Mac(MacSeal {
            credential: Credential::SigningKey,
            digest: Digest::Sha256,
            message: vec![
                field("webhook-id"),
                text(),
                field("webhook-timestamp"),
                text(),
                MessagePart::RawBody,
            ],
            header: "webhook-signature".into(),
            prefix: "v1,".into(),
            encoding: Encoding::Base64,
        });
        let keys = Keys {
            secret: None,
            signing_key: Some(key),
        };
        let fields = [("webhook-id", id), ("webhook-timestamp", time)];
        let headers = sealed(seal_with, &keys, payload, &fields);
        headers.get("webhook-signature").map(str::to_owned)
    }

    #[test]
    fn known_answers_of_hmac_sha256() {
        for (key, message, tag) in [
            (
                "It's a Secret to Everybody",
                "Hello, World!",
                "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
            ),
            (
                "mysecret",
                r#"{"foo":"bar"}"#,
                "4864d2759938a15468b5df9ade20bf161da9b4f737ea61794142f3484236bda3",
            ),
            (
                "secret",
                "data",
                "1b2c16b75bd2a870c114153ccda5bcfca63314bc722fa160d690de133ccbb9db",
            ),
            (
                "0123456789abcdef",
                r#"{"yo":true}"#,
                "b1f8020f5b4cd42042f807dd939015c4a418bc1ff7f604dd55b0a19b5d953d9b",
            ),
            (
                "topsecret",
                "bonjour monde",
                "8ca57e2afbad9fea8860404575c2d61827995c62aacd4c514eae4c404896390b",
            ),
            (
                "secret",
                r#"{"a": "z"}"#,
                "f417af3a21bd70379b5796d5f013915e7029f62c580fb0f500f59a35a6f04c89",
            ),
            (
                "k",
                "{\n  \"ref\": \"refs/heads/main\"\n}",
                "bb800582e125aa0b04ae333102f00880ba47fead4de0d10e634bbf024d3e330d",
            ),
        ] {
            let found = mac(Digest::Sha256, key.as_bytes(), &[message.as_bytes()]);
            assert_eq!(hex::encode(&found), tag, "{message}");
        }
    }

    #[test]
    fn known_answers_of_standard_webhooks() {
        assert_eq!(
            standard_webhooks(
                "msg_p5jXN8AQM9LWM0D4loKWxJek",
                "1614265330",
                "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                r#"{"test": 2432232314}"#
            ),
            Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=".into())
        );
        assert_eq!(
            standard_webhooks(
                "f5e5f430-f57b-4e6e-9fac-d9128cd7232f",
                "1744578123",
                "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
                r#"{"object_kind":"push"}"#
            ),
            Some("v1,qO0mK/QkPuCSH4sV+46Sbe0IHEagbnzF57rrlq+/SX8=".into())
        );
    }

    #[test]
    fn a_seal_whose_key_the_row_lacks_is_left_out() {
        assert_eq!(standard_webhooks("1", "2", "no key", "{}"), None);
        let token = Seal::Token("x-token".into());
        let keys = Keys {
            secret: Some("s3cret"),
            signing_key: None,
        };
        assert_eq!(sealed(token.clone(), &keys, "", &[]).get("x-token"), Some("s3cret"));
        assert_eq!(sealed(token, &Keys::default(), "", &[]).get("x-token"), None);
    }
}
