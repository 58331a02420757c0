//! How much text of one body is handed on. The host takes 4 MiB in all from one call; GitLab sends bodies of up to 25 MB.
//! What is cut off here stays in the sealed payload.

/// The most bytes of a comment.
pub const COMMENT: usize = 1024 * 1024;

/// The most bytes of a commit's or tag's message.
pub const MESSAGE: usize = 32 * 1024;

/// The most bytes of a title.
pub const TITLE: usize = 1024;

/// The most bytes of paths that a push lists under its commits; as many may stand in its list of all paths.
pub const PATHS: usize = 512 * 1024;

/// The text, cut between two characters.
pub fn cut(mut text: String, bytes: usize) -> String {
    text.truncate(text.floor_char_boundary(bytes));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_between_characters() {
        assert_eq!(cut("aé".into(), 2), "a");
        assert_eq!(cut("aé".into(), 3), "aé");
        assert_eq!(cut("abc".into(), 99), "abc");
    }
}
