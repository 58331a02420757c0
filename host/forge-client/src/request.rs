//! Requests of plugins, checked: the path matches a template, no header field speaks for the host, the slots are filled. What does not
//! fit is refused.

use forgegate_model::plugin::{Description, Method as Verb, PathTemplate};
use forgegate_model::secret::Secret;
use forgegate_sandbox::{CallError, ForgeRequest};
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use url::Url;

use crate::api_base::ApiBase;

/// The largest body that is sent.
const MOST_BODY_BYTES: usize = 1 << 20;
/// Header fields that a plugin may add.
const MOST_FIELDS: usize = 32;
/// The longest value of one.
const MOST_FIELD_BYTES: usize = 4 << 10;

/// Fields that are the host's: of the connection, of whoever calls, and those by which some servers take another method or path.
const HOST_FIELDS: [&str; 24] = [
    "accept-encoding",
    "authorization",
    "connection",
    "content-encoding",
    "content-length",
    "cookie",
    "expect",
    "forwarded",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "referer",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "via",
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
    "x-original-url",
];

/// A slot stands alone in a segment or a query's value, and in a body as a JSON string of its own: text that people wrote and that
/// happens to hold its name is left as it is.
const INSTALLATION: &str = "{installation}";
const WEBHOOK_SECRET: &str = "\"{webhook-secret}\"";
const REPOSITORY: &str = "\"{repository-id}\"";

/// Values of the slots.
#[derive(Clone, Debug, Default)]
pub struct Slots {
    /// The installation that calls are made for.
    pub installation: Option<String>,
    /// The webhook secret, where this session is to write one.
    pub webhook_secret: Option<Secret>,
}

/// Rules for the requests of one session.
#[derive(Clone, Debug)]
pub struct RequestRules {
    /// The base of all URLs.
    pub base: ApiBase,
    templates: Vec<PathTemplate>,
    forbidden: Vec<String>,
}

/// A request that may be made, as yet without a credential.
#[derive(Clone)]
pub struct PreparedRequest {
    /// The method.
    pub method: Method,
    /// The URL.
    pub url: Url,
    /// The header fields.
    pub headers: HeaderMap,
    /// The body.
    pub body: Option<Vec<u8>>,
    /// The template that the path matches.
    pub template: String,
    /// JSON pointers of what the plugin must not see of the answer.
    pub secrets: Vec<String>,
}

impl RequestRules {
    /// The rules of a plugin at a forge's web address. `fields` are the header fields that carry the credential.
    ///
    /// # Errors
    /// `Refused` for an address that is none.
    pub fn new(description: &Description, base_url: &str, fields: &[&str]) -> Result<Self, CallError> {
        let mut forbidden = description.credential_headers.clone();
        forbidden.extend(fields.iter().map(|&field| field.to_owned()));
        Ok(Self {
            base: ApiBase::of(description, base_url)?,
            templates: description.paths.clone(),
            forbidden,
        })
    }

    /// Checks a request and fills its slots.
    ///
    /// # Errors
    /// `Refused`, with what is wrong.
    pub fn prepare(&self, request: ForgeRequest, slots: &Slots) -> Result<PreparedRequest, CallError> {
        let filled = |text: String| match &slots.installation {
            Some(id) if text == INSTALLATION => id.clone(),
            _ => text,
        };
        let path: Vec<String> = request.path.into_iter().map(filled).collect();
        let template = self.template(request.method, &path)?;
        let query: Vec<_> = request
            .query
            .into_iter()
            .map(|(name, value)| (name, filled(value)))
            .collect();
        let url = self.base.url(&path, &query)?;
        let mut headers = self.fields(&request.headers)?;
        let body = request.body.map(|body| fill(body, slots)).transpose()?;
        if let Some(body) = &body {
            check_body(request.method, body, &mut headers)?;
        }
        Ok(PreparedRequest {
            method: method(request.method),
            url,
            headers,
            body,
            template: template.to_owned(),
            secrets: request.secrets,
        })
    }

    fn template(&self, method: Verb, path: &[String]) -> Result<&str, CallError> {
        let fits = |template: &&PathTemplate| template.method == method && matches(&template.path, path);
        let found = self.templates.iter().find(fits).map(|it| it.path.as_str());
        found.ok_or_else(|| {
            CallError::Refused("no path template of the plugin's description matches the call".to_owned())
        })
    }

    fn fields(&self, given: &[forgegate_model::header::Header]) -> Result<HeaderMap, CallError> {
        if given.len() > MOST_FIELDS {
            return Err(CallError::Refused(format!("more than {MOST_FIELDS} header fields")));
        }
        let mut fields = HeaderMap::new();
        for field in given {
            let lower = field.name.to_ascii_lowercase();
            if HOST_FIELDS.contains(&lower.as_str()) || self.forbidden.contains(&lower) {
                return Err(CallError::Refused(format!("the header field `{lower}` is the host's")));
            }
            let name = HeaderName::try_from(&lower).ok();
            let value = HeaderValue::from_bytes(&field.value).ok();
            match name.zip(value.filter(|it| it.len() <= MOST_FIELD_BYTES)) {
                Some((name, value)) => fields.append(name, value),
                None => return Err(CallError::Refused("a header field cannot be sent".to_owned())),
            };
        }
        Ok(fields)
    }
}

/// Fills the repository's slot in the body by which a token is asked for. Where the session is for no repository, or its number is none,
/// nothing narrows: the body is left out. Answers whether the token is for that repository alone.
pub fn narrow(request: &mut ForgeRequest, repository: Option<&str>) -> bool {
    let Some(body) = request.body.take_if(|body| find(body, REPOSITORY.as_bytes()).is_some()) else {
        return false;
    };
    let number = repository.filter(|id| !id.is_empty() && id.len() <= 20 && id.bytes().all(|it| it.is_ascii_digit()));
    request.body = number.map(|id| replace(&body, REPOSITORY.as_bytes(), id.as_bytes()));
    request.body.is_some()
}

/// Tells whether the segments are those of a template. A `{}` stands for one, which is checked where the URL is made.
fn matches(template: &str, path: &[String]) -> bool {
    let mut wanted = template.trim_start_matches('/').split('/');
    path.iter()
        .all(|segment| wanted.next().is_some_and(|it| it == "{}" || it == segment))
        && wanted.next().is_none()
}

fn check_body(method: Verb, body: &[u8], headers: &mut HeaderMap) -> Result<(), CallError> {
    if method == Verb::Get {
        return Err(CallError::Refused("a GET has no body".to_owned()));
    }
    if body.len() > MOST_BODY_BYTES {
        return Err(CallError::Refused("the body is too large".to_owned()));
    }
    let json = |value: &HeaderValue| {
        let essence = value
            .to_str()
            .unwrap_or_default()
            .split(';')
            .next()
            .unwrap_or_default()
            .trim();
        essence == "application/json" || essence.starts_with("application/") && essence.ends_with("+json")
    };
    match headers.entry(header::CONTENT_TYPE) {
        header::Entry::Occupied(given) if json(given.get()) => Ok(()),
        header::Entry::Occupied(_) => Err(CallError::Refused("bodies are JSON".to_owned())),
        header::Entry::Vacant(empty) => {
            empty.insert(HeaderValue::from_static("application/json"));
            Ok(())
        }
    }
}

fn fill(body: Vec<u8>, slots: &Slots) -> Result<Vec<u8>, CallError> {
    let quoted = |text: &str| serde_json::to_vec(text).map_err(|error| CallError::Other(error.to_string()));
    let mut body = body;
    if let Some(id) = &slots.installation {
        let slot = format!("\"{INSTALLATION}\"");
        body = replace(&body, slot.as_bytes(), &quoted(id)?);
    }
    if let Some(secret) = &slots.webhook_secret {
        let text = std::str::from_utf8(secret.expose());
        let text = text.map_err(|_| CallError::Refused("the webhook secret is no text".to_owned()))?;
        body = replace(&body, WEBHOOK_SECRET.as_bytes(), &quoted(text)?);
    }
    Ok(body)
}

fn replace(body: &[u8], slot: &[u8], value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some((before, after)) =
        find(rest, slot).and_then(|at| Some((rest.get(..at)?, rest.get(at + slot.len()..)?)))
    {
        out.extend_from_slice(before);
        out.extend_from_slice(value);
        rest = after;
    }
    out.extend_from_slice(rest);
    out
}

fn find(body: &[u8], slot: &[u8]) -> Option<usize> {
    body.windows(slot.len()).position(|window| window == slot)
}

const fn method(method: Verb) -> Method {
    match method {
        Verb::Get => Method::GET,
        Verb::Post => Method::POST,
        Verb::Put => Method::PUT,
        Verb::Patch => Method::PATCH,
        Verb::Delete => Method::DELETE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::forge::{description, get, post};
    use forgegate_model::header::Header;

    fn rules() -> RequestRules {
        RequestRules::new(&description(), "https://git.example.org", &["authorization", "x-key"]).unwrap()
    }

    fn refused(request: ForgeRequest) -> String {
        match rules().prepare(request, &Slots::default()) {
            Err(CallError::Refused(sentence)) => sentence,
            Err(other) => panic!("{other}"),
            Ok(made) => panic!("{} was let through", made.url),
        }
    }

    fn body(text: &str, slots: &Slots) -> String {
        let made = rules()
            .prepare(post(&["repos", "a", "statuses", "b"], text), slots)
            .unwrap();
        String::from_utf8(made.body.unwrap()).unwrap()
    }

    #[test]
    fn only_what_a_template_declares_is_called() {
        assert!(rules().prepare(get(&["repos", "a"]), &Slots::default()).is_ok());
        for request in [
            get(&["repos"]),
            get(&["repos", "a", "b"]),
            get(&["users", "a"]),
            get(&[]),
            post(&["repos", "a"], "{}"),
            ForgeRequest {
                method: Verb::Delete,
                ..get(&["repos", "a"])
            },
        ] {
            assert!(refused(request).contains("template"));
        }
        for request in [get(&["repos", ""]), get(&["repos", ".."]), get(&["repos", "."])] {
            assert!(refused(request).contains("segment"));
        }
    }

    #[test]
    fn fields_of_the_host_and_of_the_credential_are_refused() {
        for name in [
            "authorization",
            "Cookie",
            "host",
            "transfer-encoding",
            "x-key",
            "X-Secret-Token",
            "x-http-method-override",
        ] {
            let header = Header {
                name: name.to_owned(),
                value: b"x".to_vec(),
            };
            let sentence = refused(ForgeRequest {
                headers: vec![header],
                ..get(&["repos", "a"])
            });
            assert!(sentence.contains(&name.to_lowercase()), "{sentence}");
        }
        for (name, value) in [("x-a", &b"a\r\nauthorization: x"[..]), ("a b", b"x"), ("", b"x")] {
            let header = Header {
                name: name.to_owned(),
                value: value.to_vec(),
            };
            refused(ForgeRequest {
                headers: vec![header],
                ..get(&["repos", "a"])
            });
        }
        let header = Header {
            name: "accept".to_owned(),
            value: b"application/json".to_vec(),
        };
        refused(ForgeRequest {
            headers: vec![header.clone(); MOST_FIELDS + 1],
            ..get(&["repos", "a"])
        });
        let made = rules().prepare(
            ForgeRequest {
                headers: vec![header],
                ..get(&["repos", "a"])
            },
            &Slots::default(),
        );
        assert_eq!(made.unwrap().headers["accept"], "application/json");
    }

    #[test]
    fn a_body_is_json_of_a_bounded_size_and_no_get_has_one() {
        let text = |length: usize| "1".repeat(length);
        let path = ["repos", "a", "statuses", "b"];
        assert!(
            rules()
                .prepare(post(&path, &text(MOST_BODY_BYTES)), &Slots::default())
                .is_ok()
        );
        refused(post(&path, &text(MOST_BODY_BYTES + 1)));
        refused(ForgeRequest {
            body: Some(b"{}".to_vec()),
            ..get(&["repos", "a"])
        });
        let header = |value: &str| {
            vec![Header {
                name: "content-type".to_owned(),
                value: value.as_bytes().to_vec(),
            }]
        };
        refused(ForgeRequest {
            headers: header("application/x-www-form-urlencoded"),
            ..post(&path, "a=b")
        });
        let given = ForgeRequest {
            headers: header("application/vnd.x+json; charset=utf-8"),
            ..post(&path, "{}")
        };
        assert!(rules().prepare(given, &Slots::default()).is_ok());
    }

    #[test]
    fn the_secret_is_filled_in_only_where_it_was_offered_and_only_as_a_value_of_its_own() {
        let offered = Slots {
            webhook_secret: Some(Secret::new("se\"cret")),
            ..Slots::default()
        };
        let text = r#"{"secret":"{webhook-secret}","note":"write {webhook-secret} here"}"#;
        assert_eq!(
            body(text, &offered),
            r#"{"secret":"se\"cret","note":"write {webhook-secret} here"}"#
        );
        assert_eq!(body(text, &Slots::default()), text);
        let request = ForgeRequest {
            query: vec![("of".to_owned(), "{webhook-secret}".to_owned())],
            headers: vec![Header {
                name: "x-of".to_owned(),
                value: b"{webhook-secret}".to_vec(),
            }],
            ..get(&["repos", "{webhook-secret}"])
        };
        let made = rules().prepare(request, &offered).unwrap();
        assert_eq!(made.url.path(), "/api/v1/repos/%7Bwebhook-secret%7D");
        assert_eq!(made.url.query(), Some("of=%7Bwebhook-secret%7D"));
        assert_eq!(made.headers["x-of"], "{webhook-secret}");
    }

    #[test]
    fn the_installation_is_filled_in_where_it_stands_alone() {
        let slots = Slots {
            installation: Some("42".to_owned()),
            ..Slots::default()
        };
        let request = ForgeRequest {
            query: vec![("id".to_owned(), INSTALLATION.to_owned())],
            ..get(&["repos", INSTALLATION])
        };
        let made = rules().prepare(request, &slots).unwrap();
        assert_eq!(made.url.as_str(), "https://git.example.org/api/v1/repos/42?id=42");
        assert_eq!(
            body(r#"["{installation}","a {installation}"]"#, &slots),
            r#"["42","a {installation}"]"#
        );
    }

    #[test]
    fn a_token_is_narrowed_to_a_repository_or_the_body_is_left_out() {
        let narrowed = |repository: Option<&str>| {
            let mut request = post(&["x"], r#"{"repository_ids":["{repository-id}"]}"#);
            narrow(&mut request, repository);
            request.body.map(|body| String::from_utf8(body).unwrap())
        };
        assert_eq!(narrowed(Some("7")).as_deref(), Some(r#"{"repository_ids":[7]}"#));
        assert_eq!(narrowed(None), None);
        assert_eq!(narrowed(Some("7],\"x\":[1")), None);
        let mut plain = post(&["x"], r#"{"permissions":{}}"#);
        narrow(&mut plain, None);
        assert!(plain.body.is_some());
    }
}
