//! Requests to a forge, as a guest asks for them: bounded, and with nothing in them that could become another request.

use super::headers;
use super::{BadOutput, Checked, caps};
use crate::ForgeRequest;
use crate::bindings::forgegate::plugin::{forge_api as wit, types};

/// Entries of a request's lists.
const MOST_SEGMENTS: usize = 32;
const MOST_PAIRS: usize = 64;
const MOST_FIELDS: usize = 32;
/// A list of fifty things may hold a secret in each.
const MOST_SECRETS: usize = 64;

/// Bytes of a body. The largest that a forge takes from us is a check with its notes.
const MOST_BODY_BYTES: usize = 1 << 20;

pub(crate) fn request(it: wit::Request) -> Checked<ForgeRequest> {
    Ok(ForgeRequest {
        method: it.method.into(),
        path: path("request.path", it.path)?,
        query: pairs("request.query", it.query)?,
        headers: headers::from_guest(caps::list("request.headers", it.headers, MOST_FIELDS, field)?),
        body: it.body.map(body).transpose()?,
        secrets: caps::list("request.secrets", it.secrets, MOST_SECRETS, |it| {
            pointer("request.secrets", it)
        })?,
    })
}

/// Segments that stay segments: none is empty or a way up, none holds control characters.
pub(super) fn path(item: &str, segments: Vec<String>) -> Checked<Vec<String>> {
    caps::list(item, segments, MOST_SEGMENTS, |segment| {
        if matches!(segment.as_str(), "." | "..") || segment.contains(char::is_control) {
            return Err(BadOutput(format!("`{item}` holds what is no segment of a path")));
        }
        caps::word(item, segment)
    })
}

pub(super) fn pairs(item: &str, pairs: Vec<(String, String)>) -> Checked<Vec<(String, String)>> {
    caps::list(item, pairs, MOST_PAIRS, |(key, value)| {
        Ok((caps::word(item, key)?, caps::line(item, value)?))
    })
}

/// RFC 6901.
pub(super) fn pointer(item: &str, text: String) -> Checked<String> {
    if text.is_empty() || text.starts_with('/') {
        caps::line(item, text)
    } else {
        Err(BadOutput(format!("`{item}` is no JSON pointer")))
    }
}

fn field(it: types::Header) -> Checked<types::Header> {
    if it.value.contains(|sign: char| sign.is_control() && sign != '\t') {
        return Err(BadOutput("`request.headers` holds control characters".to_owned()));
    }
    Ok(types::Header {
        name: headers::name("request.headers", it.name)?,
        value: caps::line("request.headers", it.value)?,
    })
}

fn body(bytes: Vec<u8>) -> Checked<Vec<u8>> {
    let number = bytes.len();
    if number > MOST_BODY_BYTES {
        return Err(BadOutput(format!(
            "`request.body` has {number} bytes; at most {MOST_BODY_BYTES} are allowed"
        )));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bindings::forgegate::plugin::types::{Header, Method};

    fn good() -> wit::Request {
        wit::Request {
            method: Method::Post,
            path: vec!["repos".into(), "a/b".into()],
            query: vec![("page".into(), String::new())],
            headers: vec![Header {
                name: "accept".into(),
                value: "application/json".into(),
            }],
            body: Some(b"{}".to_vec()),
            secrets: vec!["/token".into()],
        }
    }

    #[test]
    fn a_good_request_is_handed_on_as_it_is() {
        let handed = request(good()).unwrap();
        assert_eq!(handed.path, ["repos", "a/b"]);
        assert_eq!(handed.body.as_deref(), Some(&b"{}"[..]));
    }

    #[test]
    fn a_bad_request_is_refused_by_its_part() {
        type Change = fn(&mut wit::Request);
        let bad: [(Change, &str); 12] = [
            (|it| it.path = vec!["a".into(); 33], "`request.path`"),
            (|it| it.path[0] = "..".into(), "`request.path`"),
            (|it| it.path[0] = ".".into(), "`request.path`"),
            (|it| it.path[0] = String::new(), "`request.path`"),
            (|it| it.path[0] = "a\r\nb".into(), "`request.path`"),
            (|it| it.path[0] = "a".repeat(9000), "`request.path`"),
            (|it| it.query = vec![("a".into(), "b".into()); 65], "`request.query`"),
            (|it| it.headers[0].name = "Accept".into(), "`request.headers`"),
            (|it| it.headers[0].value = "a\r\nx-evil: b".into(), "`request.headers`"),
            (|it| it.headers = vec![it.headers[0].clone(); 33], "`request.headers`"),
            (|it| it.body = Some(vec![0; MOST_BODY_BYTES + 1]), "`request.body`"),
            (|it| it.secrets = vec!["token".into()], "`request.secrets`"),
        ];
        for (change, item) in bad {
            let mut given = good();
            change(&mut given);
            let BadOutput(sentence) = request(given).unwrap_err();
            assert!(sentence.contains(item), "{sentence}");
        }
    }
}
