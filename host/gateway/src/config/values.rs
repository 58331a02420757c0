//! Sizes, spans, networks, digests and lists, as people write them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use bytesize::ByteSize;
use forgegate_model::client_address::parse_allowed_ip;
use ipnet::IpNet;
use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// A span such as `90d` or `5m`.
pub fn span(text: &str) -> Option<Duration> {
    humantime::parse_duration(text).ok()
}

/// An interval of at least a second, or zero for never.
pub(super) fn interval<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    let span: Duration = humantime_serde::deserialize(from)?;
    if span.is_zero() || span >= Duration::from_secs(1) {
        Ok(span)
    } else {
        Err(D::Error::custom("an interval is a second at least, or `0s` for never"))
    }
}

pub(super) fn networks<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<IpNet>, D::Error> {
    let texts = Vec::<String>::deserialize(from)?;
    let read = |text: &String| parse_allowed_ip(text).map_err(D::Error::custom);
    texts.iter().map(read).collect()
}

pub(super) fn size<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    ByteSize::deserialize(from).map(|size| size.as_u64())
}

/// An origin with an optional path, such as `https://git.example.com/sub`; answered without a slash at its end.
///
/// # Errors
/// A sentence, where it is no such URL or carries a user, a query or a fragment.
pub fn origin(text: &str) -> Result<String, String> {
    let refuse = || format!("`{text}` is not an http or https URL without user, query and fragment");
    let url = url::Url::parse(text).map_err(|_| refuse())?;
    let plain =
        url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
    if !matches!(url.scheme(), "http" | "https") || !plain || !url.has_host() {
        return Err(refuse());
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

pub(super) fn optional_origin<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let Some(text) = Option::<String>::deserialize(from)? else {
        return Ok(None);
    };
    origin(&text).map(Some).map_err(D::Error::custom)
}

/// The prefix of commands: one word that no line of a quotation begins with.
pub(super) fn command_prefix<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let text = String::deserialize(from)?;
    let is_word = !text.is_empty() && text.len() <= 50 && !text.chars().any(|it| it.is_whitespace() || it.is_control());
    if is_word && !text.starts_with('>') {
        Ok(text)
    } else {
        Err(D::Error::custom("one word of at most 50 bytes, such as `/forgegate`"))
    }
}

pub(super) fn digests<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<String, [u8; 32]>, D::Error> {
    let texts = BTreeMap::<String, String>::deserialize(from)?;
    let read = |(forge, text): (String, String)| {
        let digest = text
            .strip_prefix("sha256:")
            .and_then(|digits| hex::decode(digits).ok())
            .and_then(|bytes| <[u8; 32]>::try_from(bytes).ok())
            .ok_or_else(|| D::Error::custom(format!("`{text}` is not `sha256:` and 64 hexadecimal digits")))?;
        Ok((forge, digest))
    };
    texts.into_iter().map(read).collect()
}

#[derive(Deserialize)]
#[serde(untagged)]
enum NumberOrText {
    Number(u64),
    Text(String),
}

pub(super) fn number_or_text<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Ok(match NumberOrText::deserialize(from)? {
        NumberOrText::Number(number) => number.to_string(),
        NumberOrText::Text(text) => text,
    })
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(PathBuf),
    More(Vec<PathBuf>),
}

pub(super) fn one_or_more<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<PathBuf>, D::Error> {
    let files = match OneOrMore::deserialize(from)? {
        OneOrMore::One(file) => vec![file],
        OneOrMore::More(files) => files,
    };
    if files.is_empty() {
        return Err(D::Error::custom("at least one file is needed"));
    }
    Ok(files)
}
