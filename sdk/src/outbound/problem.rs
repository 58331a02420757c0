//! The ways in which forges say no, as far as they have them in common.

use super::{Answer, OutboundError, truncate};
use crate::json::{FieldNames, Fields, Tree};
use crate::text::contains;

/// The longest sentence of a forge that is passed on.
const MESSAGE_CHARS: usize = 200;

const FIELDS: Fields = &FieldNames::new(&["error", "error_description", "message"]);

pub(super) fn of(answer: &Answer) -> OutboundError {
    let message = answer.message();
    // A limit may be told by fields, by words, or by both; and with the status of a refusal.
    let limited = answer.wait().is_some() || message.as_deref().is_some_and(speaks_of_limit);
    match answer.status() {
        401 => OutboundError::Unauthorized,
        403 | 422 if limited => OutboundError::TryLater(answer.wait()),
        403 => OutboundError::Forbidden(or_status(message, answer)),
        404 | 410 => OutboundError::NotFound,
        408 | 409 | 423 | 425 | 429 | 500.. => OutboundError::TryLater(answer.wait()),
        300..=399 => OutboundError::Rejected(
            "the forge points elsewhere: the repository was renamed, or the base URL is not quite the forge's".into(),
        ),
        400..=499 => OutboundError::Rejected(or_status(message, answer)),
        _ => OutboundError::Malformed(or_status(None, answer)),
    }
}

/// One short line of what the forge says, without control characters.
pub(super) fn message(body: &[u8]) -> Option<String> {
    let tree = Tree::read(body, FIELDS).ok()?;
    let root = tree.root();
    let said = |field| root.text_or_none(field).ok().flatten().filter(|text| !text.is_empty());
    let text = said("message")
        .or_else(|| said("error_description"))
        .or_else(|| said("error"))?;
    let line = text.replace(char::is_control, " ");
    Some(truncate(line.trim(), MESSAGE_CHARS).into_owned())
}

fn speaks_of_limit(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    contains(&message, "rate limit") || contains(&message, "abuse detection")
}

fn or_status(message: Option<String>, answer: &Answer) -> String {
    message.unwrap_or_else(|| {
        [
            "the forge answered with status ",
            &u64::from(answer.status()).to_string(),
        ]
        .concat()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Header;
    use crate::outbound::Response;

    fn problem(status: u16, headers: &[(&str, &str)], body: &str) -> OutboundError {
        let header = |(name, value): &(&str, &str)| Header {
            name: (*name).into(),
            value: (*value).into(),
        };
        of(&Answer::new(Response {
            status,
            headers: headers.iter().map(header).collect(),
            body: body.into(),
        }))
    }

    #[test]
    fn statuses_are_what_they_stand_for() {
        let said = r#"{"message": "no such word"}"#;
        assert_eq!(problem(401, &[], said), OutboundError::Unauthorized);
        assert_eq!(problem(403, &[], said), OutboundError::Forbidden("no such word".into()));
        assert_eq!(problem(404, &[], said), OutboundError::NotFound);
        assert_eq!(problem(422, &[], said), OutboundError::Rejected("no such word".into()));
        assert_eq!(
            problem(400, &[], "<html>"),
            OutboundError::Rejected("the forge answered with status 400".into())
        );
        assert!(matches!(problem(301, &[], ""), OutboundError::Rejected(_)));
        assert!(matches!(problem(101, &[], ""), OutboundError::Malformed(_)));
        for status in [408, 409, 423, 425, 429, 500, 502, 503, 504] {
            assert_eq!(problem(status, &[], said), OutboundError::TryLater(None), "{status}");
        }
    }

    #[test]
    fn a_limit_is_known_by_fields_and_by_words() {
        let retry = [("retry-after", "30")];
        for status in [403, 422, 429, 503] {
            assert_eq!(
                problem(status, &retry, "{}"),
                OutboundError::TryLater(Some(30)),
                "{status}"
            );
        }
        let said = r#"{"message": "You have exceeded a secondary Rate Limit."}"#;
        assert_eq!(problem(403, &[], said), OutboundError::TryLater(None));
        assert_eq!(problem(422, &[], said), OutboundError::TryLater(None));
        assert_eq!(problem(404, &retry, "{}"), OutboundError::NotFound);
    }

    #[test]
    fn what_the_forge_says_is_one_short_line() {
        let long = format!(r#"{{"error": "a\nb{}"}}"#, "ü".repeat(300));
        let OutboundError::Rejected(text) = problem(400, &[], &long) else {
            panic!("not rejected");
        };
        assert!(text.starts_with("a bü") && text.ends_with("ü…"), "{text}");
        assert_eq!(text.chars().count(), MESSAGE_CHARS);
    }
}
