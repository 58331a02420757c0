//! Header fields: which of them a guest sees.

use forgegate_model::header::Header;
use forgegate_model::plugin::Description;

use super::{BadOutput, Checked};
use crate::bindings::forgegate::plugin::types;

/// Fields that no plugin sees, whatever its description says.
const ALWAYS_WITHHELD: [&str; 3] = ["authorization", "cookie", "proxy-authorization"];

/// All fields that this plugin does not see: those that carry a credential.
pub(crate) fn withheld(description: &Description) -> Vec<String> {
    let mut names = description.credential_headers.clone();
    names.extend(ALWAYS_WITHHELD.map(str::to_owned));
    names.sort_unstable();
    names.dedup();
    names
}

/// The fields for a guest, without those withheld; what is not UTF-8 is replaced.
pub(crate) fn to_guest(fields: &[Header], withheld: &[String]) -> Vec<types::Header> {
    fields
        .iter()
        .filter(|field| !withheld.contains(&field.name))
        .map(|field| types::Header {
            name: field.name.clone(),
            value: String::from_utf8_lossy(&field.value).into_owned(),
        })
        .collect()
}

/// The fields that a guest hands over.
pub(crate) fn from_guest(fields: Vec<types::Header>) -> Vec<Header> {
    fields
        .into_iter()
        .map(|field| Header {
            name: field.name,
            value: field.value.into_bytes(),
        })
        .collect()
}

/// Tells whether a text is the name of a header field, in lower case.
pub(super) fn is_name(text: &str) -> bool {
    (1..=MOST_NAME_BYTES).contains(&text.len())
        && text
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9') || b"!#$%&'*+-.^_`|~".contains(&byte))
}

const MOST_NAME_BYTES: usize = 128;

/// A header field's name, where one is asked for.
pub(super) fn name(item: &str, text: String) -> Checked<String> {
    if is_name(&text) {
        Ok(text)
    } else {
        Err(BadOutput(format!(
            "`{item}` is no name of a header field in lower case"
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_stay_outside() {
        let withheld = vec!["authorization".to_owned(), "x-token".to_owned()];
        let fields = ["x-token", "x-event", "authorization", "x-token"].map(|name| Header {
            name: name.to_owned(),
            value: vec![b'v', 0xff],
        });
        let seen = to_guest(&fields, &withheld);
        assert_eq!(seen.len(), 1);
        assert_eq!(seen[0].name, "x-event");
        assert_eq!(seen[0].value, "v\u{fffd}");
    }

    #[test]
    fn names_are_lower_case_tokens() {
        for good in ["x-anyforge-event", "content-type", "a"] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", "X-Event", "a b", "a:b", "ä", "a\n"] {
            assert!(!is_name(bad), "{bad:?}");
        }
    }
}
