//! Standard base64 with padding, as some signatures are written.

use ::base64::Engine;
use ::base64::engine::general_purpose::STANDARD;

use crate::Digest;
use crate::hex::tag_bytes;

/// The tag that a header field writes in base64, of exactly the digest's length; else `None`.
pub fn decode_tag(text: &str, digest: Digest) -> Option<Vec<u8>> {
    decode(text).filter(|tag| tag.len() == tag_bytes(digest))
}

/// The bytes; `None` where the text is not standard base64 with its padding.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// Standard base64 with padding.
pub fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_has_exactly_the_length_of_its_digest() {
        let tag = vec![7; 32];
        assert_eq!(decode_tag(&encode(&tag), Digest::Sha256), Some(tag.clone()));
        assert_eq!(decode_tag(&encode(&tag), Digest::Sha512), None);
    }

    #[test]
    fn only_the_standard_alphabet_with_padding_is_taken() {
        assert_eq!(decode("+/8="), Some(vec![0xfb, 0xff]));
        for text in ["-_8=", "+/8", "+/8= ", "+/9="] {
            assert_eq!(decode(text), None, "{text}");
        }
    }
}
