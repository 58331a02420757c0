//! Pull requests and their reviews.

use forgegate_sdk::events::ReviewState;
use forgegate_sdk::outbound::OutboundError;
use forgegate_sdk::testing::expect;
use serde_json::{Value, json};

use super::{NOT_FOUND, SHA, github, next, repository};
use crate::outbound::{approvals, find_pull_request};

const PULL: &str = "GET /repos/acme/widgets/pulls/7";
const REVIEWS: &str = "GET /repos/acme/widgets/pulls/7/reviews?per_page=100&page=";

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
    let _forge = github([expect(PULL).answer(200, &pull(json!({"id": 42})))]);
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
    let _forge = github([
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
    let _forge = github([
        expect(PULL).answer(404, NOT_FOUND),
        expect(PULL).answer(200, r#"{"number": 7, "state": "open"}"#),
    ]);
    assert_eq!(find_pull_request(&repository(), 7), Err(OutboundError::NotFound));
    assert!(matches!(
        find_pull_request(&repository(), 7),
        Err(OutboundError::Malformed(_))
    ));
}

fn review(user: u64, state: &str, commit: &str) -> Value {
    json!({"id": 1, "user": {"id": user, "login": format!("user-{user}")}, "state": state, "commit_id": commit})
}

#[test]
fn the_latest_verdict_of_each_stands() {
    let (old, new) = ("11".repeat(20), SHA);
    let first = json!([
        review(1, "APPROVED", &old),
        review(2, "APPROVED", &old),
        review(3, "CHANGES_REQUESTED", &old),
        review(4, "COMMENTED", &old),
        review(5, "DISMISSED", &old),
    ]);
    let second = json!([
        review(1, "APPROVED", new),
        review(2, "COMMENTED", new),
        review(3, "PENDING", new)
    ]);
    let _forge = github([
        expect(&format!("{REVIEWS}1")).answer_with(200, &[("link", &next("page=2"))], &first.to_string()),
        expect(&format!("{REVIEWS}2")).answer(200, &second.to_string()),
    ]);
    let standing = approvals(&repository(), 7).unwrap();
    let found = |id: &str| standing.iter().find(|it| it.by.id.as_deref() == Some(id));
    assert_eq!(standing.len(), 4);
    assert_eq!(found("1").unwrap().commit.as_deref(), Some(new));
    assert_eq!(
        found("2").unwrap().commit.as_deref(),
        Some(old.as_str()),
        "a comment changes no verdict"
    );
    assert_eq!(found("3").unwrap().state, ReviewState::ChangesRequested);
    assert!(found("5").unwrap().stale);
    assert!(!found("1").unwrap().stale);
}

#[test]
fn a_review_without_a_commit_is_bound_to_none() {
    let body = json!([{"user": null, "state": "APPROVED", "commit_id": null}]).to_string();
    let _forge = github([expect(&format!("{REVIEWS}1")).answer(200, &body)]);
    let standing = approvals(&repository(), 7).unwrap();
    assert_eq!((standing[0].commit.clone(), standing[0].by.id.clone()), (None, None));
}

#[test]
fn reviews_that_cannot_be_read_to_the_end_are_an_error() {
    let pages = (1..=10).map(|page| {
        let link = next(&format!("page={}", page + 1));
        expect(&format!("{REVIEWS}{page}")).answer_with(200, &[("link", &link)], "[]")
    });
    let _forge = github(pages);
    assert!(matches!(approvals(&repository(), 7), Err(OutboundError::Other(_))));
}
