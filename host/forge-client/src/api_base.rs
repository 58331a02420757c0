//! The API base of a forge, and the URLs under it. The plugin names segments; nothing that it writes leads out.

use std::fmt::Write as _;

use forgegate_model::plugin::Description;
use forgegate_sandbox::CallError;
use url::Url;

/// The longest URL that is called.
const MOST_URL_BYTES: usize = 8 << 10;

/// Base of a forge's API: an origin, and a path prefix.
#[derive(Clone, Debug)]
pub struct ApiBase {
    root: Url,
    /// The root as text, without a slash at its end.
    text: String,
}

impl ApiBase {
    /// The base for a forge's web address: the plugin's first that is for its host or for any, else the address itself.
    ///
    /// # Errors
    /// `Refused` where the address is none.
    pub fn of(description: &Description, base_url: &str) -> Result<Self, CallError> {
        let base = base_url.trim_end_matches('/');
        let web = parse(base)?;
        let host = web.host_str().unwrap_or_default().to_ascii_lowercase();
        let base_of_host = description
            .api
            .iter()
            .find(|it| it.host.as_ref().is_none_or(|its| *its == host));
        let text = match base_of_host {
            Some(it) => format!("{}{}", it.origin.as_deref().unwrap_or(base), it.path),
            None => base.to_owned(),
        };
        let text = text.trim_end_matches('/').to_owned();
        let root = parse(&text)?;
        Ok(Self { root, text })
    }

    /// The origin: what a breaker is for.
    pub fn origin(&self) -> String {
        self.root.origin().ascii_serialization()
    }

    /// The URL of a path under the base, each segment and each part of a query encoded by itself.
    ///
    /// # Errors
    /// `Refused` for a segment that is none, or a URL that would lie elsewhere.
    pub fn url(&self, segments: &[String], query: &[(String, String)]) -> Result<Url, CallError> {
        let mut text = self.text.clone();
        for segment in segments {
            if matches!(segment.as_str(), "" | "." | "..") || segment.chars().any(char::is_control) {
                return Err(CallError::Refused(
                    "a segment of the path is empty or leads elsewhere".to_owned(),
                ));
            }
            text.push('/');
            encode(&mut text, segment);
        }
        for (index, (name, value)) in query.iter().enumerate() {
            text.push(if index == 0 { '?' } else { '&' });
            encode(&mut text, name);
            text.push('=');
            encode(&mut text, value);
        }
        if text.len() > MOST_URL_BYTES {
            return Err(CallError::Refused("the URL is too long".to_owned()));
        }
        let url = parse(&text)?;
        if self.contains(&url) {
            Ok(url)
        } else {
            Err(CallError::Refused("the path leads out of the API".to_owned()))
        }
    }

    /// Tells whether a URL lies under the base: of its origin, with its path before the rest.
    pub fn contains(&self, url: &Url) -> bool {
        let below = self.root.path().trim_end_matches('/');
        let path = url.path().strip_prefix(below);
        let is_plain = url.username().is_empty() && url.password().is_none();
        is_plain
            && url.origin() == self.root.origin()
            && path.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

/// Encodes all but RFC 3986's unreserved characters.
fn encode(out: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

fn parse(text: &str) -> Result<Url, CallError> {
    let url = Url::parse(text).ok();
    let web = url.filter(|it| matches!(it.scheme(), "http" | "https") && it.has_host());
    web.ok_or_else(|| CallError::Refused("the forge's base URL is no http or https URL".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::forge::description;
    use forgegate_model::plugin::ApiBaseSpec;

    fn segments(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|&text| text.to_owned()).collect()
    }

    fn based(base: &str) -> ApiBase {
        let mut description = description();
        description.api.insert(
            0,
            ApiBaseSpec {
                host: Some("public.example.com".to_owned()),
                origin: Some("https://api.public.example.com".to_owned()),
                path: String::new(),
            },
        );
        ApiBase::of(&description, base).unwrap()
    }

    #[test]
    fn the_api_lies_where_the_plugin_says_for_the_host() {
        for (base, url) in [
            ("https://git.example.org", "https://git.example.org/api/v1/repos/a"),
            (
                "https://git.example.org/sub/path",
                "https://git.example.org/sub/path/api/v1/repos/a",
            ),
            ("http://127.0.0.1:3000/git/", "http://127.0.0.1:3000/git/api/v1/repos/a"),
            ("https://Public.example.com", "https://api.public.example.com/repos/a"),
        ] {
            let made = based(base).url(&segments(&["repos", "a"]), &[]).unwrap();
            assert_eq!(made.as_str(), url, "{base}");
        }
        let mut nowhere = description();
        nowhere.api.clear();
        let base = ApiBase::of(&nowhere, "https://git.example.org/x").unwrap();
        assert_eq!(
            base.url(&segments(&["a"]), &[]).unwrap().as_str(),
            "https://git.example.org/x/a"
        );
    }

    #[test]
    fn what_a_plugin_writes_stays_within_its_segment() {
        let base = based("https://git.example.org/sub");
        let url = base
            .url(
                &segments(&["projects", "group/sub group/ä", "%2e%2e", "a?b#c\\d;e@f:g"]),
                &[
                    ("a b".to_owned(), "c&d=e/f+g".to_owned()),
                    ("x".to_owned(), String::new()),
                ],
            )
            .unwrap();
        assert_eq!(
            url.as_str(),
            "https://git.example.org/sub/api/v1/projects/group%2Fsub%20group%2F%C3%A4/%252e%252e/a%3Fb%23c%5Cd%3Be%40f%3Ag?a%20b=c%26d%3De%2Ff%2Bg&x="
        );
        for bad in ["", ".", "..", "a\nb", "a\0"] {
            assert!(
                matches!(base.url(&segments(&["a", bad]), &[]), Err(CallError::Refused(_))),
                "{bad:?}"
            );
        }
        let long = "x".repeat(MOST_URL_BYTES);
        assert!(base.url(&[long], &[]).is_err());
    }

    #[test]
    fn only_what_lies_under_the_api_is_held() {
        let base = based("https://git.example.org/sub");
        for (url, held) in [
            ("https://git.example.org/sub/api/v1/a", true),
            ("https://git.example.org/sub/api/v1", true),
            ("https://git.example.org/sub/api/v10/a", false),
            ("https://git.example.org/sub/other", false),
            ("https://git.example.org/", false),
            ("http://git.example.org/sub/api/v1/a", false),
            ("https://git.example.org:444/sub/api/v1/a", false),
            ("https://evil.example.org/sub/api/v1/a", false),
            ("https://u@git.example.org/sub/api/v1/a", false),
        ] {
            assert_eq!(base.contains(&Url::parse(url).unwrap()), held, "{url}");
        }
    }
}
