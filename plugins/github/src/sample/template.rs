//! Fills the templates of `samples/`: what GitHub sends, less most of the links.

use std::borrow::Cow;

use forgegate_sdk::is_zero_id;
use forgegate_sdk::samples::Subject;

use super::APP;
use crate::parse::rfc3339;

/// The template with every `${word}` replaced. A word that is not known stays as it is; a test sees to it that none does.
pub fn render(template: &str, about: &Subject) -> String {
    let mut rendered = String::with_capacity(template.len() * 2);
    let mut rest = template;
    while let Some((before, word, after)) = next_word(rest) {
        rendered.push_str(before);
        match value(word, about) {
            Some(value) => rendered.push_str(&value),
            None => rendered.extend(["${", word, "}"]),
        }
        rest = after;
    }
    rendered.push_str(rest.trim_end());
    rendered
}

fn next_word(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once("${")?;
    let (word, after) = rest.split_once('}')?;
    Some((before, word, after))
}

fn value(word: &str, about: &Subject) -> Option<String> {
    let part = part(word, about).map(|template| render(template, about));
    let part = part.or_else(|| number_or_flag(word, about));
    part.or_else(|| string(word, about).map(|text| escaped(&text)))
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
        _ => return None,
    })
}

fn number_or_flag(word: &str, about: &Subject) -> Option<String> {
    Some(match word {
        "app" => APP.to_string(),
        "created" => is_zero_id(&about.before).to_string(),
        "deleted" => is_zero_id(&about.after).to_string(),
        "repository_id" => about.repository_id.to_string(),
        "sent_at" => about.sent_at.to_string(),
        _ => return None,
    })
}

fn string<'a>(word: &str, about: &'a Subject) -> Option<Cow<'a, str>> {
    let names = about.full_name.split_once('/');
    let (owner, name) = names.unwrap_or(("", &about.full_name));
    let text = match word {
        "page" => return Some(format!("{}/{}", about.origin, about.full_name).into()),
        "time" => return Some(rfc3339(about.sent_at).unwrap_or_default().into()),
        "after" => &about.after,
        "base" => base(about),
        "before" => &about.before,
        "branch" => branch(about),
        "full_name" => &about.full_name,
        "head" => head(about),
        "host" => host(&about.origin),
        "name" => name,
        "owner" => owner,
        "ref" => &about.ref_,
        "tag" => about.ref_.strip_prefix("refs/tags/").unwrap_or("v1.0.0"),
        "topic" => topic(about),
        _ => return None,
    };
    Some(text.into())
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

/// Without scheme and port: as GitHub writes it in the ssh URL.
fn host(origin: &str) -> &str {
    let authority = origin.split_once("://").map_or(origin, |(_, rest)| rest);
    authority.split(':').next().unwrap_or(authority)
}

/// The text as it stands between the quotes of a JSON string.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' | '\\' => escaped.extend(['\\', c]),
            c if c.is_control() => escaped.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => escaped.push(c),
        }
    }
    escaped
}
