//! Repositories.

use forgegate_sdk::outbound::OutboundError;
use forgegate_sdk::testing::expect;

use super::{NOT_FOUND, forge, next, repository};
use crate::outbound::repositories::find_repository;
use crate::outbound::repositories::repositories;

#[test]
fn a_repository_is_found_by_its_path() {
    let call = "GET /repos/acme/widgets";
    let _forge = forge([
        expect(call).answer(
            200,
            r#"{"id": 43, "full_name": "acme/widgets", "default_branch": "trunk"}"#,
        ),
        expect(call).answer(
            301,
            r#"{"message": "Moved Permanently", "url": "https://api.github.com/repositories/43"}"#,
        ),
        expect(call).answer(404, NOT_FOUND),
    ]);
    let now = find_repository(&repository()).unwrap();
    assert_eq!((now.id.as_str(), now.default_branch.as_deref()), ("43", Some("trunk")));
    assert!(find_repository(&repository()).is_err());
    assert_eq!(find_repository(&repository()), Err(OutboundError::NotFound));
}

#[test]
fn repositories_are_listed_page_by_page() {
    let body = r#"{"total_count": 1, "repositories": [{"id": 42, "full_name": "acme/widgets", "private": true}]}"#;
    let call = "GET /installation/repositories?per_page=100&page=";
    let _forge = forge([
        expect(&format!("{call}1")).answer_with(200, &[("link", &next("page=2&per_page=100"))], body),
        expect(&format!("{call}2")).answer(200, r#"{"total_count": 1, "repositories": []}"#),
        expect(&format!("{call}1")).answer(200, r#"{"repositories": [{"id": "x"}]}"#),
    ]);
    let first = repositories(None).unwrap();
    assert_eq!(first.repositories, [repository()]);
    assert_eq!(first.next.as_deref(), Some("2"));
    assert_eq!(repositories(Some("2")).unwrap().next, None);
    assert!(matches!(repositories(None), Err(OutboundError::Malformed(_))));
    assert!(matches!(repositories(Some("x")), Err(OutboundError::Rejected(_))));
}
