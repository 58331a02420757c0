//! Heads.

use forgegate_sdk::outbound::Head;
use forgegate_sdk::testing::expect;

use super::{OTHER, SHA, common_answers_to, forge, malformed_answers_to, repository};
use crate::outbound::heads::heads;

#[test]
fn heads_are_branches_first_and_then_open_pull_requests() {
    let line = "GET /repos/acme/widgets/branches?page=1&limit=50";
    let branches = format!(r#"[{{"name": "main", "commit": {{"id": "{SHA}"}}}}]"#);
    let next = [("link", r#"<https://git.example.com/x?page=2>; rel="next""#)];
    let pulls = format!(r#"[{{"number": 5, "head": {{"sha": "{OTHER}"}}}}]"#);
    let _forge = forge([
        expect(line).answer_with(200, &next, &branches),
        expect("GET /repos/acme/widgets/branches?page=2&limit=50").answer(200, "[]"),
        expect("GET /repos/acme/widgets/pulls?page=1&limit=50&state=open").answer(200, &pulls),
    ]);
    let first = heads(&repository(), None).unwrap();
    let main = Head {
        ref_: "refs/heads/main".into(),
        sha: SHA.into(),
        pull_request: None,
    };
    assert_eq!(first.heads, [main]);
    let second = heads(&repository(), first.next.as_deref()).unwrap();
    assert!(second.heads.is_empty());
    let third = heads(&repository(), second.next.as_deref()).unwrap();
    let five = Head {
        ref_: "refs/pull/5/head".into(),
        sha: OTHER.into(),
        pull_request: Some(5),
    };
    assert_eq!((third.heads, third.next), (vec![five], None));
    drop(_forge);
    common_answers_to(line, || heads(&repository(), None));
    malformed_answers_to(line, || heads(&repository(), None));
    assert!(heads(&repository(), Some("pulls-x")).is_err());
}

#[test]
fn a_repository_without_pull_requests_has_branches_alone() {
    let _forge = forge([expect("GET /repos/acme/widgets/pulls?page=1&limit=50&state=open").answer(404, "{}")]);
    let page = heads(&repository(), Some("pulls-1")).unwrap();
    assert_eq!((page.heads.len(), page.next), (0, None));
}
