//! Forms, as browsers and some forges send them.

/// The decoded value of the field. `None` where it does not occur exactly once, or is not percent-encoded as it should be.
pub(super) fn field(body: &[u8], name: &str) -> Option<Vec<u8>> {
    let mut found = None;
    for pair in body.split(|&b| b == b'&') {
        let mut sides = pair.splitn(2, |&b| b == b'=');
        let (key, value) = (sides.next()?, sides.next().unwrap_or_default());
        if decoded(key).as_deref() != Some(name.as_bytes()) {
            continue;
        }
        if found.is_some() {
            return None;
        }
        found = Some(decoded(value)?);
    }
    found
}

fn decoded(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = text.iter();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(&byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => digit(*bytes.next()?)? * 16 + digit(*bytes.next()?)?,
            other => other,
        });
    }
    Some(decoded)
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_decoded() {
        let body = b"a=1&payload=%7B%0A++%22ref%22%3A+1%7D&b";
        assert_eq!(field(body, "payload").unwrap(), b"{\n  \"ref\": 1}");
        assert_eq!(field(body, "b").unwrap(), b"");
    }

    #[test]
    fn a_field_that_is_missing_repeated_or_broken_is_none() {
        for body in ["", "a=1", "payload=1&payload=1", "payload=%7", "payload=%zz"] {
            assert_eq!(field(body.as_bytes(), "payload"), None, "{body}");
        }
    }
}
