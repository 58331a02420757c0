//! Fills the templates of a plugin's samples.

use std::borrow::Cow;

use super::Subject;
use crate::is_zero_id;
use crate::json::escaped;
use crate::text::split_once;
use crate::time::rfc3339;

/// The text that takes the place of a word of a template.
#[derive(Clone, Debug, PartialEq)]
pub enum Filling<'a> {
    /// A template again, without the line end of its file.
    Template(&'static str),
    /// JSON, as it is.
    Json(String),
    /// Text inside a JSON string, to be escaped.
    Text(Cow<'a, str>),
}

/// The words of a plugin's templates; `None` for what it does not know.
pub type Words = for<'a> fn(&str, &'a Subject) -> Option<Filling<'a>>;

/// The template with every `${word}` replaced by what the plugin says, or else by what every plugin would say: `after`, `before`,
/// `created` and `deleted` (flags of the ref), `full_name`, `host` (without scheme and port), `name` and `owner` (the last and the first
/// segment of the path), `ref`, `repository_id`, `sent_at` (Unix seconds), `short_ref` (without `refs/heads/` or `refs/tags/`), `time`
/// and `web_url`. A word that nobody knows stays as it is, which a plugin's test should look for.
///
/// ```
/// # use forgegate_sdk::{samples::{Filling, render}, samples::Subject};
/// # let about = Subject { full_name: "acme/widgets".into(), repository_id: 42, origin: "https://git.example.com:3000".into(),
/// #     ref_: "refs/heads/main".into(), before: "1".repeat(40), after: "2".repeat(40), delivery_id: "1".into(), sent_at: 0 };
/// let filled = render(r#"{"id": ${repository_id}, "user": ${user}}"#, &about, |word, _| match word {
///     "user" => Some(Filling::Template(r#"{"host": "${host}"}"#)),
///     _ => None,
/// });
/// assert_eq!(filled, r#"{"id": 42, "user": {"host": "git.example.com"}}"#);
/// ```
pub fn render(template: &str, about: &Subject, words: Words) -> String {
    let mut rendered = String::with_capacity(template.len() * 2);
    let mut rest = template.trim_end();
    while let Some((before, word, after)) = next_word(rest) {
        rendered.push_str(before);
        match words(word, about).or_else(|| common(word, about)) {
            Some(Filling::Template(part)) => rendered.push_str(&render(part, about, words)),
            Some(Filling::Json(json)) => rendered.push_str(&json),
            Some(Filling::Text(text)) => rendered.push_str(&escaped(&text)),
            None => rendered.extend(["${", word, "}"]),
        }
        rest = after;
    }
    rendered.push_str(rest);
    rendered
}

fn next_word(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = split_once(text, "${")?;
    let (word, after) = rest.split_once('}')?;
    Some((before, word, after))
}

fn common<'a>(word: &str, about: &'a Subject) -> Option<Filling<'a>> {
    let text = match word {
        "created" => return Some(Filling::Json(is_zero_id(&about.before).to_string())),
        "deleted" => return Some(Filling::Json(is_zero_id(&about.after).to_string())),
        "repository_id" => return Some(Filling::Json(about.repository_id.to_string())),
        "sent_at" => return Some(Filling::Json(about.sent_at.to_string())),
        "time" => Cow::from(rfc3339(about.sent_at).unwrap_or_default()),
        "web_url" => Cow::from([&about.origin, "/", &about.full_name].concat()),
        "after" => Cow::from(&about.after),
        "before" => Cow::from(&about.before),
        "full_name" => Cow::from(&about.full_name),
        "host" => Cow::from(host(&about.origin)),
        "name" => Cow::from(about.full_name.rsplit('/').next().unwrap_or_default()),
        "owner" => Cow::from(about.full_name.split('/').next().unwrap_or_default()),
        "ref" => Cow::from(&about.ref_),
        "short_ref" => Cow::from(short_ref(&about.ref_)),
        _ => return None,
    };
    Some(Filling::Text(text))
}

/// The ref without its kind: `main`, `v1.0`.
pub fn short_ref(name: &str) -> &str {
    let kinds = ["refs/heads/", "refs/tags/"];
    kinds.iter().find_map(|kind| name.strip_prefix(kind)).unwrap_or(name)
}

/// The host without scheme and port, as it stands in an ssh URL.
fn host(origin: &str) -> &str {
    let authority = origin.rsplit('/').next().unwrap_or_default();
    authority.split(':').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject() -> Subject {
        Subject {
            full_name: "acme/tools/widgets".into(),
            repository_id: 42,
            origin: "https://git.example.com:3000".into(),
            ref_: "refs/heads/a\"b".into(),
            before: "1".repeat(40),
            after: "2".repeat(40),
            delivery_id: "1".into(),
            sent_at: 1_700_000_000,
        }
    }

    fn words<'a>(word: &str, about: &'a Subject) -> Option<Filling<'a>> {
        Some(match word {
            "part" => Filling::Template("[${inner}]\n"),
            "inner" => Filling::Text(about.ref_.as_str().into()),
            "flag" => Filling::Json("true".into()),
            "name" => Filling::Text("own".into()),
            _ => return None,
        })
    }

    #[test]
    fn words_of_the_plugin_go_before_common_ones() {
        let filled = |template| render(template, &subject(), words);
        assert_eq!(filled("${part} ${flag} ${name}\n"), "[refs/heads/a\\\"b] true own");
        assert_eq!(filled("${ref} ${host}"), "refs/heads/a\\\"b git.example.com");
        assert_eq!(
            filled("${web_url} ${time}"),
            "https://git.example.com:3000/acme/tools/widgets 2023-11-14T22:13:20Z"
        );
        assert_eq!(render("${name}", &subject(), |_, _| None), "widgets");
    }

    #[test]
    fn what_nobody_knows_stays() {
        assert_eq!(render("a ${b} ${c", &subject(), words), "a ${b} ${c");
    }

    #[test]
    fn a_host_has_neither_scheme_nor_port() {
        assert_eq!(host("https://git.example.com:3000"), "git.example.com");
        assert_eq!(host("http://localhost"), "localhost");
    }
}
