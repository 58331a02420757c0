//! Reading a JSON payload, borrowing from it where the type allows, and writing small bodies.

mod fields;
mod object;
mod tree;

pub use fields::{FieldNames, Fields};
pub use object::{Object, escaped};
pub use tree::{Part, Tree};

use std::borrow::Cow;
use std::ops::Deref;

use serde::{Deserialize, Deserializer};

use crate::ParseError;

/// Text that lies in the payload, copied only where it is written with escapes. Unlike `Cow` it borrows within lists too.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(transparent)]
pub struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl Text<'_> {
    /// The text, or `None` where it is empty, which is how many forges write that there is none.
    pub fn filled(&self) -> Option<String> {
        (!self.is_empty()).then(|| self.to_string())
    }
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl From<Text<'_>> for String {
    fn from(text: Text<'_>) -> Self {
        text.0.into_owned()
    }
}

/// Reads the payload into a type. The error names line and column, and repeats no value of the payload: its text is kept with the
/// delivery's record, where confidential words have no place. Values nested deeper than 128 are refused.
///
/// What is generated for each type makes a component large; a plugin that reads many events is better off with a [`Tree`].
pub fn parse<'a, T: Deserialize<'a>>(payload: &'a [u8]) -> Result<T, ParseError> {
    serde_json::from_slice(payload).map_err(|e| malformed(&e))
}

/// For `#[serde(default, deserialize_with = "…")]`: `null` counts as missing, as forges written in Go send empty lists.
pub fn null_is_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

fn malformed(error: &serde_json::Error) -> ParseError {
    ParseError::Malformed(without_values(&error.to_string()))
}

/// Takes the string out of serde's "invalid type: string "…", expected …".
fn without_values(message: &str) -> String {
    let cut = message.split_once(" \"").zip(message.rsplit_once("\", expected "));
    match cut {
        Some(((before, _), (_, after))) => format!("{before}, expected {after}"),
        None => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error_of(payload: &str) -> String {
        match parse::<Vec<u8>>(payload.as_bytes()) {
            Err(ParseError::Malformed(text)) => text,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn strings_are_borrowed_from_the_payload() {
        let payload = br#"["main","a\u0026b"]"#.to_vec();
        let texts: Vec<Text> = parse(&payload).unwrap();
        assert!(matches!(&texts[0].0, Cow::Borrowed("main")));
        assert_eq!(&*texts[1], "a&b");
    }

    #[test]
    fn an_error_names_its_place() {
        assert_eq!(error_of("[1,\n2,,]"), "expected value at line 2 column 3");
    }

    #[test]
    fn an_error_repeats_no_text_of_the_payload() {
        let text = error_of(r#"[1, "top \", expected \" secret"]"#);
        assert_eq!(text, "invalid type: string, expected u8 at line 1 column 32");
    }

    #[test]
    fn null_counts_as_missing() {
        #[derive(Deserialize)]
        struct Labels {
            #[serde(default, deserialize_with = "null_is_default")]
            labels: Vec<String>,
        }
        for payload in ["{}", r#"{"labels":null}"#, r#"{"labels":[]}"#] {
            assert!(parse::<Labels>(payload.as_bytes()).unwrap().labels.is_empty());
        }
    }

    #[test]
    fn deep_nesting_is_refused() {
        let deep = "[".repeat(10_000);
        let read = parse::<serde_json::Value>(deep.as_bytes());
        assert!(matches!(read, Err(ParseError::Malformed(_))));
    }
}
