//! The payload of a form.

use std::borrow::Cow;

/// The decoded value of the one field of this name in an `application/x-www-form-urlencoded` body, or `None` where it is missing
/// or occurs twice: two readers of such a body could see two payloads.
pub(super) fn only_field<'a>(body: &'a [u8], name: &str) -> Option<Cow<'a, str>> {
    let mut found = url::form_urlencoded::parse(body)
        .filter(|(key, _)| key == name)
        .map(|(_, value)| value);
    let value = found.next()?;
    if found.next().is_some() { None } else { Some(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_counts_when_it_stands_alone() {
        assert_eq!(
            only_field(b"a=1&payload=%7B%22x%22%3A+1%7D", "payload").as_deref(),
            Some(r#"{"x": 1}"#)
        );
        assert_eq!(only_field(b"payload=1&payload=2", "payload"), None);
        assert_eq!(only_field(b"payload=1&%70ayload=2", "payload"), None);
        assert_eq!(only_field(b"other=1", "payload"), None);
    }
}
