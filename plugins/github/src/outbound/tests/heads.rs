//! Heads.

use forgegate_sdk::outbound::OutboundError;
use forgegate_sdk::testing::expect;

use super::{NOT_FOUND, SHA, forge, next, repository};
use crate::outbound::heads::heads;

#[test]
fn branches_come_before_pull_requests_page_by_page() {
    let branch = format!(r#"[{{"name": "a/b", "commit": {{"sha": "{SHA}"}}}}]"#);
    let pull = format!(r#"[{{"number": 7, "head": {{"sha": "{SHA}"}}}}]"#);
    let pulls = "GET /repos/acme/widgets/pulls?state=open&sort=created&direction=asc&per_page=100&page=";
    let _forge = forge([
        expect("GET /repos/acme/widgets/branches?per_page=100&page=1").answer_with(
            200,
            &[("link", &next("per_page=100&page=2"))],
            &branch,
        ),
        expect("GET /repos/acme/widgets/branches?per_page=100&page=2").answer(200, "[]"),
        expect(&format!("{pulls}1")).answer_with(200, &[("link", &next("page=2"))], &pull),
        expect(&format!("{pulls}2")).answer(200, "[]"),
    ]);
    let first = heads(&repository(), None).unwrap();
    assert_eq!(first.heads[0].ref_, "refs/heads/a/b");
    assert_eq!((first.heads[0].sha.as_str(), first.heads[0].pull_request), (SHA, None));
    let second = heads(&repository(), first.next.as_deref()).unwrap();
    assert!(second.heads.is_empty());
    let third = heads(&repository(), second.next.as_deref()).unwrap();
    assert_eq!(third.heads[0].ref_, "refs/pull/7/head");
    assert_eq!(third.heads[0].pull_request, Some(7));
    let last = heads(&repository(), third.next.as_deref()).unwrap();
    assert_eq!(last.next, None);
}

#[test]
fn a_head_that_is_no_list_or_a_page_that_is_none_is_refused() {
    let _forge = forge([
        expect("GET /repos/acme/widgets/branches?per_page=100&page=1").answer(200, "{}"),
        expect("GET /repos/acme/widgets/branches?per_page=100&page=1").answer(404, NOT_FOUND),
    ]);
    assert!(matches!(heads(&repository(), None), Err(OutboundError::Malformed(_))));
    assert_eq!(heads(&repository(), None), Err(OutboundError::NotFound));
    for page in ["", "2", "tags:1", "branches:x", "pulls:"] {
        assert!(
            matches!(heads(&repository(), Some(page)), Err(OutboundError::Rejected(_))),
            "{page}"
        );
    }
}
