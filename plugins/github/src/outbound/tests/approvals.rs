//! Approvals.

use forgegate_sdk::events::ReviewState;
use forgegate_sdk::outbound::OutboundError;
use forgegate_sdk::testing::expect;
use serde_json::{Value, json};

use super::{SHA, forge, next, repository};
use crate::outbound::approvals::approvals;

const REVIEWS: &str = "GET /repos/acme/widgets/pulls/7/reviews?per_page=100&page=";

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
    let _forge = forge([
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
    let _forge = forge([expect(&format!("{REVIEWS}1")).answer(200, &body)]);
    let standing = approvals(&repository(), 7).unwrap();
    assert_eq!((standing[0].commit.clone(), standing[0].by.id.clone()), (None, None));
}

#[test]
fn reviews_that_cannot_be_read_to_the_end_are_an_error() {
    let pages = (1..=10).map(|page| {
        let link = next(&format!("page={}", page + 1));
        expect(&format!("{REVIEWS}{page}")).answer_with(200, &[("link", &link)], "[]")
    });
    let _forge = forge(pages);
    assert!(matches!(approvals(&repository(), 7), Err(OutboundError::Other(_))));
}
