//! The words of the templates in `samples/`: whole payloads in `events`, and what occurs in many of them in `parts`.

use forgegate_sdk::is_zero_id;
use forgegate_sdk::samples::{Filling, Subject, short_ref};

/// The text for a word that is GitLab's alone.
pub fn word<'a>(word: &str, about: &'a Subject) -> Option<Filling<'a>> {
    let deleted = is_zero_id(&about.after);
    Some(match word {
        "checkout_sha" if deleted => Filling::Template("null"),
        "checkout_sha" => Filling::Template("\"${after}\""),
        "commits" if deleted => Filling::Template(""),
        "commit" | "commits" => Filling::Template(include_str!("../../samples/parts/commit.json")),
        "merge_request" => Filling::Template(include_str!("../../samples/parts/merge_request.json")),
        "merge_request_event" => Filling::Template(include_str!("../../samples/parts/merge_request_event.json")),
        "moved" => Filling::Template(include_str!("../../samples/parts/moved.json")),
        "project" => Filling::Template(include_str!("../../samples/parts/project.json")),
        "repository" => Filling::Template(include_str!("../../samples/parts/repository.json")),
        "ssh_url" => Filling::Template("git@${host}:${full_name}.git"),
        "user" => Filling::Template(include_str!("../../samples/parts/user.json")),
        "commits_count" => Filling::Json(u8::from(!deleted).to_string()),
        "is_tag" => Filling::Json(about.ref_.starts_with("refs/tags/").to_string()),
        "project_title" => Filling::Text(about.full_name.replace('/', " / ").into()),
        "short_sha" => Filling::Text(about.after.get(..8).unwrap_or_default().into()),
        "topic" => Filling::Text(topic(about).into()),
        _ => return None,
    })
}

/// The subject's branch, unless that is the target itself.
fn topic(about: &Subject) -> &str {
    match short_ref(&about.ref_) {
        "main" => "topic",
        name => name,
    }
}
