//! The header fields of a delivery.

use crate::{Header, Refusal};

impl Header {
    /// A field of this name, in lower case, and value.
    pub fn new(name: &str, value: &str) -> Self {
        Self {
            name: name.to_owned(),
            value: value.to_owned(),
        }
    }
}

/// The header fields of a delivery, in the order received, names in lower case. Every value is a stranger's.
#[derive(Clone, Debug)]
pub struct Headers(Vec<Header>);

impl Headers {
    /// The fields as the host hands them over.
    pub fn new(headers: Vec<Header>) -> Self {
        Self(headers)
    }

    /// The value of the first field of this name, which must be in lower case. Enough where nothing is proved by it.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values(name).next()
    }

    /// The value of the only field of this name. A second one is a refusal: which of them counts would be the sender's choice.
    pub fn single(&self, name: &str) -> Result<Option<&str>, Refusal> {
        let mut values = self.values(name);
        let first = values.next();
        match values.next() {
            Some(_) => Err(Refusal::RepeatedHeader(name.to_owned())),
            None => Ok(first),
        }
    }

    /// Tells whether a field of this name is there, empty or not.
    pub fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// The name of the first field whose name begins like this.
    pub fn any_with_prefix(&self, prefix: &str) -> Option<&str> {
        self.iter().map(|(name, _)| name).find(|name| name.starts_with(prefix))
    }

    /// All fields, as name and value.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|h| (h.name.as_str(), h.value.as_str()))
    }

    fn values<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.iter().filter_map(move |(n, value)| (n == name).then_some(value))
    }
}

/// Names are brought to lower case, as the host does.
impl<N: AsRef<str>, V: Into<String>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(fields: I) -> Self {
        let header = |(name, value): (N, V)| Header {
            name: name.as_ref().to_ascii_lowercase(),
            value: value.into(),
        };
        Self(fields.into_iter().map(header).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers() -> Headers {
        Headers::from_iter([("X-Event", "push"), ("x-tag", "a"), ("X-Tag", "b"), ("x-empty", "")])
    }

    #[test]
    fn names_are_found_in_lower_case() {
        assert_eq!(headers().get("x-event"), Some("push"));
        assert_eq!(headers().get("x-none"), None);
        assert!(headers().contains("x-empty"));
    }

    #[test]
    fn a_repeated_field_is_refused_where_one_is_needed() {
        assert_eq!(headers().get("x-tag"), Some("a"));
        assert_eq!(headers().single("x-tag"), Err(Refusal::RepeatedHeader("x-tag".into())));
        assert_eq!(headers().single("x-event"), Ok(Some("push")));
        assert_eq!(headers().single("x-none"), Ok(None));
    }

    #[test]
    fn a_family_of_fields_is_found_by_prefix() {
        assert_eq!(headers().any_with_prefix("x-e"), Some("x-event"));
        assert_eq!(headers().any_with_prefix("y-"), None);
    }
}
