//! The block `repository`, which GitLab sent before there was one for the project, and sends still. It has no id.
//!
//! Some senders repeat a field of it, which a tree refuses; here the last counts. So the tree does not read the block at all.

use std::fmt;

use forgegate_sdk::{ParseError, json};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

/// The block, as far as it is read.
#[derive(Default)]
pub struct OlderBlock {
    pub homepage: Option<String>,
    http_url: Option<String>,
    ssh_url: Option<String>,
}

#[derive(Deserialize)]
struct Body {
    repository: Option<OlderBlock>,
}

impl OlderBlock {
    /// The block of a payload, if it has one.
    pub fn read(payload: &[u8]) -> Result<Option<Self>, ParseError> {
        json::parse::<Body>(payload).map(|body| body.repository)
    }

    /// Where it can be fetched from.
    pub fn urls(&self) -> Vec<String> {
        let urls = [&self.http_url, &self.ssh_url];
        urls.into_iter().flatten().cloned().collect()
    }
}

impl<'de> Deserialize<'de> for OlderBlock {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Fields)
    }
}

struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = OlderBlock;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<OlderBlock, A::Error> {
        let mut block = OlderBlock::default();
        while let Some(name) = entries.next_key::<String>()? {
            let field = match name.as_str() {
                "homepage" => &mut block.homepage,
                "git_http_url" => &mut block.http_url,
                "git_ssh_url" => &mut block.ssh_url,
                _ => {
                    entries.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            *field = entries.next_value()?;
        }
        Ok(block)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_field_that_is_repeated_the_last_counts() {
        let payload = br#"{"repository": {"homepage": null, "git_ssh_url": "a", "name": 7, "git_ssh_url": "b"}}"#;
        let block = OlderBlock::read(payload).unwrap().unwrap();
        assert_eq!((block.homepage.as_deref(), block.urls()), (None, vec!["b".to_owned()]));
    }

    #[test]
    fn a_body_may_have_no_such_block() {
        for payload in ["{}", r#"{"repository": null}"#] {
            assert!(OlderBlock::read(payload.as_bytes()).unwrap().is_none());
        }
        assert!(OlderBlock::read(br#"{"repository": "acme"}"#).is_err());
    }
}
