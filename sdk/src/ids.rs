//! Commit ids and messages.

/// The id in lower case; `None` where it is empty, all zeros, or not 40 or 64 hex digits.
pub fn commit_id(id: &str) -> Option<String> {
    let has_form = matches!(id.len(), 40 | 64) && id.bytes().all(|b| b.is_ascii_hexdigit());
    (has_form && !is_zero_id(id)).then(|| id.to_ascii_lowercase())
}

/// Tells whether this is how a forge writes "no commit": 40 or 64 zeros.
pub fn is_zero_id(id: &str) -> bool {
    matches!(id.len(), 40 | 64) && id.bytes().all(|b| b == b'0')
}

/// The first line of a message, without white space around it.
pub fn first_line(message: &str) -> &str {
    message.trim_start().lines().next().unwrap_or("").trim_end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_both_lengths_are_taken_and_lower_cased() {
        assert_eq!(commit_id(&"Ab".repeat(20)), Some("ab".repeat(20)));
        assert_eq!(commit_id(&"0f".repeat(32)), Some("0f".repeat(32)));
    }

    #[test]
    fn an_id_of_zeros_is_none_at_either_length() {
        for length in [40, 64] {
            assert_eq!(commit_id(&"0".repeat(length)), None);
            assert!(is_zero_id(&"0".repeat(length)));
        }
        assert!(!is_zero_id("0"));
    }

    #[test]
    fn what_is_no_id_is_none() {
        for text in ["", "main", &"a".repeat(39), &"g".repeat(40), &"é".repeat(20)] {
            assert_eq!(commit_id(text), None, "{text:?}");
        }
    }

    #[test]
    fn the_title_is_the_first_line() {
        assert_eq!(first_line("Fix it\r\n\nBecause."), "Fix it");
        assert_eq!(first_line("\nFix it"), "Fix it");
        assert_eq!(first_line(""), "");
    }
}
