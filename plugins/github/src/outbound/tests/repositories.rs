//! Access levels, refs, heads, lists.

use forgegate_sdk::events::User;
use forgegate_sdk::outbound::{AccessLevel, OutboundError};
use forgegate_sdk::testing::expect;

use super::{NOT_FOUND, SHA, ana, github, next, repository};
use crate::outbound::{access, find_repository, heads, repositories, resolve};

const PERMISSION: &str = "GET /repos/acme/widgets/collaborators/ana/permission";

#[test]
fn every_permission_is_an_access_level() {
    for (word, level) in [
        ("admin", AccessLevel::Admin),
        ("write", AccessLevel::Write),
        ("read", AccessLevel::Read),
        ("none", AccessLevel::None),
    ] {
        let body = format!(r#"{{"permission": "{word}", "role_name": "x", "user": {{"id": 7, "login": "ana"}}}}"#);
        let _forge = github([expect(PERMISSION).answer(200, &body)]);
        assert_eq!(access(&repository(), &ana()), Ok(level));
    }
}

#[test]
fn a_login_that_is_somebody_elses_by_now_has_no_access() {
    let body = r#"{"permission": "admin", "user": {"id": 8, "login": "ana"}}"#;
    let unknown = r#"{"permission": "admin", "user": null}"#;
    let _forge = github([
        expect(PERMISSION).answer(200, body),
        expect(PERMISSION).answer(200, body),
        expect(PERMISSION).answer(200, unknown),
    ]);
    assert_eq!(access(&repository(), &ana()), Ok(AccessLevel::None));
    let nameless = User { id: None, ..ana() };
    assert_eq!(access(&repository(), &nameless), Ok(AccessLevel::None));
    assert_eq!(access(&repository(), &nameless), Ok(AccessLevel::None));
}

#[test]
fn nobody_has_no_access_and_an_unseen_repository_is_not_found() {
    let nobody = r#"{"message": "ana is not a user"}"#;
    let _forge = github([
        expect(PERMISSION).answer(404, nobody),
        expect(PERMISSION).answer(404, NOT_FOUND),
        expect(PERMISSION).answer(200, "[]"),
    ]);
    assert_eq!(access(&repository(), &ana()), Ok(AccessLevel::None));
    assert_eq!(access(&repository(), &ana()), Err(OutboundError::NotFound));
    assert!(matches!(
        access(&repository(), &ana()),
        Ok(AccessLevel::None) | Err(OutboundError::Malformed(_))
    ));
}

#[test]
fn a_short_name_is_a_branchs_before_a_tags_before_anything_else() {
    let no_commit = r#"{"message": "No commit found for SHA: heads/v1"}"#;
    let _forge = github([
        expect("GET /repos/acme/widgets/commits/heads/v1").answer(422, no_commit),
        expect("GET /repos/acme/widgets/commits/tags/v1").answer(200, SHA),
    ]);
    assert_eq!(resolve(&repository(), "v1").unwrap(), SHA);
}

#[test]
fn full_refs_and_commits_are_asked_for_once() {
    let pull = format!(
        r#"{{"number": 7, "state": "open", "title": "A change", "draft": false, "user": {{"id": 7, "login": "ana"}},
            "head": {{"sha": "{SHA}", "ref": "topic", "repo": null}}, "base": {{"ref": "main", "repo": {{"id": 42}}}}}}"#
    );
    let _forge = github([
        expect("GET /repos/acme/widgets/commits/heads/a/b").answer(200, &format!("{SHA}\n")),
        expect("GET /repos/acme/widgets/commits/tags/v1").answer(200, SHA),
        expect(&format!("GET /repos/acme/widgets/commits/{SHA}")).answer(404, NOT_FOUND),
        expect("GET /repos/acme/widgets/pulls/7").answer(200, &pull),
    ]);
    assert_eq!(resolve(&repository(), "refs/heads/a/b").unwrap(), SHA);
    assert_eq!(resolve(&repository(), "refs/tags/v1").unwrap(), SHA);
    assert_eq!(resolve(&repository(), SHA), Err(OutboundError::NotFound));
    assert_eq!(resolve(&repository(), "refs/pull/7/head").unwrap(), SHA);
}

#[test]
fn an_empty_repository_has_no_commits_and_a_page_is_none() {
    let call = "GET /repos/acme/widgets/commits/heads/main";
    let _forge = github([
        expect(call).answer(409, r#"{"message": "Git Repository is empty."}"#),
        expect(call).answer(200, "<html>"),
        expect(call).answer(502, ""),
    ]);
    assert_eq!(resolve(&repository(), "refs/heads/main"), Err(OutboundError::NotFound));
    assert!(matches!(
        resolve(&repository(), "refs/heads/main"),
        Err(OutboundError::Malformed(_))
    ));
    assert_eq!(
        resolve(&repository(), "refs/heads/main"),
        Err(OutboundError::TryLater(None))
    );
}

#[test]
fn branches_come_before_pull_requests_page_by_page() {
    let branch = format!(r#"[{{"name": "a/b", "commit": {{"sha": "{SHA}"}}}}]"#);
    let pull = format!(r#"[{{"number": 7, "head": {{"sha": "{SHA}"}}}}]"#);
    let pulls = "GET /repos/acme/widgets/pulls?state=open&sort=created&direction=asc&per_page=100&page=";
    let _forge = github([
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
    let _forge = github([
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

#[test]
fn a_repository_is_found_by_its_path() {
    let call = "GET /repos/acme/widgets";
    let _forge = github([
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
    let _forge = github([
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
