//! Fills the templates of `samples/`: whole bodies in `events`, and what occurs in several of them in `parts`.

use std::borrow::Cow;

use forgegate_sdk::is_zero_id;
use forgegate_sdk::samples::Subject;

use super::clock::rfc3339;

/// The template with every `${word}` replaced. A word that is not known stays as it is; a test sees to it that none does.
pub fn render(template: &str, about: &Subject) -> String {
    let mut rendered = String::with_capacity(template.len() * 2);
    let mut rest = template.trim_end();
    while let Some((before, word, after)) = next_word(rest) {
        rendered.push_str(before);
        match value(word, about) {
            Some(value) => rendered.push_str(&value),
            None => rendered.extend(["${", word, "}"]),
        }
        rest = after;
    }
    rendered.push_str(rest);
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
        "user" => include_str!("../../samples/parts/user.json"),
        _ => return None,
    })
}

fn number_or_flag(word: &str, about: &Subject) -> Option<String> {
    Some(match word {
        "commits_count" => u8::from(!is_zero_id(&about.after)).to_string(),
        "is_tag" => about.ref_.starts_with("refs/tags/").to_string(),
        "repository_id" => about.repository_id.to_string(),
        _ => return None,
    })
}

fn string<'a>(word: &str, about: &'a Subject) -> Option<Cow<'a, str>> {
    let text = match word {
        "project_title" => return Some(about.full_name.replace('/', " / ").into()),
        "ssh_url" => return Some(format!("git@{}:{}.git", host(about), about.full_name).into()),
        "time" => return Some(rfc3339(about.sent_at).into()),
        "web_url" => return Some(format!("{}/{}", about.origin, about.full_name).into()),
        "after" => &about.after,
        "before" => &about.before,
        "full_name" => &about.full_name,
        "name" => about.full_name.rsplit('/').next().unwrap_or_default(),
        "namespace" => about.full_name.split('/').next().unwrap_or_default(),
        "short_name" => short_name(about),
        "short_sha" => about.after.get(..8).unwrap_or_default(),
        "topic" => topic(about),
        _ => return None,
    };
    Some(text.into())
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

/// Without scheme and port, as it stands in the ssh URL.
fn host(about: &Subject) -> &str {
    let authority = about.origin.rsplit('/').next().unwrap_or_default();
    authority.split(':').next().unwrap_or_default()
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
