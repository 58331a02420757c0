//! Caps on what a plugin hands over, and the form of refs and commit ids.

use super::{BadOutput, Checked};

/// Bytes of what stands on one line: names, ids, URLs, refs, paths.
const MOST_LINE_BYTES: usize = 8 << 10;

/// Bytes of what people write: titles, comments, commit messages.
const MOST_TEXT_BYTES: usize = 1 << 20;

pub(super) fn line(item: &str, text: String) -> Checked<String> {
    at_most(item, text, MOST_LINE_BYTES)
}

pub(super) fn line_or_none(item: &str, text: Option<String>) -> Checked<Option<String>> {
    text.map(|text| line(item, text)).transpose()
}

/// A line that is not empty.
pub(super) fn word(item: &str, text: String) -> Checked<String> {
    if text.is_empty() {
        return Err(BadOutput(format!("`{item}` is empty")));
    }
    line(item, text)
}

pub(super) fn text(item: &str, text: String) -> Checked<String> {
    at_most(item, text, MOST_TEXT_BYTES)
}

pub(super) fn text_or_none(item: &str, text: Option<String>) -> Checked<Option<String>> {
    text.map(|it| self::text(item, it)).transpose()
}

/// A list of at most so many entries, each translated.
pub(super) fn list<A, B>(item: &str, entries: Vec<A>, most: usize, each: impl Fn(A) -> Checked<B>) -> Checked<Vec<B>> {
    if entries.len() > most {
        let number = entries.len();
        return Err(BadOutput(format!(
            "`{item}` has {number} entries; at most {most} are allowed"
        )));
    }
    entries.into_iter().map(each).collect()
}

pub(super) fn lines(item: &str, entries: Vec<String>, most: usize) -> Checked<Vec<String>> {
    list(item, entries, most, |entry| line(item, entry))
}

/// A commit or object id: 40 or 64 lower-case hex digits, not all of them zeros.
pub(super) fn id(item: &str, text: String) -> Checked<String> {
    let hex = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let zeros = text.bytes().all(|byte| byte == b'0');
    if hex && !zeros && matches!(text.len(), 40 | 64) {
        Ok(text)
    } else {
        Err(BadOutput(format!(
            "`{item}` is no commit id of 40 or 64 lower-case hex digits other than zeros"
        )))
    }
}

pub(super) fn id_or_none(item: &str, text: Option<String>) -> Checked<Option<String>> {
    text.map(|text| id(item, text)).transpose()
}

/// A full ref as git takes it.
pub(super) fn full_ref(item: &str, text: String) -> Checked<String> {
    if is_full_ref(&text) {
        Ok(text)
    } else {
        Err(BadOutput(format!("`{item}` is no full ref such as `refs/heads/main`")))
    }
}

pub(super) fn full_ref_or_none(item: &str, text: Option<String>) -> Checked<Option<String>> {
    text.map(|text| full_ref(item, text)).transpose()
}

/// git-check-ref-format(1), and at least one part after the kind.
pub(super) fn is_full_ref(text: &str) -> bool {
    let forbidden =
        |sign: char| sign.is_ascii_control() || matches!(sign, ' ' | '~' | '^' | ':' | '?' | '*' | '[' | '\\');
    let bad_part = |part: &str| part.is_empty() || part.starts_with('.') || part.ends_with(".lock");
    text.len() <= MOST_LINE_BYTES
        && text.starts_with("refs/")
        && text.split('/').count() >= 3
        && !text.contains(forbidden)
        && !text.contains("..")
        && !text.contains("@{")
        && !text.ends_with('.')
        && !text.split('/').any(bad_part)
}

fn at_most(item: &str, text: String, most: usize) -> Checked<String> {
    if text.len() > most {
        let number = text.len();
        return Err(BadOutput(format!(
            "`{item}` has {number} bytes; at most {most} are allowed"
        )));
    }
    Ok(text)
}

/// A text fit for one line of a log, whoever wrote it.
pub(crate) fn short(text: &str) -> String {
    text.chars()
        .map(|sign| if sign.is_control() { ' ' } else { sign })
        .take(MOST_MESSAGE_SIGNS)
        .collect()
}

const MOST_MESSAGE_SIGNS: usize = 300;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_full_refs_that_git_takes_are_refs() {
        for good in [
            "refs/heads/main",
            "refs/heads/feature/a-b_c",
            "refs/tags/v1.0",
            "refs/pull/7/head",
            "refs/heads/ä",
            "refs/heads/@",
        ] {
            assert!(is_full_ref(good), "{good}");
        }
        for bad in [
            "",
            "main",
            "refs/",
            "refs/heads",
            "refs/heads/",
            "refs//main",
            "refs/heads/a b",
            "refs/heads/a..b",
            "refs/heads/.a",
            "refs/heads/a.lock",
            "refs/heads/a.",
            "refs/heads/a\n",
            "refs/heads/a\\b",
            "refs/heads/a@{1}",
            "refs/heads/*",
            "heads/main",
        ] {
            assert!(!is_full_ref(bad), "{bad:?}");
        }
    }

    #[test]
    fn commit_ids_are_lower_case_hex_and_never_zeros() {
        for good in [
            "a".repeat(40),
            "0123456789abcdef".repeat(4),
            format!("{}1", "0".repeat(39)),
        ] {
            assert_eq!(id("x", good.clone()), Ok(good));
        }
        for bad in [
            String::new(),
            "a".repeat(39),
            "A".repeat(40),
            "g".repeat(40),
            "0".repeat(40),
            "0".repeat(64),
            "a".repeat(41),
        ] {
            assert!(id("x", bad.clone()).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_too_long_names_its_place() {
        assert_eq!(
            lines("labels", vec![String::new(); 3], 2),
            Err(BadOutput("`labels` has 3 entries; at most 2 are allowed".to_owned()))
        );
        assert!(line("login", "x".repeat(MOST_LINE_BYTES + 1)).is_err());
        assert!(text("body", "x".repeat(MOST_LINE_BYTES + 1)).is_ok());
    }

    #[test]
    fn what_a_guest_wrote_stays_on_its_line() {
        assert_eq!(short("a\nb\u{1b}[31m"), "a b [31m");
        assert_eq!(short(&"ä".repeat(1000)).chars().count(), MOST_MESSAGE_SIGNS);
    }
}
