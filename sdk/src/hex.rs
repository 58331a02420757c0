//! Hexadecimal digits, as signatures are written.

use crate::Digest;

/// The tag that a header field writes: exactly as many hex digits, of either case, as the digest needs; else `None`.
pub fn decode_tag(text: &str, digest: Digest) -> Option<Vec<u8>> {
    let tag = ::hex::decode(text).ok()?;
    (tag.len() == tag_bytes(digest)).then_some(tag)
}

/// Lower-case hex digits of the bytes.
pub fn encode(bytes: &[u8]) -> String {
    ::hex::encode(bytes)
}

/// The number of bytes of a tag.
pub(crate) fn tag_bytes(digest: Digest) -> usize {
    match digest {
        Digest::Sha256 => 32,
        Digest::Sha512 => 64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_has_exactly_the_length_of_its_digest() {
        assert_eq!(decode_tag(&"aB".repeat(32), Digest::Sha256), Some(vec![0xab; 32]));
        assert_eq!(decode_tag(&"ab".repeat(64), Digest::Sha512), Some(vec![0xab; 64]));
        for text in ["", "ab", &"ab".repeat(31), &"ab".repeat(33), &"ab".repeat(64)] {
            assert_eq!(decode_tag(text, Digest::Sha256), None, "{text}");
        }
    }

    #[test]
    fn what_is_no_hex_is_no_tag() {
        for text in ["g".repeat(64), format!(" {}", "a".repeat(63)), "é".repeat(32)] {
            assert_eq!(decode_tag(&text, Digest::Sha256), None, "{text}");
        }
    }
}
