//! Questions.

use forgegate_sdk::events::{ReviewState, User};
use forgegate_sdk::outbound::{AccessLevel, Head, OutboundError, RepositoryRef};
use forgegate_sdk::testing::expect;

use super::{OTHER, SHA, common_answers_to, malformed_answers_to, repository, script};
use crate::outbound::{access, approvals, find_pull_request, find_repository, heads, repositories, resolve};

fn ana() -> User {
    User {
        id: Some("7".into()),
        login: "ana".into(),
    }
}

const PERMISSION: &str = "GET /repos/acme/widgets/collaborators/ana/permission";

fn access_with(body: &str) -> Result<AccessLevel, OutboundError> {
    let _forge = script([expect(PERMISSION).answer(200, body)]);
    access(&repository(), &ana())
}

#[test]
fn access_is_what_the_forge_says_of_that_account() {
    for (word, level) in [
        ("owner", AccessLevel::Admin),
        ("admin", AccessLevel::Admin),
        ("write", AccessLevel::Write),
        ("read", AccessLevel::Read),
        ("none", AccessLevel::None),
        ("emperor", AccessLevel::None),
    ] {
        let body = format!(r#"{{"permission": "{word}", "role_name": "x", "user": {{"id": 7, "login": "ana"}}}}"#);
        assert_eq!(access_with(&body), Ok(level), "{word}");
    }
}

#[test]
fn a_name_that_is_somebody_elses_by_now_may_do_nothing() {
    let body = r#"{"permission": "admin", "user": {"id": 8, "login": "ana"}}"#;
    assert_eq!(access_with(body), Ok(AccessLevel::None));
    assert_eq!(
        access_with(r#"{"permission": "admin", "user": null}"#),
        Ok(AccessLevel::None)
    );
}

#[test]
fn whoever_has_no_number_or_no_account_may_do_nothing() {
    let nameless = User {
        id: None,
        login: "ana".into(),
    };
    let gone = User {
        id: Some("7".into()),
        login: String::new(),
    };
    let _forge = script([]);
    assert_eq!(access(&repository(), &nameless), Ok(AccessLevel::None));
    assert_eq!(access(&repository(), &gone), Ok(AccessLevel::None));
    drop(_forge);
    let _forge = script([expect(PERMISSION).answer(404, r#"{"message": "user does not exist"}"#)]);
    assert_eq!(access(&repository(), &ana()), Ok(AccessLevel::None));
}

#[test]
fn access_names_what_the_token_lacks() {
    common_answers_to(PERMISSION, || access(&repository(), &ana()));
    malformed_answers_to(PERMISSION, || match access(&repository(), &ana()) {
        // An answer about nobody opens nothing.
        Ok(AccessLevel::None) => Err(OutboundError::Malformed("about nobody".into())),
        other => other,
    });
    let _forge = script([expect(PERMISSION).answer(403, r#"{"message": "Must be an admin"}"#)]);
    let sentence =
        "the token's account must administer the repository to read what others may do (the forge: Must be an admin)";
    assert_eq!(
        access(&repository(), &ana()),
        Err(OutboundError::Forbidden(sentence.into()))
    );
}

const PULL: &str = "GET /repos/acme/widgets/pulls/5";

fn pull(state: &str, head: &str) -> String {
    format!(
        r#"{{"id": 99, "number": 5, "title": "WIP: a", "state": "{state}", "draft": true, "merged": false,
            "user": {{"id": 7, "login": "ana"}}, "head": {head},
            "base": {{"label": "main", "ref": "main", "sha": "{OTHER}", "repo_id": 42}}}}"#
    )
}

#[test]
fn a_repository_is_found_by_its_path() {
    let call = "GET /repos/acme/widgets";
    let shown = |branch: &str| format!(r#"{{"id": 43, "full_name": "acme/widgets", "default_branch": "{branch}"}}"#);
    let _forge = script([
        expect(call).answer(200, &shown("trunk")),
        expect(call).answer(200, &shown("")),
        expect(call).answer(404, "{}"),
    ]);
    let now = find_repository(&repository()).unwrap();
    assert_eq!((now.id.as_str(), now.default_branch.as_deref()), ("43", Some("trunk")));
    assert_eq!(
        find_repository(&repository()).unwrap().default_branch,
        None,
        "it is empty"
    );
    assert_eq!(find_repository(&repository()), Err(OutboundError::NotFound));
}

#[test]
fn a_pull_request_is_read_as_it_stands() {
    let head = format!(r#"{{"label": "ana:topic", "ref": "topic", "sha": "{SHA}", "repo_id": 43}}"#);
    let _forge = script([expect(PULL).answer(200, &pull("open", &head))]);
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
    let _forge = script([expect(PULL).answer(200, &pull("closed", &head))]);
    let found = find_pull_request(&repository(), 5).unwrap();
    assert!(found.fork && !found.open && found.head_repository_id.is_none());
}

#[test]
fn a_pull_request_without_a_head_is_malformed() {
    let head = r#"{"label": "topic", "ref": "topic", "sha": "", "repo_id": 42}"#;
    let _forge = script([expect(PULL).answer(200, &pull("open", head))]);
    assert!(matches!(
        find_pull_request(&repository(), 5),
        Err(OutboundError::Malformed(_))
    ));
    drop(_forge);
    common_answers_to(PULL, || find_pull_request(&repository(), 5));
    malformed_answers_to(PULL, || find_pull_request(&repository(), 5));
    let _forge = script([expect(PULL).answer(404, "{}")]);
    assert_eq!(find_pull_request(&repository(), 5), Err(OutboundError::NotFound));
}

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
    let _forge = script([
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
    let _forge = script([expect(REVIEWS).answer(200, &format!("[{}]", reviews.join(",")))]);
    let found = approvals(&repository(), 5).unwrap();
    let seen: Vec<_> = found.iter().map(|a| (a.by.login.as_str(), a.stale)).collect();
    assert_eq!(seen, [("u7", true), ("u8", true), ("u10", false)]);
}

#[test]
fn reviews_fail_as_all_questions_do() {
    common_answers_to(REVIEWS, || approvals(&repository(), 5));
    malformed_answers_to(REVIEWS, || approvals(&repository(), 5));
}

#[test]
fn a_full_ref_is_what_it_says() {
    let branch = format!(r#"{{"name": "a/b", "commit": {{"id": "{SHA}"}}}}"#);
    let tag = format!(r#"{{"name": "v1", "id": "{OTHER}", "commit": {{"sha": "{SHA}"}}}}"#);
    let head = format!(r#"{{"head": {{"sha": "{SHA}"}}}}"#);
    for (name, line, body) in [
        ("refs/heads/a/b", "GET /repos/acme/widgets/branches/a/b", branch),
        ("refs/tags/v1", "GET /repos/acme/widgets/tags/v1", tag),
        ("refs/pull/5/head", PULL, head),
    ] {
        let _forge = script([expect(line).answer(200, &body)]);
        assert_eq!(resolve(&repository(), name).as_deref(), Ok(SHA), "{name}");
        drop(_forge);
        common_answers_to(line, || resolve(&repository(), name));
        malformed_answers_to(line, || resolve(&repository(), name));
    }
}

#[test]
fn a_short_name_is_a_branch_or_a_tag_or_a_commit() {
    let branches = |name: &str| expect(&format!("GET /repos/acme/widgets/branches/{name}"));
    let tags = |name: &str| expect(&format!("GET /repos/acme/widgets/tags/{name}"));
    let tag = format!(r#"{{"commit": {{"sha": "{SHA}"}}}}"#);
    let _forge = script([branches("v1").answer(404, "{}"), tags("v1").answer(200, &tag)]);
    assert_eq!(resolve(&repository(), "v1").as_deref(), Ok(SHA));
    drop(_forge);
    let _forge = script([
        branches(SHA).answer(404, "{}"),
        tags(SHA).answer(404, "{}"),
        expect(&format!("GET /repos/acme/widgets/git/commits/{SHA}")).answer(200, &format!(r#"{{"sha": "{SHA}"}}"#)),
    ]);
    assert_eq!(resolve(&repository(), SHA).as_deref(), Ok(SHA));
    drop(_forge);
    let _forge = script([branches("gone").answer(404, "{}"), tags("gone").answer(404, "{}")]);
    assert_eq!(resolve(&repository(), "gone"), Err(OutboundError::NotFound));
}

#[test]
fn heads_are_branches_first_and_then_open_pull_requests() {
    let line = "GET /repos/acme/widgets/branches?page=1&limit=50";
    let branches = format!(r#"[{{"name": "main", "commit": {{"id": "{SHA}"}}}}]"#);
    let next = [("link", r#"<https://git.example.com/x?page=2>; rel="next""#)];
    let pulls = format!(r#"[{{"number": 5, "head": {{"sha": "{OTHER}"}}}}]"#);
    let _forge = script([
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
    let _forge = script([expect("GET /repos/acme/widgets/pulls?page=1&limit=50&state=open").answer(404, "{}")]);
    let page = heads(&repository(), Some("pulls-1")).unwrap();
    assert_eq!((page.heads.len(), page.next), (0, None));
}

#[test]
fn repositories_come_in_pages() {
    let line = "GET /user/repos?page=1&limit=50";
    let next = [("link", r#"<https://git.example.com/x?page=2>; rel="next""#)];
    let _forge = script([expect(line).answer_with(200, &next, r#"[{"id": 42, "full_name": "acme/widgets"}]"#)]);
    let page = repositories(None).unwrap();
    assert_eq!((page.repositories, page.next), (vec![repository()], Some("2".into())));
    drop(_forge);
    common_answers_to(line, || repositories(None));
    malformed_answers_to(line, || repositories(None));
}

#[test]
fn a_repository_whose_path_is_no_path_is_never_asked_about() {
    let nowhere = RepositoryRef {
        id: None,
        full_name: "widgets".into(),
    };
    let _forge = script([]);
    assert!(matches!(
        find_pull_request(&nowhere, 5),
        Err(OutboundError::Rejected(_))
    ));
    assert!(matches!(resolve(&nowhere, "main"), Err(OutboundError::Rejected(_))));
}
