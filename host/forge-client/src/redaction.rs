//! Redaction of answers: every echo of a credential, and the values that the plugin says are secret, are taken out.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use forgegate_model::header::Header;
use forgegate_model::secret::Secret;
use http::HeaderMap;
use serde_json::Value;
use zeroize::Zeroizing;

/// The text that replaces an echo.
const REDACTED: &[u8] = b"***";

/// The shortest piece that is looked for in another encoding: a shorter one occurs by chance.
const LEAST_PIECE: usize = 6;

/// Header fields that a plugin never sees: they are of the connection or of whoever called.
const DROPPED: [&str; 8] = [
    "connection",
    "content-encoding",
    "content-length",
    "keep-alive",
    "proxy-authenticate",
    "set-cookie",
    "trailer",
    "transfer-encoding",
];

/// Redactor of the answers to one call: knows every encoding of its credentials.
pub struct Redactor {
    /// The encodings, the longest first.
    pieces: Vec<Zeroizing<Vec<u8>>>,
    first: [bool; 256],
}

impl Redactor {
    /// A redactor of these credentials.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Self {
        let mut pieces: Vec<_> = secrets.into_iter().flat_map(|it| encodings(it.expose())).collect();
        pieces.sort_by(|one, other| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
        pieces.dedup();
        let mut first = [false; 256];
        for byte in pieces.iter().filter_map(|piece| piece.first()) {
            if let Some(known) = first.get_mut(usize::from(*byte)) {
                *known = true;
            }
        }
        Self { pieces, first }
    }

    /// The bytes with `***` for every echo.
    pub fn redact(&self, bytes: Vec<u8>) -> Vec<u8> {
        let mut out = Vec::new();
        let mut clean = 0;
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            match self.echo(rest) {
                Some(length) => {
                    out.extend_from_slice(bytes.get(clean..at).unwrap_or_default());
                    out.extend_from_slice(REDACTED);
                    at += length;
                    clean = at;
                }
                None => at += 1,
            }
        }
        if clean == 0 {
            return bytes;
        }
        out.extend_from_slice(bytes.get(clean..).unwrap_or_default());
        out
    }

    /// The header fields that a plugin may see.
    pub fn fields(&self, headers: &HeaderMap) -> Vec<Header> {
        let shown = headers.iter().filter(|(name, _)| !DROPPED.contains(&name.as_str()));
        shown
            .map(|(name, value)| Header {
                name: name.as_str().to_owned(),
                value: self.redact(value.as_bytes().to_vec()),
            })
            .collect()
    }

    /// The length of the echo that the bytes begin with.
    fn echo(&self, rest: &[u8]) -> Option<usize> {
        let begins = rest.first().and_then(|byte| self.first.get(usize::from(*byte)));
        if begins != Some(&true) {
            return None;
        }
        self.pieces
            .iter()
            .find(|piece| rest.starts_with(piece))
            .map(|piece| piece.len())
    }
}

/// A body without the values that the pointers lead to. Where it holds secrets and cannot be read, nothing of it is shown.
pub fn take_out(body: Vec<u8>, pointers: &[String]) -> Vec<u8> {
    if pointers.is_empty() || body.is_empty() {
        return body;
    }
    let Ok(mut value) = serde_json::from_slice::<Value>(&body) else {
        return Vec::new();
    };
    for pointer in pointers {
        if let Some(found) = value.pointer_mut(pointer) {
            *found = Value::Null;
        }
    }
    serde_json::to_vec(&value).unwrap_or_default()
}

/// A secret as it is, in JSON, percent-encoded, in hexadecimal digits, and in base64, wherever in it the secret stands.
fn encodings(secret: &[u8]) -> Vec<Zeroizing<Vec<u8>>> {
    if secret.is_empty() {
        return Vec::new();
    }
    let mut all = vec![
        secret.to_vec(),
        hex::encode(secret).into_bytes(),
        hex::encode_upper(secret).into_bytes(),
    ];
    all.extend([percent(secret, "0123456789ABCDEF"), percent(secret, "0123456789abcdef")]);
    if let Ok(text) = std::str::from_utf8(secret) {
        let quoted = serde_json::to_string(text).unwrap_or_default();
        let inner = quoted.trim_start_matches('"').strip_suffix('"').unwrap_or_default();
        all.push(inner.as_bytes().to_vec());
        all.push(inner.replace('/', "\\/").into_bytes());
    }
    all.extend((0..3).flat_map(|offset| base64_at(secret, offset)));
    all.retain(|piece| !piece.is_empty());
    all.into_iter().map(Zeroizing::new).collect()
}

/// The base64 of the secret behind so many other bytes, without the characters that depend on what stands before and after.
fn base64_at(secret: &[u8], offset: usize) -> Vec<Vec<u8>> {
    let mut message = Zeroizing::new(vec![0; offset]);
    message.extend_from_slice(secret);
    let begin = (offset * 8).div_ceil(6);
    let end = message.len() * 8 / 6;
    [STANDARD_NO_PAD.encode(&message), URL_SAFE_NO_PAD.encode(&message)]
        .into_iter()
        .filter_map(|text| text.as_bytes().get(begin..end).map(<[u8]>::to_vec))
        .filter(|piece| piece.len() >= LEAST_PIECE)
        .collect()
}

fn percent(secret: &[u8], digits: &str) -> Vec<u8> {
    let digit = |value: u8| digits.as_bytes().get(usize::from(value)).copied().unwrap_or(b'0');
    let mut out = Vec::new();
    for &byte in secret {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(byte);
        } else {
            out.extend([b'%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};
    use proptest::prelude::*;

    const TOKEN: &str = "glpat-Ab/9+x=\"tok";

    fn redacted(text: &str) -> String {
        String::from_utf8(Redactor::new(&[Secret::new(TOKEN)]).redact(text.as_bytes().to_vec())).unwrap()
    }

    #[test]
    fn every_encoding_of_a_credential_is_redacted() {
        for echo in [
            TOKEN.to_owned(),
            serde_json::to_string(TOKEN).unwrap(),
            "glpat-Ab\\/9+x=\\\"tok".to_owned(),
            "glpat-Ab%2F9%2Bx%3D%22tok".to_owned(),
            "glpat-Ab%2f9%2bx%3d%22tok".to_owned(),
            hex::encode(TOKEN),
            hex::encode_upper(TOKEN),
        ] {
            let text = format!("a {echo} b {echo}");
            let shown = redacted(&text);
            assert!(shown.starts_with("a ") && shown.matches("***").count() == 2, "{shown}");
            assert!(!shown.contains("glpat") && shown.len() < 20, "{shown}");
        }
        for before in ["", "u", "u:", "oauth2:"] {
            for encoded in [
                STANDARD.encode(format!("{before}{TOKEN}:")),
                URL_SAFE.encode(format!("{before}{TOKEN}")),
            ] {
                let shown = redacted(&encoded);
                assert!(shown.contains("***"), "{before} {shown}");
                let left = shown.replace("***", "");
                assert!(left.len() <= (before.len() + 6) * 4 / 3, "{before} {shown}");
            }
        }
    }

    #[test]
    fn what_is_no_echo_stays_as_it_is() {
        let text = "glpat-Ab/9+x= and the rest";
        assert_eq!(redacted(text), text);
        assert_eq!(Redactor::new(&[Secret::new("")]).redact(b"abc".to_vec()), b"abc");
        assert_eq!(redacted(""), "");
    }

    #[test]
    fn fields_lose_cookies_and_echoes() {
        let mut headers = HeaderMap::new();
        headers.insert("set-cookie", "session=1".parse().unwrap());
        headers.insert("x-echo", format!("Bearer {TOKEN}").parse().unwrap());
        headers.insert("etag", "\"a\"".parse().unwrap());
        let shown = Redactor::new(&[Secret::new(TOKEN)]).fields(&headers);
        let shown: Vec<_> = shown.iter().map(|it| (it.name.as_str(), it.value.as_slice())).collect();
        assert_eq!(shown, [("x-echo", &b"Bearer ***"[..]), ("etag", b"\"a\"")]);
    }

    #[test]
    fn what_the_plugin_names_is_taken_out() {
        let pointers = ["/token".to_owned(), "/keys/0/pem".to_owned(), "/none".to_owned()];
        let body = br#"{"token":"t","keys":[{"pem":"p","id":1}]}"#.to_vec();
        let shown: Value = serde_json::from_slice(&take_out(body.clone(), &pointers)).unwrap();
        assert_eq!(
            shown,
            serde_json::json!({"token": null, "keys": [{"pem": null, "id": 1}]})
        );
        assert_eq!(take_out(body.clone(), &[]), body);
        assert_eq!(take_out(b"<html>t</html>".to_vec(), &pointers), b"");
    }

    proptest! {
        /// Wherever it stands, nothing of the secret's own text is left.
        #[test]
        fn no_echo_survives(secret in "[!-~]{8,40}", before in "[ -~]{0,20}", after in "[ -~]{0,20}") {
            let redactor = Redactor::new(&[Secret::new(secret.clone())]);
            let shown = redactor.redact(format!("{before}{secret}{after}").into_bytes());
            prop_assert!(!String::from_utf8_lossy(&shown).contains(&secret));
        }
    }
}
