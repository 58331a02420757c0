//! Findings of a probe.

use super::Finding;

impl Finding {
    /// A finding: what was looked at, whether it is well (none where it could not be told), and a sentence in pieces.
    pub fn new(check: &str, ok: Option<bool>, sentence: &[&str]) -> Self {
        Self {
            check: check.to_owned(),
            ok,
            sentence: sentence.concat(),
        }
    }
}
