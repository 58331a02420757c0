//! The block `repository`, which GitLab sent before there was one for the project, and sends still. It has no id.
//!
//! Some senders repeat a field of it, which a tree refuses. So the body's own tree does not read the block at all, and what is
//! needed of it is read by itself.

use forgegate_sdk::ParseError;
use forgegate_sdk::json::{FieldNames, Fields, Part, Tree};

use super::common::block;

const FIELDS: Fields = &FieldNames::new(&["git_http_url", "homepage", "repository"]);

/// The field that is met twice; it is then taken for absent.
const SSH: Fields = &FieldNames::new(&["git_ssh_url", "repository"]);

/// The block, as far as it is read.
pub struct OlderBlock {
    pub homepage: Option<String>,
    pub urls: Vec<String>,
}

impl OlderBlock {
    /// The block of a payload, if it has one.
    pub fn read(payload: &[u8]) -> Result<Option<Self>, ParseError> {
        let tree = Tree::read(payload, FIELDS)?;
        let Some(block) = block(tree.root(), "repository")? else {
            return Ok(None);
        };
        let ssh = Tree::read(payload, SSH).ok();
        let ssh = ssh
            .map(|tree| text(tree.root().at("repository"), "git_ssh_url"))
            .transpose()?;
        let urls = [text(block, "git_http_url")?, ssh.flatten()];
        Ok(Some(Self {
            homepage: text(block, "homepage")?,
            urls: urls.into_iter().flatten().collect(),
        }))
    }
}

fn text(block: Part, path: &'static str) -> Result<Option<String>, ParseError> {
    Ok(block.text_or_none(path)?.map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_that_is_repeated_costs_nothing_but_itself() {
        let payload = br#"{"repository": {"homepage": "p", "git_ssh_url": "a", "name": 7, "git_ssh_url": "b", "git_http_url": "c"}}"#;
        let block = OlderBlock::read(payload).unwrap().unwrap();
        assert_eq!(
            (block.homepage.as_deref(), block.urls),
            (Some("p"), vec!["c".to_owned()])
        );
    }

    #[test]
    fn a_body_may_have_no_such_block() {
        for payload in ["{}", r#"{"repository": null}"#] {
            assert!(OlderBlock::read(payload.as_bytes()).unwrap().is_none());
        }
        assert!(OlderBlock::read(br#"{"repository": "acme"}"#).is_err());
    }
}
