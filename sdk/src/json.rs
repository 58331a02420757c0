//! Reading a JSON payload, borrowing from it where the type allows.

use serde::Deserialize;

use crate::ParseError;

/// Reads the payload. The error names line and column, and repeats no value of the payload: its text is kept with the
/// delivery's record, where confidential words have no place. Values nested deeper than 128 are refused.
pub fn parse<'a, T: Deserialize<'a>>(payload: &'a [u8]) -> Result<T, ParseError> {
    serde_json::from_slice(payload)
        .map_err(|e| ParseError::Malformed(without_values(&e.to_string())))
}

/// Takes the string out of serde's "invalid type: string "…", expected …".
fn without_values(message: &str) -> String {
    let cut = message
        .split_once(" \"")
        .zip(message.rsplit_once("\", expected "));
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
        let payload = br#"["main"]"#.to_vec();
        let [text] = parse::<[&str; 1]>(&payload).unwrap();
        assert!(payload.as_ptr_range().contains(&text.as_ptr()));
    }

    #[test]
    fn an_error_names_its_place() {
        assert_eq!(error_of("[1,\n2,,]"), "expected value at line 2 column 3");
    }

    #[test]
    fn an_error_repeats_no_text_of_the_payload() {
        let text = error_of(r#"[1, "top \", expected \" secret"]"#);
        assert_eq!(
            text,
            "invalid type: string, expected u8 at line 1 column 32"
        );
    }

    #[test]
    fn deep_nesting_is_refused() {
        let deep = "[".repeat(10_000);
        let read = parse::<serde_json::Value>(deep.as_bytes());
        assert!(matches!(read, Err(ParseError::Malformed(_))));
    }
}
