//! The few pieces of cryptography that proofs need. Everybody else calls these; nobody else names `hmac` or `sha2`.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest as _, Sha256, Sha512};
use subtle::ConstantTimeEq;

/// The hash function under an HMAC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digest {
    /// The hash function SHA-256.
    Sha256,
    /// The hash function SHA-512.
    Sha512,
}

impl Digest {
    /// The length of its tags in bytes.
    #[must_use]
    pub const fn tag_bytes(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }
}

/// An HMAC under way.
#[derive(Clone)]
pub enum MacState {
    /// An HMAC over SHA-256.
    Sha256(Box<Hmac<Sha256>>),
    /// An HMAC over SHA-512.
    Sha512(Box<Hmac<Sha512>>),
}

impl MacState {
    /// Begins with a key of any length. `None` for an empty key, under which anybody can compute tags.
    #[must_use]
    pub fn new(digest: Digest, key: &[u8]) -> Option<Self> {
        if key.is_empty() {
            return None;
        }
        match digest {
            Digest::Sha256 => Hmac::new_from_slice(key).ok().map(|mac| Self::Sha256(Box::new(mac))),
            Digest::Sha512 => Hmac::new_from_slice(key).ok().map(|mac| Self::Sha512(Box::new(mac))),
        }
    }

    /// Takes in more of the message.
    pub fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha256(mac) => mac.update(bytes),
            Self::Sha512(mac) => mac.update(bytes),
        }
    }

    /// True if the message so far has this tag. Takes the same time whatever the tag's bytes.
    #[must_use]
    pub fn has_tag(&self, tag: &[u8]) -> bool {
        match self {
            Self::Sha256(mac) => mac.clone().verify_slice(tag).is_ok(),
            Self::Sha512(mac) => mac.clone().verify_slice(tag).is_ok(),
        }
    }

    /// The tag of the message.
    #[must_use]
    pub fn tag(self) -> Vec<u8> {
        match self {
            Self::Sha256(mac) => mac.finalize().into_bytes().to_vec(),
            Self::Sha512(mac) => mac.finalize().into_bytes().to_vec(),
        }
    }
}

/// A SHA-256 that is fed as bytes arrive.
#[derive(Clone, Default)]
pub struct Sha256State(Sha256);

impl Sha256State {
    /// Takes in more bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of all that was taken in.
    #[must_use]
    pub fn finish(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}

/// The SHA-256 of some bytes.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// True if two values are equal. Tells nothing of where they differ, nor of their lengths.
#[must_use]
pub fn equal(left: &[u8], right: &[u8]) -> bool {
    sha256(left).ct_eq(&sha256(right)).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex_tag(digest: Digest, key: &str, message: &str) -> String {
        let mut mac = MacState::new(digest, key.as_bytes()).unwrap();
        mac.update(message.as_bytes());
        hex::encode(mac.tag())
    }

    #[test]
    fn published_tags_come_out() {
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
                "topsecret",
                "bonjour monde",
                "8ca57e2afbad9fea8860404575c2d61827995c62aacd4c514eae4c404896390b",
            ),
        ] {
            assert_eq!(hex_tag(Digest::Sha256, key, message), tag);
        }
    }

    #[test]
    fn an_empty_key_makes_no_tag() {
        assert!(MacState::new(Digest::Sha256, b"").is_none());
    }

    #[test]
    fn a_tag_of_another_length_does_not_hold() {
        let mac = MacState::new(Digest::Sha256, b"key").unwrap();
        let tag = mac.clone().tag();
        assert!(mac.has_tag(&tag));
        assert!(!mac.has_tag(&tag[..31]));
        assert!(!mac.has_tag(b""));
    }

    #[test]
    fn equality_is_of_all_bytes() {
        assert!(equal(b"abc", b"abc"));
        assert!(!equal(b"abc", b"abd"));
        assert!(!equal(b"abc", b"ab"));
    }
}
