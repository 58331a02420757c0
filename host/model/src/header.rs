//! Header fields of a delivery, as the proof and the plugins see them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// One header field. The name is in lower case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The name, in lower case.
    pub name: String,
    /// The value as received, without the white space around it.
    pub value: Vec<u8>,
}

/// The header fields of one delivery, in the order received. A clone shares them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(Arc<[Header]>);

/// The reason why a header field cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// It occurs more than once.
    #[error("the header `{0}` occurs more than once")]
    Repeated(String),
    /// Its value is not UTF-8.
    #[error("the header `{0}` is not UTF-8")]
    NotUtf8(String),
}

impl Headers {
    /// Takes the fields as they came; names are brought to lower case.
    pub fn new(fields: impl IntoIterator<Item = (String, Vec<u8>)>) -> Self {
        let fields = fields.into_iter().map(|(mut name, value)| {
            name.make_ascii_lowercase();
            Header {
                name,
                value: value.trim_ascii().to_vec(),
            }
        });
        Self(fields.collect())
    }

    /// All fields, in the order received.
    #[must_use]
    pub fn fields(&self) -> &[Header] {
        &self.0
    }

    /// The value of a field that may occur once.
    ///
    /// # Errors
    /// Where it occurs more than once, or is not UTF-8.
    pub fn single(&self, name: &str) -> Result<Option<&str>, HeaderError> {
        let mut found = self.0.iter().filter(|field| field.name == name);
        let Some(field) = found.next() else {
            return Ok(None);
        };
        if found.next().is_some() {
            return Err(HeaderError::Repeated(name.to_owned()));
        }
        std::str::from_utf8(&field.value)
            .map(Some)
            .map_err(|_| HeaderError::NotUtf8(name.to_owned()))
    }

    /// The fields without those that carry a credential.
    #[must_use]
    pub fn without(&self, names: &[String]) -> Self {
        Self(
            self.0
                .iter()
                .filter(|field| !names.contains(&field.name))
                .cloned()
                .collect(),
        )
    }

    /// Only the fields of these names.
    #[must_use]
    pub fn only(&self, names: &[String]) -> Self {
        Self(
            self.0
                .iter()
                .filter(|field| names.contains(&field.name))
                .cloned()
                .collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_field_is_no_single_field() {
        let headers = Headers::new([
            ("X-A".to_owned(), b" 1 ".to_vec()),
            ("x-b".to_owned(), b"2".to_vec()),
            ("X-B".to_owned(), b"2".to_vec()),
        ]);
        assert_eq!(headers.single("x-a"), Ok(Some("1")));
        assert_eq!(headers.single("x-b"), Err(HeaderError::Repeated("x-b".to_owned())));
        assert_eq!(headers.single("x-c"), Ok(None));
    }
}
