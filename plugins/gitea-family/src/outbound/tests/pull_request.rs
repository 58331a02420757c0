//! Pull requests.

use forgegate_sdk::outbound::OutboundError;
use forgegate_sdk::testing::expect;

use super::{OTHER, SHA, ana, common_answers_to, forge, malformed_answers_to, repository};
use crate::outbound::pull_request::find_pull_request;

const PULL: &str = "GET /repos/acme/widgets/pulls/5";

fn pull(state: &str, head: &str) -> String {
    format!(
        r#"{{"id": 99, "number": 5, "title": "WIP: a", "state": "{state}", "draft": true, "merged": false,
            "user": {{"id": 7, "login": "ana"}}, "head": {head},
            "base": {{"label": "main", "ref": "main", "sha": "{OTHER}", "repo_id": 42}}}}"#
    )
}

#[test]
fn a_pull_request_is_read_as_it_stands() {
    let head = format!(r#"{{"label": "ana:topic", "ref": "topic", "sha": "{SHA}", "repo_id": 43}}"#);
    let _forge = forge([expect(PULL).answer(200, &pull("open", &head))]);
    let found = find_pull_request(&repository(), 5).unwrap();
    assert_eq!(
        (found.head.as_str(), found.head_ref.as_str()),
        (SHA, "refs/heads/topic")
    );
    assert_eq!(found.head_repository_id.as_deref(), Some("43"));
    assert_eq!(
        (found.base_ref.as_str(), found.fetch_ref.as_str()),
        ("refs/heads/main", "refs/pull/5/head")
    );
    assert!(found.open && found.draft && found.fork);
    assert_eq!(found.author, ana());
}

#[test]
fn a_fork_that_is_gone_is_a_fork_still() {
    let head = format!(r#"{{"label": "", "ref": "refs/pull/5/head", "sha": "{SHA}", "repo_id": -1}}"#);
    let _forge = forge([expect(PULL).answer(200, &pull("closed", &head))]);
    let found = find_pull_request(&repository(), 5).unwrap();
    assert!(found.fork && !found.open && found.head_repository_id.is_none());
}

#[test]
fn a_pull_request_without_a_head_is_malformed() {
    let head = r#"{"label": "topic", "ref": "topic", "sha": "", "repo_id": 42}"#;
    let _forge = forge([expect(PULL).answer(200, &pull("open", head))]);
    assert!(matches!(
        find_pull_request(&repository(), 5),
        Err(OutboundError::Malformed(_))
    ));
    drop(_forge);
    common_answers_to(PULL, || find_pull_request(&repository(), 5));
    malformed_answers_to(PULL, || find_pull_request(&repository(), 5));
    let _forge = forge([expect(PULL).answer(404, "{}")]);
    assert_eq!(find_pull_request(&repository(), 5), Err(OutboundError::NotFound));
}
