//! The words of the templates in `samples/`: what GitHub sends, less most of the links.

use forgegate_sdk::is_zero_id;
use forgegate_sdk::samples::{Filling, Subject};

use super::APP;

/// What stands for a word that is GitHub's alone.
pub fn words<'a>(word: &str, about: &'a Subject) -> Option<Filling<'a>> {
    part(word, about)
        .map(Filling::Template)
        .or_else(|| number_or_flag(word, about).map(Filling::Json))
        .or_else(|| string(word, about))
}

/// Pieces that several payloads have.
fn part(word: &str, about: &Subject) -> Option<&'static str> {
    let deleted = is_zero_id(&about.after);
    Some(match word {
        "commits" if deleted || about.ref_.starts_with("refs/tags/") => "",
        "head_commit" if deleted => "null",
        "commits" | "head_commit" => include_str!("../../samples/commit.json"),
        "envelope" => include_str!("../../samples/envelope.json"),
        "pull" => include_str!("../../samples/pull.json"),
        "repository_fields" => include_str!("../../samples/repository_fields.json"),
        "user" => include_str!("../../samples/user.json"),
        "page" => "${web_url}",
        _ => return None,
    })
}

fn number_or_flag(word: &str, about: &Subject) -> Option<String> {
    Some(match word {
        "app" => APP.to_string(),
        "created" => is_zero_id(&about.before).to_string(),
        "deleted" => is_zero_id(&about.after).to_string(),
        "sent_at" => about.sent_at.to_string(),
        _ => return None,
    })
}

fn string<'a>(word: &str, about: &'a Subject) -> Option<Filling<'a>> {
    let text = match word {
        "base" => base(about),
        "branch" => branch(about),
        "head" => head(about),
        "owner" => about.full_name.split('/').next().unwrap_or_default(),
        "tag" => about.ref_.strip_prefix("refs/tags/").unwrap_or("v1.0.0"),
        "topic" => topic(about),
        _ => return None,
    };
    Some(Filling::Text(text.into()))
}

/// The commit of what is not a push: a subject whose ref is gone has only the commit before.
fn head(about: &Subject) -> &str {
    if is_zero_id(&about.after) {
        &about.before
    } else {
        &about.after
    }
}

/// What it stands on: for a new ref there is nothing but its own commit.
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
