//! Approvals.

use forgegate_sdk::events::ReviewState;
use forgegate_sdk::testing::expect;

use super::{SHA, common_answers_to, forge, malformed_answers_to, repository};
use crate::outbound::approvals::approvals;

const REVIEWS: &str = "GET /repos/acme/widgets/pulls/5/reviews?limit=50&page=1";

fn review(id: u64, who: u64, state: &str, flags: &str) -> String {
    format!(
        r#"{{"id": {id}, "user": {{"id": {who}, "login": "u{who}"}}, "state": "{state}", "commit_id": "{SHA}", {flags}}}"#
    )
}

const GOOD: &str = r#""stale": false, "official": true, "dismissed": false"#;

#[test]
fn the_last_decision_of_each_reviewer_stands() {
    let first = format!(
        "[{},{}]",
        review(1, 7, "APPROVED", GOOD),
        review(2, 8, "APPROVED", GOOD)
    );
    let second = format!(
        "[{},{},{}]",
        review(4, 7, "REQUEST_CHANGES", GOOD),
        review(5, 8, "COMMENT", GOOD),
        review(3, 9, "PENDING", GOOD)
    );
    let next = [("link", r#"<https://git.example.com/x?limit=50&page=2>; rel="next""#)];
    let _forge = forge([
        expect(REVIEWS).answer_with(200, &next, &first),
        expect("GET /repos/acme/widgets/pulls/5/reviews?limit=50&page=2").answer(200, &second),
    ]);
    let found = approvals(&repository(), 5).unwrap();
    let seen: Vec<_> = found.iter().map(|a| (a.by.login.as_str(), a.state, a.stale)).collect();
    assert_eq!(
        seen,
        [
            ("u7", ReviewState::ChangesRequested, false),
            ("u8", ReviewState::Approved, false)
        ]
    );
    assert!(found.iter().all(|approval| approval.commit.as_deref() == Some(SHA)));
}

#[test]
fn what_the_forge_counts_no_more_is_stale_or_gone() {
    let reviews = [
        review(
            1,
            7,
            "APPROVED",
            r#""stale": true, "official": true, "dismissed": false"#,
        ),
        review(
            2,
            8,
            "APPROVED",
            r#""stale": false, "official": false, "dismissed": false"#,
        ),
        review(
            3,
            9,
            "APPROVED",
            r#""stale": false, "official": true, "dismissed": true"#,
        ),
        review(4, 10, "APPROVED", r#""body": """#),
    ];
    let _forge = forge([expect(REVIEWS).answer(200, &format!("[{}]", reviews.join(",")))]);
    let found = approvals(&repository(), 5).unwrap();
    let seen: Vec<_> = found.iter().map(|a| (a.by.login.as_str(), a.stale)).collect();
    assert_eq!(seen, [("u7", true), ("u8", true), ("u10", false)]);
}

#[test]
fn reviews_fail_as_all_questions_do() {
    common_answers_to(REVIEWS, || approvals(&repository(), 5));
    malformed_answers_to(REVIEWS, || approvals(&repository(), 5));
}
