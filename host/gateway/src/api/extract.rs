//! What a request carries: names in its path, parameters, a body. Whatever is not known is refused by its name.

use std::collections::BTreeMap;
use std::str::FromStr;

use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use bytes::Bytes;
use forgegate_api::parameters::{self, Parameter};
use forgegate_model::timestamp::Timestamp;
use forgegate_storage::Page;
use http::request::Parts;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::response::{Code, Problem};

/// The largest body of a call of the API.
const MOST_BODY_BYTES: usize = 1 << 20;
const USUAL_LIMIT: usize = 50;
const MOST_LIMIT: usize = 500;

/// The names in the path.
pub struct PathParams<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for PathParams<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = Path::<T>::from_request_parts(parts, state).await;
        path.map(|Path(names)| Self(names))
            .map_err(|_| Problem::not_found("there is nothing at this path"))
    }
}

/// The id that a segment of the path spells.
///
/// # Errors
/// `not_found`: what is no id is nobody's.
pub fn id<T: FromStr>(text: &str, noun: &str) -> Result<T, Problem> {
    text.parse().map_err(|_| nothing(noun))
}

/// There is none such.
pub fn nothing(noun: &str) -> Problem {
    Problem::not_found(format!("there is no such {noun}"))
}

/// A JSON body. None at all stands for `{}`.
pub struct JsonBody<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let body = Limited::new(request.into_body(), MOST_BODY_BYTES).collect().await;
        let body = body.map_err(|error| {
            if error.is::<LengthLimitError>() {
                Problem::new(Code::PayloadTooLarge, "a body of the API has at most 1 MiB")
            } else {
                Problem::bad_request("the connection ended within the body")
            }
        })?;
        read(&body.to_bytes()).map(Self)
    }
}

/// The body of a call that takes none: what somebody sends must not be passed over.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Empty {}

fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, Problem> {
    let text: &[u8] = match body.trim_ascii() {
        [] => b"{}",
        // A list would be read as the fields in their order.
        [b'[', ..] => return Err(Problem::bad_request("the body is a list; a JSON object is needed")),
        _ => body,
    };
    let mut from = serde_json::Deserializer::from_slice(text);
    let value = serde_path_to_error::deserialize(&mut from).map_err(|error| {
        let path = error.path().to_string();
        let field = if path == "." {
            String::new()
        } else {
            format!("`{path}`: ")
        };
        Problem::bad_request(format!("the body cannot be read: {field}{}", error.inner()))
    })?;
    from.end()
        .map_err(|_| Problem::bad_request("the body goes on after its JSON value"))?;
    Ok(value)
}

/// The parameters after the question mark, each at most once.
pub struct Query(BTreeMap<String, String>);

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Self::of(parts.uri.query().unwrap_or_default())
    }
}

impl Query {
    fn of(text: &str) -> Result<Self, Problem> {
        let mut all = BTreeMap::new();
        for (name, value) in url::form_urlencoded::parse(text.as_bytes()) {
            if all.insert(name.clone().into_owned(), value.into_owned()).is_some() {
                return Err(Problem::bad_request(format!("the parameter `{name}` is there twice")));
            }
        }
        Ok(Self(all))
    }

    /// No parameter but these.
    ///
    /// # Errors
    /// `bad_request`, naming the first other.
    pub fn only(&self, known: &[Parameter]) -> Result<(), Problem> {
        let names: Vec<_> = known.iter().map(|it| it.name).collect();
        match self.0.keys().find(|name| !names.contains(&name.as_str())) {
            Some(name) => Err(Problem::bad_request(format!(
                "there is no parameter `{name}` here; there are: {}",
                names.join(", ")
            ))),
            None => Ok(()),
        }
    }

    /// The page of a list, after a check that there is no parameter but `limit`, `cursor` and these filters.
    ///
    /// # Errors
    /// `bad_request` where something else is there, or the limit is none.
    pub fn page(&self, filters: &[Parameter]) -> Result<Page, Problem> {
        self.only(&[&[parameters::LIMIT, parameters::CURSOR], filters].concat())?;
        let limit = match self.text("limit") {
            Some(text) => text.parse().ok().filter(|limit| (1..=MOST_LIMIT).contains(limit)),
            None => Some(USUAL_LIMIT),
        };
        let limit = limit.ok_or_else(|| Problem::bad_request(format!("`limit` is a number from 1 to {MOST_LIMIT}")))?;
        Ok(Page {
            cursor: self.text("cursor").map(str::to_owned),
            limit,
        })
    }

    /// A parameter's text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A parameter that is a word of the contract.
    ///
    /// # Errors
    /// `bad_request` where it is another word.
    pub fn word<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Problem> {
        let read = |text: &str| serde_json::from_value(serde_json::Value::String(text.to_owned()));
        let word = self.text(name).map(read).transpose();
        word.map_err(|error| Problem::bad_request(format!("the parameter `{name}`: {error}")))
    }

    /// A parameter that is a time.
    ///
    /// # Errors
    /// `bad_request` where it is no RFC 3339 time.
    pub fn time(&self, name: &str) -> Result<Option<Timestamp>, Problem> {
        self.word(name)
    }

    /// A parameter that is `true` or `false`; absent is `false`.
    ///
    /// # Errors
    /// `bad_request` where it is something else.
    pub fn is_set(&self, name: &str) -> Result<bool, Problem> {
        match self.text(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(Problem::bad_request(format!(
                "the parameter `{name}` is `true` or `false`"
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use forgegate_api::parameters::Kind;
    use forgegate_api::present;

    use super::*;

    const PARAMETERS: [Parameter; 1] = [Parameter {
        name: "state",
        kind: Kind::Text,
        doc: "",
    }];

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        #[serde(default)]
        name: Option<String>,
        #[serde(default, deserialize_with = "present")]
        maybe: Option<Option<u8>>,
    }

    fn body(text: &'static str) -> Result<Body, String> {
        read(&Bytes::from_static(text.as_bytes())).map_err(|problem| problem.message)
    }

    #[test]
    fn an_unknown_field_is_named() {
        assert!(body(r#"{"nmae": 1}"#).unwrap_err().contains("`nmae`"));
        assert!(body(r#"{"name": 1}"#).unwrap_err().contains("`name`"));
        assert!(body(r#"{} x"#).is_err());
        assert!(body(r#" ["a"]"#).unwrap_err().contains("object"));
        assert_eq!(body("  ").unwrap().name, None);
    }

    #[test]
    fn absent_and_null_differ() {
        assert_eq!(body("{}").unwrap().maybe, None);
        assert_eq!(body(r#"{"maybe":null}"#).unwrap().maybe, Some(None));
        assert_eq!(body(r#"{"maybe":7}"#).unwrap().maybe, Some(Some(7)));
    }

    #[test]
    fn a_call_without_a_body_takes_no_fields() {
        let nothing = |text: &'static [u8]| read::<Empty>(&Bytes::from_static(text)).map(drop);
        assert!(nothing(b"").is_ok() && nothing(b"{}").is_ok());
        assert!(nothing(br#"{"sha": 1}"#).unwrap_err().message.contains("`sha`"));
    }

    #[test]
    fn an_unknown_parameter_is_refused() {
        let page = |text: &str| Query::of(text).and_then(|query| query.page(&PARAMETERS));
        assert_eq!(page("").unwrap().limit, 50);
        assert_eq!(page("limit=500&state=x&cursor=a").unwrap().cursor.as_deref(), Some("a"));
        for bad in ["limit=0", "limit=501", "limit=x", "sate=x", "limit=1&limit=2"] {
            assert!(page(bad).is_err(), "{bad}");
        }
    }
}
