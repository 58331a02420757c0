//! Comments and reactions.

use forgegate_sdk::outbound::{CommentText, Reaction};

use super::*;
use crate::outbound::comment::comment;
use crate::outbound::comment::react;

const NOTES: &str = "/projects/15/merge_requests/4/notes";

const MARK: &str = "<!-- forgegate 1 -->";

fn text(body: &str) -> CommentText {
    CommentText {
        repository: repository(),
        number: 4,
        body: format!("{body}\n{MARK}"),
        previous: None,
        mark: MARK.into(),
        attempted: false,
    }
}

fn write() -> Step {
    expect(&format!("POST {NOTES}")).answer(201, r#"{"id":31}"#)
}

fn change() -> Step {
    expect(&format!("PUT {NOTES}/30")).answer(200, r#"{"id":30}"#)
}

#[test]
fn a_comment_is_changed_in_place_and_written_anew_when_it_is_gone() {
    let mut told = text("hello");
    let first = forge([write().body(&format!(r#"{{"body":"hello\n{MARK}"}}"#))]);
    assert_eq!(comment(&told).as_deref(), Ok("31"));
    drop(first);
    told.previous = Some("30".into());
    let changed = forge([change()]);
    assert_eq!(comment(&told).as_deref(), Ok("30"));
    drop(changed);
    for gone in [403, 404] {
        let _forge = forge([change().answer(gone, "{}"), write()]);
        assert_eq!(comment(&told).as_deref(), Ok("31"));
    }
}

#[test]
fn an_earlier_attempt_is_found_by_its_mark_among_our_own_notes() {
    let tried = CommentText {
        attempted: true,
        ..text("hello")
    };
    let page = |number: u32| {
        let query = "order_by=created_at&sort=desc&per_page=100";
        expect(&format!("GET {NOTES}?{query}&page={number}"))
    };
    let note =
        |id: u32, author: u32, body: &str| format!(r#"{{"id":{id},"author":{{"id":{author}}},"body":"{body}"}}"#);
    let copied = note(29, 8, MARK);
    let notes = format!("[{copied},{}]", note(28, 9, "another"));
    let found = format!("[{}]", note(30, 9, &format!("hello {MARK}")));
    let there = forge([
        own(),
        page(1).answer_with(200, &[("x-next-page", "2")], &notes),
        page(2).answer(200, &found),
        change(),
    ]);
    assert_eq!(comment(&tried).as_deref(), Ok("30"));
    drop(there);
    let _forge = forge([own(), page(1).answer(200, &notes), write()]);
    assert_eq!(comment(&tried).as_deref(), Ok("31"));
}

#[test]
fn no_line_of_a_comment_is_carried_out() {
    let body = format!(r#"{{"body":" /merge\na /close\n /close\n{MARK}"}}"#);
    let _forge = forge([write().body(&body)]);
    assert_eq!(comment(&text("/merge\na /close\n/close")).as_deref(), Ok("31"));
}

#[test]
fn a_comment_that_is_cut_keeps_its_mark() {
    let kept = "ü".repeat(1_000_000 - MARK.len() - 2);
    let body = format!(r#"{{"body":"{kept}…\n{MARK}"}}"#);
    let _forge = forge([write().body(&body)]);
    assert_eq!(comment(&text(&"ü".repeat(1_100_000))).as_deref(), Ok("31"));
}

#[test]
fn a_sign_is_put_once() {
    let line = format!("POST {NOTES}/31/award_emoji");
    for (sign, name) in [
        (Reaction::Eyes, "eyes"),
        (Reaction::Confused, "confused"),
        (Reaction::ThumbsUp, "thumbsup"),
        (Reaction::ThumbsDown, "thumbsdown"),
    ] {
        let body = format!(r#"{{"name":"{name}"}}"#);
        let _forge = forge([expect(&line).body(&body).answer(201, r#"{"id":1}"#)]);
        assert_eq!(react(&repository(), 4, "31", sign), Ok(()));
    }
    let again = refused("404 Award Emoji Name has already been taken Not Found");
    let _forge = forge([expect(&line).answer(404, &again)]);
    assert_eq!(react(&repository(), 4, "31", Reaction::Eyes), Ok(()));
}

#[test]
fn a_comment_and_a_reaction_take_a_no() {
    says_no(&format!("POST {NOTES}"), || comment(&text("hello")));
    for (status, error) in [(404, OutboundError::NotFound), (429, OutboundError::TryLater(None))] {
        let _forge = forge([expect(&format!("POST {NOTES}/31/award_emoji")).answer(status, "{}")]);
        assert_eq!(react(&repository(), 4, "31", Reaction::Eyes), Err(error));
    }
}
