//! The words of the templates in `samples/`: whole payloads in `events`, and what occurs in many of them in `parts`. Most links are left out.

use forgegate_sdk::is_zero_id;
use forgegate_sdk::samples::{Filling, Subject};

use super::APP;

/// The text for a word that is GitHub's alone.
pub fn word<'a>(word: &str, about: &'a Subject) -> Option<Filling<'a>> {
    let deleted = is_zero_id(&about.after);
    Some(match word {
        "commits" if deleted || about.ref_.starts_with("refs/tags/") => Filling::Template(""),
        "head_commit" if deleted => Filling::Template("null"),
        "commits" | "head_commit" => Filling::Template(include_str!("../../samples/parts/commit.json")),
        "envelope" => Filling::Template(include_str!("../../samples/parts/envelope.json")),
        "pull" => Filling::Template(include_str!("../../samples/parts/pull_request.json")),
        "repository_fields" => Filling::Template(include_str!("../../samples/parts/repository.json")),
        "user" => Filling::Template(include_str!("../../samples/parts/user.json")),
        "page" => Filling::Template("${web_url}"),
        "app" => Filling::Json(APP.to_string()),
        "base" => Filling::Text(base(about).into()),
        "branch" => Filling::Text(branch(about).into()),
        "head" => Filling::Text(head(about).into()),
        "tag" => Filling::Text(about.ref_.strip_prefix("refs/tags/").unwrap_or("v1.0.0").into()),
        "topic" => Filling::Text(topic(about).into()),
        _ => return None,
    })
}

/// The commit of what is not a push: a subject whose ref is gone has only the commit before.
fn head(about: &Subject) -> &str {
    if is_zero_id(&about.after) {
        &about.before
    } else {
        &about.after
    }
}

/// The commit below it: for a new ref there is nothing but its own commit.
fn base(about: &Subject) -> &str {
    if is_zero_id(&about.before) {
        &about.after
    } else {
        &about.before
    }
}

/// The short name of the subject's branch; of another ref, that of the default branch.
fn branch(about: &Subject) -> &str {
    about.ref_.strip_prefix("refs/heads/").unwrap_or("main")
}

/// The subject's branch, unless that is the target itself.
fn topic(about: &Subject) -> &str {
    match branch(about) {
        "main" => "topic",
        name => name,
    }
}
