//! The words of the templates in `samples/`: whole bodies in `events`, and what occurs in several of them in `parts`.

use forgegate_sdk::is_zero_id;
use forgegate_sdk::samples::{Filling, Subject};

/// What stands for a word that is GitLab's alone.
pub fn words<'a>(word: &str, about: &'a Subject) -> Option<Filling<'a>> {
    part(word, about)
        .map(Filling::Template)
        .or_else(|| number_or_flag(word, about).map(Filling::Json))
        .or_else(|| string(word, about))
}

/// What occurs in several bodies.
fn part(word: &str, about: &Subject) -> Option<&'static str> {
    let deleted = is_zero_id(&about.after);
    Some(match word {
        "checkout_sha" if deleted => "null",
        "checkout_sha" => "\"${after}\"",
        "commits" if deleted => "",
        "commit" | "commits" => include_str!("../../samples/parts/commit.json"),
        "merge_request" => include_str!("../../samples/parts/merge_request.json"),
        "merge_request_event" => include_str!("../../samples/parts/merge_request_event.json"),
        "moved" => include_str!("../../samples/parts/moved.json"),
        "project" => include_str!("../../samples/parts/project.json"),
        "repository" => include_str!("../../samples/parts/repository.json"),
        "ssh_url" => "git@${host}:${full_name}.git",
        "user" => include_str!("../../samples/parts/user.json"),
        _ => return None,
    })
}

fn number_or_flag(word: &str, about: &Subject) -> Option<String> {
    Some(match word {
        "commits_count" => u8::from(!is_zero_id(&about.after)).to_string(),
        "is_tag" => about.ref_.starts_with("refs/tags/").to_string(),
        _ => return None,
    })
}

fn string<'a>(word: &str, about: &'a Subject) -> Option<Filling<'a>> {
    let text = match word {
        "project_title" => return Some(Filling::Text(about.full_name.replace('/', " / ").into())),
        "namespace" => about.full_name.split('/').next().unwrap_or_default(),
        "short_name" => short_name(about),
        "short_sha" => about.after.get(..8).unwrap_or_default(),
        "topic" => topic(about),
        _ => return None,
    };
    Some(Filling::Text(text.into()))
}

/// The ref without its kind: `main`, `v1.0`.
fn short_name(about: &Subject) -> &str {
    let kinds = ["refs/heads/", "refs/tags/"];
    let short = kinds.iter().find_map(|kind| about.ref_.strip_prefix(kind));
    short.unwrap_or(&about.ref_)
}

/// The subject's branch, unless that is the target itself.
fn topic(about: &Subject) -> &str {
    match short_name(about) {
        "main" => "topic",
        name => name,
    }
}
