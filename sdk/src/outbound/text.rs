//! Text that must not be longer than a forge takes.

use std::borrow::Cow;

const ELLIPSIS: char = '…';

/// The text, cut to so many characters. Where something is cut off, the last of them is an ellipsis.
///
/// ```
/// # use forgegate_sdk::outbound::truncate;
/// assert_eq!(truncate("größer", 6), "größer");
/// assert_eq!(truncate("größer", 4), "grö…");
/// ```
pub fn truncate(text: &str, most_chars: usize) -> Cow<'_, str> {
    let Some((start_of_last, _)) = text.char_indices().nth(most_chars.saturating_sub(1)) else {
        return Cow::Borrowed(text);
    };
    match text.char_indices().nth(most_chars) {
        Some(_) => with_ellipsis(text, start_of_last, most_chars > 0),
        None => Cow::Borrowed(text),
    }
}

/// The text, cut to so many bytes, between two characters. Where something is cut off, an ellipsis, of three bytes, stands for it.
pub fn truncate_bytes(text: &str, most_bytes: usize) -> Cow<'_, str> {
    if text.len() <= most_bytes {
        return Cow::Borrowed(text);
    }
    let room = most_bytes.checked_sub(ELLIPSIS.len_utf8());
    let end = (0..=room.unwrap_or(0)).rev().find(|&end| text.is_char_boundary(end));
    with_ellipsis(text, end.unwrap_or(0), room.is_some())
}

fn with_ellipsis(text: &str, end: usize, has_room: bool) -> Cow<'_, str> {
    let kept = text.get(..end).unwrap_or_default();
    if has_room {
        Cow::Owned([kept, "…"].concat())
    } else {
        Cow::Borrowed("")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_counted_and_not_bytes() {
        assert_eq!(truncate("ääää", 4), "ääää");
        assert_eq!(truncate("ääää", 3), "ää…");
        assert_eq!(truncate("a", 1), "a");
        assert_eq!(truncate("ab", 1), "…");
        assert_eq!(truncate("ab", 0), "");
        assert_eq!(truncate("", 0), "");
    }

    #[test]
    fn bytes_are_cut_between_characters() {
        assert_eq!(truncate_bytes("ääää", 8), "ääää");
        assert_eq!(truncate_bytes("ääää", 7), "ää…");
        assert_eq!(truncate_bytes("ääää", 6), "ä…");
        assert_eq!(truncate_bytes("ääää", 3), "…");
        assert_eq!(truncate_bytes("ääää", 2), "");
    }
}
