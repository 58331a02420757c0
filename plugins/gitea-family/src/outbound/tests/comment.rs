//! Comments and reactions.

use forgegate_sdk::outbound::{CommentText, Reaction};
use forgegate_sdk::testing::expect;

use super::{common_answers_to, forge, malformed_answers_to, repository};
use crate::outbound::comment::comment;
use crate::outbound::comment::react;

const COMMENTS: &str = "POST /repos/acme/widgets/issues/5/comments";

const CHANGE: &str = "PATCH /repos/acme/widgets/issues/comments/31";

const SEARCH: &str = "GET /repos/acme/widgets/issues/5/comments?page=1";

const BODY: &str = r#"{"body": "All well <!-- mark -->"}"#;

fn text(previous: Option<&str>, attempted: bool) -> CommentText {
    CommentText {
        repository: repository(),
        number: 5,
        body: "All well <!-- mark -->".into(),
        previous: previous.map(str::to_owned),
        mark: "<!-- mark -->".into(),
        attempted,
    }
}

#[test]
fn a_comment_is_written_once_and_then_changed() {
    let _forge = forge([
        expect(COMMENTS).body(BODY).answer(201, r#"{"id": 31}"#),
        expect(CHANGE).body(BODY).answer(200, r#"{"id": 31}"#),
    ]);
    assert_eq!(comment(&text(None, false)).as_deref(), Ok("31"));
    assert_eq!(comment(&text(Some("31"), false)).as_deref(), Ok("31"));
}

#[test]
fn a_comment_that_was_removed_is_written_again() {
    let _forge = forge([
        expect(CHANGE).answer(404, "{}"),
        expect(COMMENTS).body(BODY).answer(201, r#"{"id": 32}"#),
    ]);
    assert_eq!(comment(&text(Some("31"), false)).as_deref(), Ok("32"));
}

#[test]
fn an_attempt_that_may_have_arrived_is_looked_up_among_our_own() {
    let others = r#"[{"id": 29, "user": {"id": 8}, "body": "All well <!-- mark -->"},
        {"id": 28, "user": {"id": -1}, "body": "<!-- mark -->"},
        {"id": 30, "user": {"id": 9}, "body": "Hello"}]"#;
    let ours = r#"[{"id": 31, "user": {"id": 9}, "body": "Wait <!-- mark -->"}]"#;
    let next = [("link", r#"<https://git.example.com/x?page=2>; rel="next""#)];
    let _forge = forge([
        expect("GET /user").answer(200, r#"{"id": 9, "login": "gate"}"#),
        expect(SEARCH).answer_with(200, &next, others),
        expect("GET /repos/acme/widgets/issues/5/comments?page=2").answer(200, ours),
        expect(CHANGE).body(BODY).answer(200, "{}"),
    ]);
    assert_eq!(comment(&text(None, true)).as_deref(), Ok("31"));
    drop(_forge);
    let _forge = forge([
        expect("GET /user").answer(200, r#"{"id": 9, "login": "gate"}"#),
        expect(SEARCH).answer(200, others),
        expect(COMMENTS).body(BODY).answer(201, r#"{"id": 31}"#),
    ]);
    assert_eq!(comment(&text(None, true)).as_deref(), Ok("31"));
}

#[test]
fn a_comment_fails_as_all_that_is_told() {
    common_answers_to(COMMENTS, || comment(&text(None, false)));
    common_answers_to(CHANGE, || comment(&text(Some("31"), false)));
    malformed_answers_to(COMMENTS, || comment(&text(None, false)));
    common_answers_to("GET /user", || comment(&text(None, true)));
}

#[test]
fn signs_have_their_words() {
    let line = "POST /repos/acme/widgets/issues/comments/31/reactions";
    for (sign, body) in [
        (Reaction::Eyes, r#"{"content": "eyes"}"#),
        (Reaction::Confused, r#"{"content": "confused"}"#),
        (Reaction::ThumbsUp, r#"{"content": "+1"}"#),
        (Reaction::ThumbsDown, r#"{"content": "-1"}"#),
    ] {
        let _forge = forge([expect(line).body(body).answer(200, "{}")]);
        assert_eq!(react(&repository(), "31", sign), Ok(()));
    }
    common_answers_to(line, || react(&repository(), "31", Reaction::Eyes));
}
