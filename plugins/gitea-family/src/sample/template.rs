//! The words of the templates in `samples/`: whole payloads in `events`, and what occurs in many of them in `parts`.

use forgegate_sdk::samples::{Filling, Subject};

/// The text for a word that is this family's alone.
pub fn word<'a>(word: &str, about: &'a Subject) -> Option<Filling<'a>> {
    Some(match word {
        "commit" => Filling::Template(include_str!("../../samples/parts/commit.json")),
        "issue" => Filling::Template(include_str!("../../samples/parts/issue.json")),
        "pull_request" => Filling::Template(include_str!("../../samples/parts/pull_request.json")),
        "repository" => Filling::Template(include_str!("../../samples/parts/repository.json")),
        "user" => Filling::Template(include_str!("../../samples/parts/user.json")),
        "object_format" if about.after.len() == 64 => Filling::Text("sha256".into()),
        "object_format" => Filling::Text("sha1".into()),
        _ => return None,
    })
}
