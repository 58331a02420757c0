//! Refs.

use forgegate_sdk::outbound::OutboundError;
use forgegate_sdk::testing::expect;

use super::{NOT_FOUND, SHA, forge, repository};
use crate::outbound::resolve::resolve;

#[test]
fn a_short_name_is_a_branchs_before_a_tags_before_anything_else() {
    let no_commit = r#"{"message": "No commit found for SHA: heads/v1"}"#;
    let _forge = forge([
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
    let _forge = forge([
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
    let _forge = forge([
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
