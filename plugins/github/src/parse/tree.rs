//! A payload as a tree that borrows from it, of those fields only that some event needs.
//!
//! One reader serves all shapes. A type for each would be checked by the compiler, but makes the component three times as
//! large, and what is not among [`FIELDS`] costs here as little as there: it is skipped as it is read.

use std::borrow::Cow;
use std::fmt;

use forgegate_sdk::{ParseError, json};
use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Names of fields, by length and then by letter.
const FIELDS: [&str; 100] = [
    "id",
    "app",
    "ref",
    "sha",
    "url",
    "base",
    "body",
    "from",
    "head",
    "name",
    "repo",
    "slug",
    "type",
    "user",
    "added",
    "after",
    "draft",
    "email",
    "event",
    "issue",
    "login",
    "owner",
    "pages",
    "state",
    "title",
    "action",
    "assets",
    "author",
    "before",
    "forced",
    "labels",
    "merged",
    "number",
    "review",
    "run_id",
    "sender",
    "status",
    "account",
    "changes",
    "comment",
    "commits",
    "message",
    "release",
    "removed",
    "ssh_url",
    "summary",
    "base_sha",
    "head_ref",
    "head_sha",
    "html_url",
    "modified",
    "tag_name",
    "assignees",
    "check_run",
    "clone_url",
    "commit_id",
    "full_name",
    "page_name",
    "pushed_at",
    "target_id",
    "timestamp",
    "conclusion",
    "created_at",
    "deployment",
    "identifier",
    "prerelease",
    "repository",
    "run_number",
    "started_at",
    "target_url",
    "updated_at",
    "check_suite",
    "environment",
    "external_id",
    "head_branch",
    "head_commit",
    "merge_group",
    "completed_at",
    "installation",
    "organization",
    "published_at",
    "pull_request",
    "repositories",
    "submitted_at",
    "suspended_at",
    "workflow_job",
    "workflow_run",
    "default_branch",
    "run_started_at",
    "environment_url",
    "head_repository",
    "requested_action",
    "target_commitish",
    "deployment_status",
    "repositories_added",
    "requested_reviewers",
    "browser_download_url",
    "repositories_removed",
    "repository_selection",
    "production_environment",
];

/// One value.
#[derive(Default)]
enum Node<'a> {
    #[default]
    Null,
    Flag(bool),
    Number(u64),
    Text(Cow<'a, str>),
    List(Vec<Node<'a>>),
    Fields(Vec<(&'static str, Node<'a>)>),
    /// A negative number or a fraction, which GitHub sends nowhere.
    Other,
}

static NULL: Node<'static> = Node::Null;

/// A whole payload.
#[derive(Default)]
pub struct Tree<'a>(Node<'a>);

impl<'a> Tree<'a> {
    /// Reads a payload, which must be an object. A field that is needed and occurs twice is refused.
    pub fn read(payload: &'a [u8]) -> Result<Self, ParseError> {
        let node: Node = json::parse(payload)?;
        match node {
            Node::Fields(_) => Ok(Self(node)),
            _ => Err(ParseError::Malformed(
                "the payload, line 1, is no object".into(),
            )),
        }
    }

    /// The payload itself.
    pub fn root(&self) -> Part<'_> {
        Part {
            node: &self.0,
            place: "",
        }
    }
}

/// A value in the tree. Paths are names joined by full stops; what is absent is null, and so is all that lies below it.
#[derive(Clone, Copy)]
pub struct Part<'t> {
    node: &'t Node<'t>,
    place: &'static str,
}

impl<'t> Part<'t> {
    /// What lies there.
    pub fn at(self, path: &'static str) -> Self {
        Self {
            node: self.node(path),
            place: if self.place.is_empty() {
                path
            } else {
                self.place
            },
        }
    }

    /// What lies there, unless it is null.
    pub fn at_or_none(self, path: &'static str) -> Option<Self> {
        let part = self.at(path);
        (!matches!(part.node, Node::Null)).then_some(part)
    }

    /// The string there.
    pub fn text(self, path: &'static str) -> Result<&'t str, ParseError> {
        self.required(path, self.text_or_none(path)?)
    }

    /// The string there, unless it is null.
    pub fn text_or_none(self, path: &'static str) -> Result<Option<&'t str>, ParseError> {
        match self.node(path) {
            Node::Null => Ok(None),
            Node::Text(text) => Ok(Some(text)),
            _ => Err(self.malformed(path, "is no string")),
        }
    }

    /// A copy of the string there, unless it is null or empty.
    pub fn owned(self, path: &'static str) -> Result<Option<String>, ParseError> {
        let text = self.text_or_none(path)?.filter(|text| !text.is_empty());
        Ok(text.map(str::to_owned))
    }

    /// The number there.
    pub fn number(self, path: &'static str) -> Result<u64, ParseError> {
        self.required(path, self.number_or_none(path)?)
    }

    /// The number there, unless it is null.
    pub fn number_or_none(self, path: &'static str) -> Result<Option<u64>, ParseError> {
        match self.node(path) {
            Node::Null => Ok(None),
            Node::Number(number) => Ok(Some(*number)),
            _ => Err(self.malformed(path, "is no whole number")),
        }
    }

    /// The number there, as ids are written.
    pub fn id(self, path: &'static str) -> Result<String, ParseError> {
        self.number(path).map(|id| id.to_string())
    }

    /// Likewise, unless it is null.
    pub fn id_or_none(self, path: &'static str) -> Result<Option<String>, ParseError> {
        Ok(self.number_or_none(path)?.map(|id| id.to_string()))
    }

    /// The flag there, unless it is null.
    pub fn flag(self, path: &'static str) -> Result<Option<bool>, ParseError> {
        match self.node(path) {
            Node::Null => Ok(None),
            Node::Flag(flag) => Ok(Some(*flag)),
            _ => Err(self.malformed(path, "is neither true nor false")),
        }
    }

    /// What is listed there, unless it is null.
    pub fn list(
        self,
        path: &'static str,
    ) -> Result<Option<impl DoubleEndedIterator<Item = Self> + ExactSizeIterator>, ParseError> {
        let nodes = match self.node(path) {
            Node::Null => return Ok(None),
            Node::List(nodes) => nodes,
            _ => return Err(self.malformed(path, "is no list")),
        };
        let place = self.at(path).place;
        Ok(Some(nodes.iter().map(move |node| Self { node, place })))
    }

    /// This value itself, a string of a list.
    pub fn as_text(self) -> Result<&'t str, ParseError> {
        match self.node {
            Node::Text(text) => Ok(text),
            _ => Err(self.malformed("", "holds what is no string")),
        }
    }

    /// The time there, as RFC 3339: Unix seconds in the repository of a push and in old payloads, else text.
    pub fn time(self, path: &'static str) -> Option<String> {
        match self.node(path) {
            Node::Number(seconds) => super::rfc3339(*seconds),
            Node::Text(text) if !text.is_empty() => Some(text.to_string()),
            _ => None,
        }
    }

    /// The error for what lies there. `problem` must repeat no value.
    pub fn malformed(self, path: &'static str, problem: &str) -> ParseError {
        let separator = if self.place.is_empty() || path.is_empty() {
            ""
        } else {
            "."
        };
        ParseError::Malformed(format!("`{}{separator}{path}` {problem}", self.place))
    }

    fn required<T>(self, path: &'static str, value: Option<T>) -> Result<T, ParseError> {
        value.ok_or_else(|| self.malformed(path, "is missing"))
    }

    fn node(self, path: &str) -> &'t Node<'t> {
        path.split('.').fold(self.node, Node::field)
    }
}

impl<'a> Node<'a> {
    fn field(&self, name: &str) -> &Node<'a> {
        debug_assert!(
            known(name).is_some(),
            "`{name}` is not among the fields that are read"
        );
        let Self::Fields(fields) = self else {
            return &NULL;
        };
        let field = fields.iter().find(|(known, _)| *known == name);
        field.map_or(&NULL, |(_, node)| node)
    }
}

fn known(name: &str) -> Option<&'static str> {
    let order = |field: &&str| {
        field
            .len()
            .cmp(&name.len())
            .then_with(|| (**field).cmp(name))
    };
    let index = FIELDS.binary_search_by(order).ok()?;
    FIELDS.get(index).copied()
}

impl<'de> Deserialize<'de> for Node<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyNode)
    }
}

struct AnyNode;

impl<'de> Visitor<'de> for AnyNode {
    type Value = Node<'de>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(Node::Flag(flag))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Node::Number(number))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Node::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Node::Other)
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Node::Text(Cow::Borrowed(text)))
    }

    /// What is written with escapes cannot be borrowed.
    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Node::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut nodes = Vec::new();
        while let Some(node) = items.next_element()? {
            nodes.push(node);
        }
        Ok(Node::List(nodes))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut fields: Vec<(&'static str, Node)> = Vec::new();
        while let Some(Key(key)) = entries.next_key()? {
            let Some(name) = key else {
                entries.next_value::<IgnoredAny>()?;
                continue;
            };
            if fields.iter().any(|(met, _)| *met == name) {
                return Err(A::Error::duplicate_field(name));
            }
            fields.push((name, entries.next_value()?));
        }
        Ok(Node::Fields(fields))
    }
}

/// The name of a field, where it is one that is read.
struct Key(Option<&'static str>);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(AnyKey)
    }
}

struct AnyKey;

impl Visitor<'_> for AnyKey {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a field")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(Key(known(name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem<T>(read: Result<T, ParseError>) -> String {
        match read {
            Err(ParseError::Malformed(text)) => text,
            Err(other) => panic!("{other:?}"),
            Ok(_) => panic!("no error"),
        }
    }

    #[test]
    fn every_field_is_found_by_its_name() {
        for field in FIELDS {
            assert_eq!(known(field), Some(field), "the fields are out of order");
        }
        assert_eq!(known("node_id"), None);
    }

    #[test]
    fn values_are_found_by_path() {
        let payload = br#"{"sender": {"id": 7, "login": "a\u006ea", "type": null}, "commits": [{"id": "x"}], "zen": 1e9}"#;
        let tree = Tree::read(payload).unwrap();
        let root = tree.root();
        assert_eq!(root.number("sender.id"), Ok(7));
        assert_eq!(root.at("sender").text("login"), Ok("ana"));
        assert_eq!(root.text_or_none("sender.type"), Ok(None));
        assert_eq!(root.text_or_none("repository.full_name"), Ok(None));
        assert_eq!(root.list("commits").unwrap().unwrap().len(), 1);
        assert!(root.list("labels").unwrap().is_none());
    }

    #[test]
    fn strings_are_borrowed_unless_they_are_escaped() {
        let payload = br#"{"ref": "main", "title": "a\nb"}"#.to_vec();
        let tree = Tree::read(&payload).unwrap();
        let inside = |text: &str| payload.as_ptr_range().contains(&text.as_ptr());
        assert!(inside(tree.root().text("ref").unwrap()));
        assert!(!inside(tree.root().text("title").unwrap()));
    }

    #[test]
    fn an_error_names_the_whole_path() {
        let payload = br#"{"sender": {"id": "7"}, "commits": [{"id": 7}, 7], "after": -1}"#;
        let tree = Tree::read(payload).unwrap();
        let root = tree.root();
        assert_eq!(
            problem(root.number("sender.id")),
            "`sender.id` is no whole number"
        );
        assert_eq!(
            problem(root.at("sender").text("login")),
            "`sender.login` is missing"
        );
        assert_eq!(
            problem(root.text("pull_request.head.sha")),
            "`pull_request.head.sha` is missing"
        );
        assert_eq!(problem(root.number("after")), "`after` is no whole number");
        let items: Vec<_> = root.list("commits").unwrap().unwrap().collect();
        assert_eq!(problem(items[0].text("id")), "`commits.id` is no string");
        assert_eq!(
            problem(items[1].as_text()),
            "`commits` holds what is no string"
        );
    }

    #[test]
    fn a_field_that_is_read_must_not_be_repeated() {
        let repeated = Tree::read(br#"{"after": "a", "after": "b"}"#);
        assert!(problem(repeated).starts_with("duplicate field `after`"));
        assert!(Tree::read(br#"{"zen": "a", "zen": "b"}"#).is_ok());
    }
}
