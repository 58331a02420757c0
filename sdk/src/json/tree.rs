//! A payload as a tree, of those fields only that some event needs.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::fields::{Field, Fields};
use crate::ParseError;

/// A payload, borrowed from where it can be.
///
/// One reader serves all shapes. A type with a derived `Deserialize` for each is checked by the compiler, but every one of them
/// brings thousands of bytes into the component, which the first start must compile.
pub struct Tree<'a> {
    root: Node<'a>,
    fields: Fields,
}

/// A value in the tree. Paths are names joined by full stops; what is absent is null, and so is all that lies below it.
#[derive(Clone, Copy)]
pub struct Part<'t> {
    node: &'t Node<'t>,
    /// The names that a path may hold.
    fields: Fields,
    /// The path by which it was taken from another part: for errors.
    place: &'static str,
}

enum Node<'a> {
    Null,
    Flag(bool),
    Unsigned(u64),
    Negative(i64),
    Fraction(f64),
    Text(Cow<'a, str>),
    List(Vec<Node<'a>>),
    Map(Vec<(Field, Node<'a>)>),
}

static NULL: Node<'static> = Node::Null;

impl<'a> Tree<'a> {
    /// Reads a payload, which must be an object. A field that is among `fields` and occurs twice is refused; so are values nested
    /// deeper than 128.
    pub fn read(payload: &'a [u8], fields: Fields) -> Result<Self, ParseError> {
        let tree = Self::read_any(payload, fields)?;
        match tree.root {
            Node::Map(_) => Ok(tree),
            _ => Err(ParseError::Malformed("the payload is no object".into())),
        }
    }

    /// Likewise, but reads any value, as an answer of a forge may be a list.
    pub fn read_any(payload: &'a [u8], fields: Fields) -> Result<Self, ParseError> {
        let mut text = serde_json::Deserializer::from_slice(payload);
        let repeated = Cell::new(None);
        let seed = NodeSeed {
            fields,
            repeated: &repeated,
        };
        let node = seed.deserialize(&mut text);
        match (node.and_then(|node| text.end().map(|()| node)), repeated.get()) {
            (Ok(root), None) => Ok(Self { root, fields }),
            (Ok(_), Some(field)) => {
                let words = ["duplicate field `", fields.name(field), "`"];
                Err(ParseError::Malformed(words.concat()))
            }
            // Of the form of the text alone, so that it repeats no value.
            (Err(error), _) => Err(ParseError::Malformed(error.to_string())),
        }
    }

    /// The payload itself.
    pub fn root(&self) -> Part<'_> {
        Part {
            node: &self.root,
            fields: self.fields,
            place: "",
        }
    }
}

impl<'t> Part<'t> {
    /// The value there.
    pub fn at(&self, path: &'static str) -> Self {
        Self {
            node: self.node(path),
            place: path,
            ..*self
        }
    }

    /// The value there, unless it is null.
    pub fn at_or_none(&self, path: &'static str) -> Option<Self> {
        let part = self.at(path);
        (!matches!(part.node, Node::Null)).then_some(part)
    }

    /// The string there.
    pub fn text(&self, path: &'static str) -> Result<&'t str, ParseError> {
        self.required(path, self.text_or_none(path)?)
    }

    /// The string there, unless it is null.
    pub fn text_or_none(&self, path: &'static str) -> Result<Option<&'t str>, ParseError> {
        match self.node(path) {
            Node::Null => Ok(None),
            Node::Text(text) => Ok(Some(text)),
            _ => Err(self.malformed(path, "is no string")),
        }
    }

    /// A copy of the string there, unless it is null or empty, which is how many forges write that there is none.
    pub fn owned(&self, path: &'static str) -> Result<Option<String>, ParseError> {
        let text = self.text_or_none(path)?.filter(|text| !text.is_empty());
        Ok(text.map(str::to_owned))
    }

    /// The number there.
    pub fn number(&self, path: &'static str) -> Result<u64, ParseError> {
        self.required(path, self.number_or_none(path)?)
    }

    /// The number there, unless it is null.
    pub fn number_or_none(&self, path: &'static str) -> Result<Option<u64>, ParseError> {
        match self.node(path) {
            Node::Null => Ok(None),
            Node::Unsigned(number) => Ok(Some(*number)),
            _ => Err(self.malformed(path, "is no whole number")),
        }
    }

    /// The number there, as ids are written.
    pub fn id(&self, path: &'static str) -> Result<String, ParseError> {
        self.number(path).map(|id| id.to_string())
    }

    /// Likewise, unless it is null.
    pub fn id_or_none(&self, path: &'static str) -> Result<Option<String>, ParseError> {
        Ok(self.number_or_none(path)?.map(|id| id.to_string()))
    }

    /// The number there, which may be negative, unless it is null.
    pub fn signed_or_none(&self, path: &'static str) -> Result<Option<i64>, ParseError> {
        let number = match self.node(path) {
            Node::Null => return Ok(None),
            Node::Unsigned(number) => i64::try_from(*number).ok(),
            Node::Negative(number) => Some(*number),
            _ => None,
        };
        number
            .map(Some)
            .ok_or_else(|| self.malformed(path, "is no whole number"))
    }

    /// The number there, whole or not, unless it is null.
    pub fn fraction_or_none(&self, path: &'static str) -> Result<Option<f64>, ParseError> {
        match self.node(path) {
            Node::Null => Ok(None),
            Node::Unsigned(number) => Ok(Some(*number as f64)),
            Node::Negative(number) => Ok(Some(*number as f64)),
            Node::Fraction(number) => Ok(Some(*number)),
            _ => Err(self.malformed(path, "is no number")),
        }
    }

    /// The flag there, unless it is null.
    pub fn flag(&self, path: &'static str) -> Result<Option<bool>, ParseError> {
        match self.node(path) {
            Node::Null => Ok(None),
            Node::Flag(flag) => Ok(Some(*flag)),
            _ => Err(self.malformed(path, "is neither true nor false")),
        }
    }

    /// Tells whether this value is an object.
    pub fn is_object(&self) -> bool {
        matches!(self.node, Node::Map(_))
    }

    /// The entries of the list there, unless it is null.
    pub fn list(
        self,
        path: &'static str,
    ) -> Result<Option<impl DoubleEndedIterator<Item = Self> + ExactSizeIterator>, ParseError> {
        let nodes = match self.node(path) {
            Node::Null => return Ok(None),
            Node::List(nodes) => nodes,
            _ => return Err(self.malformed(path, "is no list")),
        };
        let part = move |node| Self {
            node,
            place: path,
            ..self
        };
        Ok(Some(nodes.iter().map(part)))
    }

    /// The entries of this value itself, as the answer of a forge may be a list.
    pub fn items(self) -> Result<impl DoubleEndedIterator<Item = Self> + ExactSizeIterator, ParseError> {
        match self.node {
            Node::List(nodes) => Ok(nodes.iter().map(move |node| Self { node, ..self })),
            _ => Err(self.malformed("", "is no list")),
        }
    }

    /// The entries of this value: of a list, or of the one list in an object, which some forges put around it.
    pub fn entries(self) -> Result<Vec<Self>, ParseError> {
        let list = |(_, node): &&'t (Field, Node<'t>)| matches!(node, Node::List(_));
        let inner = match self.node {
            Node::Map(fields) => fields.iter().find(list),
            _ => None,
        };
        let node = inner.map_or(self.node, |(_, node)| node);
        Ok(Self { node, ..self }.items()?.collect())
    }

    /// This value itself, a string of a list.
    pub fn as_text(self) -> Result<&'t str, ParseError> {
        match self.node {
            Node::Text(text) => Ok(text),
            _ => Err(self.malformed("", "holds what is no string")),
        }
    }

    /// The error for what lies there. `problem` must repeat no value: its text is kept with the delivery's record, where
    /// confidential words have no place.
    pub fn malformed(&self, path: &'static str, problem: &str) -> ParseError {
        let between = if self.place.is_empty() || path.is_empty() {
            ""
        } else {
            "."
        };
        if self.place.is_empty() && path.is_empty() {
            return ParseError::Malformed(["it ", problem].concat());
        }
        let words = ["`", self.place, between, path, "` ", problem];
        ParseError::Malformed(words.concat())
    }

    fn required<T>(&self, path: &'static str, value: Option<T>) -> Result<T, ParseError> {
        value.ok_or_else(|| self.malformed(path, "is missing"))
    }

    fn node(&self, path: &'static str) -> &'t Node<'t> {
        path.split('.').fold(self.node, |node, name| {
            let field = self.fields.find(name);
            debug_assert!(field.is_some(), "`{name}` is not among the fields that are read");
            field.map_or(&NULL, |field| node.field(field))
        })
    }
}

impl<'a> Node<'a> {
    fn field(&self, field: Field) -> &Node<'a> {
        let Self::Map(fields) = self else {
            return &NULL;
        };
        let found = fields.iter().find(|(met, _)| *met == field);
        found.map_or(&NULL, |(_, node)| node)
    }
}

/// Reads any value.
#[derive(Clone, Copy)]
struct NodeSeed<'s> {
    fields: Fields,
    /// A field that was met twice. Remembered and not made an error on the spot: that would bring serde's words for errors of a
    /// reader's own, and what finds their place again in them.
    repeated: &'s Cell<Option<Field>>,
}

impl<'de> DeserializeSeed<'de> for NodeSeed<'_> {
    type Value = Node<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for NodeSeed<'_> {
    type Value = Node<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Node<'de>, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Node<'de>, E> {
        Ok(Node::Flag(flag))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Node<'de>, E> {
        Ok(Node::Unsigned(number))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Node<'de>, E> {
        Ok(Node::Negative(number))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Node<'de>, E> {
        Ok(Node::Fraction(number))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Node<'de>, E> {
        Ok(Node::Text(Cow::Borrowed(text)))
    }

    /// Copies the text: what is written with escapes cannot be borrowed.
    fn visit_str<E>(self, text: &str) -> Result<Node<'de>, E> {
        Ok(Node::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node<'de>, A::Error> {
        let mut nodes = Vec::new();
        while let Some(node) = items.next_element_seed(self)? {
            nodes.push(node);
        }
        Ok(Node::List(nodes))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Node<'de>, A::Error> {
        let mut fields: Vec<(Field, Node<'de>)> = Vec::new();
        while let Some(field) = entries.next_key_seed(NameSeed(self.fields))? {
            let Some(field) = field else {
                entries.next_value::<IgnoredAny>()?;
                continue;
            };
            if fields.iter().any(|(met, _)| *met == field) {
                self.repeated.set(Some(field));
                entries.next_value::<IgnoredAny>()?;
                continue;
            }
            fields.push((field, entries.next_value_seed(self)?));
        }
        Ok(Node::Map(fields))
    }
}

/// Reads the name of a field; `None` where it is not one that is read.
struct NameSeed(Fields);

impl<'de> DeserializeSeed<'de> for NameSeed {
    type Value = Option<Field>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        // Not as a string: that would bring serde's words for what is none, and with them the printing of floating point numbers.
        deserializer.deserialize_any(self)
    }
}

impl Visitor<'_> for NameSeed {
    type Value = Option<Field>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.find(name))
    }
}

#[cfg(test)]
mod tests {
    use super::super::fields::FieldNames;
    use super::*;

    const FIELDS: Fields = &FieldNames::new(&[
        "after",
        "commits",
        "full_name",
        "head",
        "id",
        "labels",
        "login",
        "ratio",
        "ref",
        "repository",
        "sender",
        "title",
        "type",
    ]);

    fn tree(payload: &str) -> Tree<'_> {
        Tree::read(payload.as_bytes(), FIELDS).unwrap_or_else(|error| panic!("{error}"))
    }

    fn problem<T>(read: Result<T, ParseError>) -> String {
        match read {
            Err(ParseError::Malformed(text)) => text,
            _ => panic!("no such error"),
        }
    }

    #[test]
    fn values_are_found_by_path() {
        let tree = tree(
            r#"{"sender": {"id": 7, "login": "a\u006ea", "type": null}, "commits": [{"id": "x"}], "ratio": 1e3,
                "after": -1, "r\u0065f": "main"}"#,
        );
        let root = tree.root();
        assert_eq!(root.number("sender.id"), Ok(7));
        assert_eq!(root.id("sender.id"), Ok("7".into()));
        assert_eq!(root.at("sender").text("login"), Ok("ana"));
        assert_eq!(root.text("ref"), Ok("main"));
        assert_eq!(root.text_or_none("sender.type"), Ok(None));
        assert_eq!(root.text_or_none("repository.full_name"), Ok(None));
        assert_eq!(root.signed_or_none("after"), Ok(Some(-1)));
        assert_eq!(root.fraction_or_none("ratio"), Ok(Some(1000.0)));
        assert_eq!(root.fraction_or_none("sender.id"), Ok(Some(7.0)));
        assert_eq!(root.list("commits").unwrap().unwrap().len(), 1);
        assert!(root.list("labels").unwrap().is_none());
        assert!(root.at_or_none("sender.type").is_none());
        assert!(root.is_object() && root.at("sender").is_object());
        assert!(!root.at("commits").is_object() && !root.at("labels").is_object());
    }

    #[test]
    fn strings_are_borrowed_unless_they_are_escaped() {
        let payload = r#"{"ref": "main", "title": "a\nb"}"#.to_owned();
        let tree = tree(&payload);
        let inside = |text: &str| payload.as_bytes().as_ptr_range().contains(&text.as_ptr());
        assert!(inside(tree.root().text("ref").unwrap()));
        assert!(!inside(tree.root().text("title").unwrap()));
    }

    #[test]
    fn an_error_names_its_place_and_repeats_no_value() {
        let tree = tree(r#"{"sender": {"id": "secret"}, "commits": [{"id": 7}, 7], "after": -1}"#);
        let root = tree.root();
        let sender = root.at("sender");
        assert_eq!(problem(root.number("sender.id")), "`sender.id` is no whole number");
        assert_eq!(problem(sender.text("login")), "`sender.login` is missing");
        assert_eq!(problem(root.number("after")), "`after` is no whole number");
        assert_eq!(problem(root.flag("after")), "`after` is neither true nor false");
        let commits: Vec<_> = root.list("commits").unwrap().unwrap().collect();
        assert_eq!(problem(commits[0].text("id")), "`commits.id` is no string");
        assert_eq!(problem(commits[1].as_text()), "`commits` holds what is no string");
    }

    #[test]
    fn a_list_is_read_where_one_is_expected() {
        let tree = Tree::read_any(br#"[{"id": 7}, {"id": 8}]"#, FIELDS).unwrap();
        let ids: Vec<_> = tree.root().items().unwrap().map(|item| item.number("id")).collect();
        assert_eq!(ids, [Ok(7), Ok(8)]);
        assert_eq!(tree.root().entries().unwrap().len(), 2);
        let object = Tree::read_any(br#"{"id": 2, "commits": [{"id": 7}]}"#, FIELDS).unwrap();
        let ids: Vec<_> = object
            .root()
            .entries()
            .unwrap()
            .into_iter()
            .map(|it| it.number("id"))
            .collect();
        assert_eq!(ids, [Ok(7)]);
        let object = Tree::read_any(b"{}", FIELDS).unwrap();
        assert_eq!(problem(object.root().entries().map(|_| ())), "it is no list");
        assert_eq!(problem(object.root().items().map(|_| ())), "it is no list");
    }

    #[test]
    fn what_is_no_object_or_no_json_is_refused() {
        let read = |payload: &'static str| Tree::read(payload.as_bytes(), FIELDS);
        assert_eq!(problem(read("[]")), "the payload is no object");
        assert_eq!(problem(read("{\n,}")), "key must be a string at line 2 column 1");
        for payload in ["", "{", "{} {}", "{\"ref\":}", "{\"zen\":}"] {
            assert!(read(payload).is_err(), "{payload}");
        }
        let deep = format!("{{\"head\":{}", "[".repeat(10_000));
        assert!(Tree::read(deep.as_bytes(), FIELDS).is_err());
    }

    #[test]
    fn a_field_that_is_read_must_not_be_repeated() {
        let read = |payload: &'static str| Tree::read(payload.as_bytes(), FIELDS);
        let twice = problem(read(r#"{"after": "a", "after": "b"}"#));
        assert!(twice.starts_with("duplicate field `after`"), "{twice}");
        assert!(read(r#"{"zen": "a", "zen": "b"}"#).is_ok());
    }
}
