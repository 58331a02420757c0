//! Comments and the signs under them.

use forgegate_sdk::outbound::{CommentText, OutboundError, Reaction};
use forgegate_sdk::testing::expect;
use forgegate_sdk::{Method, testing};
use serde_json::{Value, json};

use super::{NO_PERMISSION, NOT_FOUND, forge, next, repository};
use crate::outbound::comment::comment;
use crate::outbound::comment::react;

const MARK: &str = "<!-- forgegate:7 -->";
const LIST: &str = "GET /repos/acme/widgets/issues/7/comments?per_page=100&page=";
const WRITE: &str = "POST /repos/acme/widgets/issues/7/comments";

fn text(body: &str) -> CommentText {
    CommentText {
        repository: repository(),
        number: 7,
        body: body.into(),
        previous: None,
        mark: MARK.into(),
        attempted: false,
    }
}

fn body(body: &str) -> String {
    json!({"body": body}).to_string()
}

#[test]
fn a_comment_is_written_with_its_mark() {
    let _forge = forge([
        expect(WRITE)
            .body(&body(&format!("All well.\n\n{MARK}")))
            .answer(201, r#"{"id": 5000000000}"#),
        expect(WRITE)
            .body(&body(&format!("{MARK}\nAll well.")))
            .answer(201, r#"{"id": 1}"#),
    ]);
    assert_eq!(comment(&text("All well.")).unwrap(), "5000000000");
    assert_eq!(comment(&text(&format!("{MARK}\nAll well."))).unwrap(), "1");
}

#[test]
fn a_long_comment_is_cut_and_keeps_its_mark() {
    let _forge = testing::forge(|request| {
        assert_eq!(request.method, Method::Post);
        let sent: Value = serde_json::from_slice(request.body.as_deref().unwrap()).unwrap();
        let sent = sent["body"].as_str().unwrap();
        assert_eq!(sent.chars().count(), 65_536);
        assert!(sent.ends_with(&format!("…\n\n{MARK}")));
        testing::answer(201, &[], r#"{"id": 1}"#)
    });
    comment(&text(&format!("{}{MARK}", "ü".repeat(70_000)))).unwrap();
}

#[test]
fn a_known_comment_is_changed_in_place() {
    let mut known = text(MARK);
    known.previous = Some("5".into());
    let _forge = forge([
        expect("PATCH /repos/acme/widgets/issues/comments/5")
            .body(&body(MARK))
            .answer(200, r#"{"id": 5}"#),
        // Somebody removed it.
        expect("PATCH /repos/acme/widgets/issues/comments/5").answer(404, NOT_FOUND),
        expect(WRITE).answer(201, r#"{"id": 6}"#),
    ]);
    assert_eq!(comment(&known).unwrap(), "5");
    assert_eq!(comment(&known).unwrap(), "6");
}

#[test]
fn an_earlier_attempt_is_found_among_the_comments_of_apps() {
    let first = json!([
        {"id": 1, "user": {"id": 7, "login": "ana", "type": "User"}, "body": format!("I quote {MARK}")},
        {"id": 2, "user": null, "body": MARK},
        {"id": 3, "user": {"id": 8, "login": "gate[bot]", "type": "Bot"}, "body": "something else"},
        {"id": 4, "user": {"id": 9, "login": "other[bot]", "type": "Bot"}, "body": MARK},
    ]);
    let second = json!([{"id": 5, "user": {"id": 8, "login": "gate[bot]", "type": "Bot"}, "body": MARK}]);
    let _forge = forge([
        expect(&format!("{LIST}1")).answer_with(200, &[("link", &next("page=2"))], &first.to_string()),
        expect(&format!("{LIST}2")).answer(200, &second.to_string()),
        expect("PATCH /repos/acme/widgets/issues/comments/4").answer(403, NO_PERMISSION),
        expect("PATCH /repos/acme/widgets/issues/comments/5").answer(200, r#"{"id": 5}"#),
    ]);
    let mut attempted = text(MARK);
    attempted.attempted = true;
    assert_eq!(comment(&attempted).unwrap(), "5");
}

#[test]
fn an_attempt_that_wrote_nothing_is_made_again() {
    let _forge = forge([
        expect(&format!("{LIST}1")).answer(200, "[]"),
        expect(WRITE).answer(201, r#"{"id": 6}"#),
    ]);
    let mut attempted = text(MARK);
    attempted.attempted = true;
    assert_eq!(comment(&attempted).unwrap(), "6");
}

#[test]
fn refusals_are_told_apart() {
    let too_fast = r#"{"message": "You have exceeded a secondary rate limit and have been temporarily blocked from content creation."}"#;
    let _forge = forge([
        expect(WRITE).answer(403, NO_PERMISSION),
        expect(WRITE).answer(403, too_fast),
        expect(WRITE).answer(410, r#"{"message": "Issues are disabled for this repo"}"#),
        expect(WRITE).answer(422, r#"{"message": "Validation Failed"}"#),
        expect(WRITE).answer(201, "[]"),
    ]);
    let said = text(MARK);
    assert!(matches!(comment(&said), Err(OutboundError::Forbidden(_))));
    assert_eq!(comment(&said), Err(OutboundError::TryLater(Some(60))));
    assert_eq!(comment(&said), Err(OutboundError::NotFound));
    assert!(matches!(comment(&said), Err(OutboundError::Rejected(_))));
    assert!(matches!(comment(&said), Err(OutboundError::Malformed(_))));
}

#[test]
fn every_sign_has_its_word() {
    for (sign, word) in [
        (Reaction::Eyes, "eyes"),
        (Reaction::Confused, "confused"),
        (Reaction::ThumbsUp, "+1"),
        (Reaction::ThumbsDown, "-1"),
    ] {
        let call = "POST /repos/acme/widgets/issues/comments/5/reactions";
        let body = json!({"content": word}).to_string();
        let _forge = forge([
            expect(call).body(&body).answer(201, "{}"),
            expect(call).answer(200, "{}"),
            expect(call).answer(404, NOT_FOUND),
        ]);
        assert_eq!(react(&repository(), "5", sign), Ok(()));
        assert_eq!(react(&repository(), "5", sign), Ok(()));
        assert_eq!(react(&repository(), "5", sign), Err(OutboundError::NotFound));
    }
}
