//! Fills the templates of `samples/`: whole payloads in `events`, and what occurs in many of them in `parts`.

use std::borrow::Cow;

use forgegate_sdk::samples::Subject;

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
    rendered.push_str(rest);
    rendered
}

fn next_word(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once("${")?;
    let (word, after) = rest.split_once('}')?;
    Some((before, word, after))
}

fn value<'a>(word: &str, about: &'a Subject) -> Option<Cow<'a, str>> {
    let part = |template: &str| Cow::from(render(template.trim_end(), about));
    let (_, name) = about.full_name.rsplit_once('/').unwrap_or(("", &about.full_name));
    Some(match word {
        "commit" => part(include_str!("../samples/parts/commit.json")),
        "issue" => part(include_str!("../samples/parts/issue.json")),
        "pull_request" => part(include_str!("../samples/parts/pull_request.json")),
        "repository" => part(include_str!("../samples/parts/repository.json")),
        "user" => part(include_str!("../samples/parts/user.json")),

        "after" => escaped(&about.after),
        "before" => escaped(&about.before),
        "branch" => escaped(short(&about.ref_)),
        "full_name" => escaped(&about.full_name),
        "host" => escaped(host(&about.origin)),
        "name" => escaped(name),
        "object_format" => Cow::from(if about.after.len() == 64 { "sha256" } else { "sha1" }),
        "ref" => escaped(&about.ref_),
        "repository_id" => Cow::from(about.repository_id.to_string()),
        "time" => Cow::from(rfc3339(about.sent_at)),
        "web_url" => escaped_owned(&format!("{}/{}", about.origin, about.full_name)),
        _ => return None,
    })
}

/// The ref without its kind: `main`, `v1.0`.
fn short(name: &str) -> &str {
    let kinds = ["refs/heads/", "refs/tags/"];
    kinds.iter().find_map(|kind| name.strip_prefix(kind)).unwrap_or(name)
}

fn host(origin: &str) -> &str {
    let authority = origin.split_once("://").map_or(origin, |(_, rest)| rest);
    authority.split(':').next().unwrap_or(authority)
}

/// The text as it stands between the quotes of a JSON string.
fn escaped(text: &str) -> Cow<'_, str> {
    let plain = |c: char| c != '"' && c != '\\' && !c.is_control();
    if text.chars().all(plain) {
        return Cow::from(text);
    }
    Cow::from(escaped_owned(text).into_owned())
}

fn escaped_owned(text: &str) -> Cow<'static, str> {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' | '\\' => escaped.extend(['\\', c]),
            c if c.is_control() => escaped.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => escaped.push(c),
        }
    }
    Cow::from(escaped)
}

/// The time in UTC, such as `2026-02-28T23:59:59Z`.
fn rfc3339(unix_s: u64) -> String {
    let (days, second) = (unix_s / 86_400, unix_s % 86_400);
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Year, month and day of the days since 1970-01-01, counted in years that begin with March, so that a leap day comes last.
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 {
        march_month + 3
    } else {
        march_month - 9
    };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_the_calendar() {
        for (unix_s, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_700_000_000, "2023-11-14T22:13:20Z"),
            (4_107_542_399, "2100-02-28T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(rfc3339(unix_s), text);
        }
    }

    #[test]
    fn what_json_does_not_take_is_escaped() {
        assert_eq!(escaped("main"), "main");
        assert_eq!(escaped("a\"b\\c\n"), "a\\\"b\\\\c\\u000a");
    }

    #[test]
    fn a_host_has_neither_scheme_nor_port() {
        assert_eq!(host("https://git.example.com:3000"), "git.example.com");
        assert_eq!(host("http://localhost"), "localhost");
    }
}
