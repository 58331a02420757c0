//! Pull requests.

use forgegate_sdk::outbound::OutboundError;
use forgegate_sdk::testing::expect;
use serde_json::{Value, json};

use super::{NOT_FOUND, SHA, forge, repository};
use crate::outbound::pull_request::find_pull_request;

const PULL: &str = "GET /repos/acme/widgets/pulls/7";

fn pull(head_repository: Value) -> String {
    json!({
        "number": 7, "state": "open", "title": "A change", "labels": [{"name": "bug"}], "draft": true, "user": {"id": 7, "login": "ana"},
        "head": {"sha": SHA, "ref": "topic", "repo": head_repository},
        "base": {"sha": "11".repeat(20), "ref": "main", "repo": {"id": 42}},
    })
    .to_string()
}

#[test]
fn a_pull_request_is_read_as_it_stands() {
    let _forge = forge([expect(PULL).answer(200, &pull(json!({"id": 42})))]);
    let now = find_pull_request(&repository(), 7).unwrap();
    assert_eq!((now.head.as_str(), now.head_ref.as_str()), (SHA, "refs/heads/topic"));
    assert_eq!(
        (now.base_ref.as_str(), now.fetch_ref.as_str()),
        ("refs/heads/main", "refs/pull/7/head")
    );
    assert!(now.open && now.draft && !now.fork);
    assert_eq!(now.author.id.as_deref(), Some("7"));
    assert_eq!((now.title.as_str(), now.labels), ("A change", vec!["bug".to_owned()]));
}

#[test]
fn another_or_a_removed_repository_makes_a_fork() {
    let _forge = forge([
        expect(PULL).answer(200, &pull(json!({"id": 43}))),
        expect(PULL).answer(200, &pull(json!(null))),
    ]);
    let other = find_pull_request(&repository(), 7).unwrap();
    assert_eq!((other.fork, other.head_repository_id.as_deref()), (true, Some("43")));
    let gone = find_pull_request(&repository(), 7).unwrap();
    assert_eq!((gone.fork, gone.head_repository_id), (true, None));
}

#[test]
fn a_pull_request_that_is_none_is_not_found() {
    let _forge = forge([
        expect(PULL).answer(404, NOT_FOUND),
        expect(PULL).answer(200, r#"{"number": 7, "state": "open"}"#),
    ]);
    assert_eq!(find_pull_request(&repository(), 7), Err(OutboundError::NotFound));
    assert!(matches!(
        find_pull_request(&repository(), 7),
        Err(OutboundError::Malformed(_))
    ));
}
