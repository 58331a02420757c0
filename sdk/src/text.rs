//! Short texts: found, cut and copied.
//!
//! The standard library's search for strings is made for long texts. It brings five thousand bytes into a component, which the
//! first start must compile; what is searched here is a line or a page long.

/// Tells whether the words occur in the text.
///
/// ```
/// # use forgegate_sdk::text::contains;
/// assert!(contains("API rate limit exceeded", "rate limit"));
/// assert!(!contains("API", "rate limit"));
/// ```
pub fn contains(text: &str, words: &str) -> bool {
    find(text, words).is_some()
}

/// Copies of the texts.
pub fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}

/// The text, cut to so many bytes at most, between two characters.
///
/// ```
/// # use forgegate_sdk::text::cut;
/// assert_eq!(cut("aé", 2), "a");
/// assert_eq!(cut("aé", 3), "aé");
/// ```
pub fn cut(text: &str, most_bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(most_bytes)).unwrap_or(text)
}

/// Splits the text at the first occurrence of the words: what stands before it, and what stands after it.
///
/// ```
/// # use forgegate_sdk::text::split_once;
/// assert_eq!(split_once("https://git.example.com", "://"), Some(("https", "git.example.com")));
/// ```
pub fn split_once<'t>(text: &'t str, words: &str) -> Option<(&'t str, &'t str)> {
    let start = find(text, words)?;
    Some((text.get(..start)?, text.get(start + words.len()..)?))
}

fn find(text: &str, words: &str) -> Option<usize> {
    let (text, words) = (text.as_bytes(), words.as_bytes());
    let last_start = text.len().checked_sub(words.len())?;
    (0..=last_start).find(|&start| text.get(start..).is_some_and(|rest| rest.starts_with(words)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_occurrence_counts() {
        assert_eq!(split_once("a--b--c", "--"), Some(("a", "b--c")));
        assert_eq!(split_once("aab", "ab"), Some(("a", "")));
        assert_eq!(split_once("ü→ü", "→"), Some(("ü", "ü")));
        assert_eq!(split_once("a", "ab"), None);
        assert_eq!(split_once("", "a"), None);
    }

    #[test]
    fn it_finds_what_the_standard_library_finds() {
        for text in ["", "a", "ab", "aab", "abab", "über", "a rate limit"] {
            for words in ["", "a", "ab", "b", "ü", "rate limit", "limit."] {
                assert_eq!(contains(text, words), text.contains(words), "{text:?} {words:?}");
                assert_eq!(split_once(text, words), text.split_once(words), "{text:?} {words:?}");
            }
        }
    }
}
