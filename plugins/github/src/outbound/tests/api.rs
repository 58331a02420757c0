//! The ways in which GitHub says no, limits above all.

use forgegate_sdk::outbound::{CallError, OutboundError};
use forgegate_sdk::testing::expect;

use super::{NO_PERMISSION, forge, repository};
use crate::outbound::pull_request::find_pull_request;

const PULL: &str = "GET /repos/acme/widgets/pulls/7";
const DATE: (&str, &str) = ("date", "Tue, 14 Nov 2023 22:13:20 GMT");

fn problem(status: u16, headers: &[(&str, &str)], body: &str) -> OutboundError {
    let _forge = forge([expect(PULL).answer_with(status, headers, body)]);
    find_pull_request(&repository(), 7).unwrap_err()
}

#[test]
fn a_primary_limit_lasts_until_its_reset() {
    let headers = [
        DATE,
        ("x-ratelimit-remaining", "0"),
        ("x-ratelimit-reset", "1700000900"),
    ];
    let body = r#"{"message": "API rate limit exceeded for installation ID 9."}"#;
    for status in [403, 429] {
        assert_eq!(
            problem(status, &headers, body),
            OutboundError::TryLater(Some(900)),
            "{status}"
        );
    }
}

#[test]
fn a_secondary_limit_lasts_as_long_as_it_says_or_a_minute() {
    let said =
        r#"{"message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."}"#;
    for status in [403, 422, 429] {
        assert_eq!(
            problem(status, &[], said),
            OutboundError::TryLater(Some(60)),
            "{status}"
        );
        let retry = [("retry-after", "7")];
        assert_eq!(
            problem(status, &retry, "{}"),
            OutboundError::TryLater(Some(7)),
            "{status}"
        );
    }
    assert_eq!(problem(429, &[], "<html>"), OutboundError::TryLater(Some(60)));
}

#[test]
fn every_wording_of_a_secondary_limit_is_known() {
    for said in [
        "You have triggered an abuse detection mechanism. Please retry your request again later.",
        "You have exceeded a secondary rate limit and have been temporarily blocked from content creation.",
        "was submitted too quickly after another comment",
    ] {
        let body = format!(r#"{{"message": "{said}"}}"#);
        for status in [403, 422] {
            assert_eq!(problem(status, &[], &body), OutboundError::TryLater(Some(60)), "{said}");
        }
    }
}

#[test]
fn what_content_that_comes_too_fast_is_told_may_stand_among_the_errors() {
    let body = r#"{"message": "Validation Failed", "errors": [{"resource": "IssueComment", "code": "unprocessable",
        "field": "data", "message": "was submitted too quickly"}]}"#;
    assert_eq!(problem(422, &[], body), OutboundError::TryLater(Some(60)));
}

#[test]
fn a_missing_permission_is_named() {
    let accepted = [("x-accepted-github-permissions", "pull_requests=read")];
    let OutboundError::Forbidden(text) = problem(403, &accepted, NO_PERMISSION) else {
        panic!("not forbidden");
    };
    assert!(text.contains("pull_requests=read"), "{text}");
    let plain = problem(403, &[("x-ratelimit-remaining", "4999")], NO_PERMISSION);
    assert_eq!(
        plain,
        OutboundError::Forbidden("Resource not accessible by integration".into())
    );
}

#[test]
fn other_refusals_are_what_they_stand_for() {
    assert_eq!(problem(401, &[], "{}"), OutboundError::Unauthorized);
    assert_eq!(problem(404, &[], "{}"), OutboundError::NotFound);
    assert!(matches!(problem(422, &[], "{}"), OutboundError::Rejected(_)));
    assert!(matches!(problem(301, &[], "{}"), OutboundError::Rejected(_)));
    assert_eq!(problem(502, &[], "<html>"), OutboundError::TryLater(None));
}

#[test]
fn a_call_that_does_not_come_about_says_why() {
    for (error, expected) in [
        (CallError::TimedOut, OutboundError::Call(CallError::TimedOut)),
        (CallError::RateLimited(Some(3)), OutboundError::TryLater(Some(3))),
    ] {
        let _forge = forge([expect(PULL).fails(error)]);
        assert_eq!(find_pull_request(&repository(), 7).unwrap_err(), expected);
    }
}
