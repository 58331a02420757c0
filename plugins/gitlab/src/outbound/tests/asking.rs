use forgegate_sdk::events::ReviewState;
use forgegate_sdk::outbound::{AccessLevel, Head};

use super::super::{access, approvals, find_pull_request, find_repository, heads, repositories, resolve};
use super::*;

const MEMBER: &str = "GET /projects/15/members/all/7";
const REQUEST: &str = "GET /projects/15/merge_requests/4";

#[test]
fn levels_become_what_somebody_may_do() {
    for (level, expected) in [
        (0, AccessLevel::None),
        (5, AccessLevel::None),
        (10, AccessLevel::Read),
        (20, AccessLevel::Read),
        (30, AccessLevel::Write),
        (40, AccessLevel::Admin),
        (50, AccessLevel::Admin),
    ] {
        let body = format!(r#"{{"id":7,"access_level":{level},"state":"active"}}"#);
        let _forge = forge([expect(MEMBER).answer(200, &body)]);
        assert_eq!(access(&widgets(), &ada()), Ok(expected), "{level}");
    }
    let _forge = forge([expect(MEMBER).answer(200, r#"{"access_level":50,"state":"blocked"}"#)]);
    assert_eq!(access(&widgets(), &ada()), Ok(AccessLevel::None));
}

#[test]
fn who_is_no_member_may_nothing_and_an_unknown_project_is_an_error() {
    let member = forge([expect(MEMBER).answer(404, r#"{"message":"404 Not found"}"#)]);
    assert_eq!(access(&widgets(), &ada()), Ok(AccessLevel::None));
    drop(member);
    let _forge = forge([expect(MEMBER).answer(404, r#"{"message":"404 Project Not Found"}"#)]);
    assert_eq!(access(&widgets(), &ada()), Err(OutboundError::NotFound));
}

#[test]
fn a_name_without_a_number_is_nobody() {
    let _forge = forge([]);
    let by_name = User { id: None, ..ada() };
    assert!(matches!(access(&widgets(), &by_name), Err(OutboundError::Rejected(_))));
}

#[test]
fn a_project_without_a_number_is_named_by_one_segment() {
    let repository = RepositoryRef { id: None, ..widgets() };
    let line = "GET /projects/acme/tools/widgets/repository/tags/v1";
    let body = format!(r#"{{"commit":{{"id":"{SHA}"}}}}"#);
    let _forge = forge([expect(line).answer(200, &body)]);
    // Five segments: the templates take no more.
    assert_eq!(resolve(&repository, "refs/tags/v1").as_deref(), Ok(SHA));
}

fn request(fields: &str) -> String {
    format!(
        r#"{{"iid":4,"sha":"{SHA}","source_branch":"topic","target_branch":"main","source_project_id":15,
            "target_project_id":15,"state":"opened","title":"A change","labels":["bug"],"draft":false,"author":{{"id":7,"username":"ada"}}{fields}}}"#
    )
}

#[test]
fn a_project_is_found_by_its_path() {
    let call = format!("GET /projects/{}", widgets().full_name);
    let body = r#"{"id": 16, "path_with_namespace": "acme/widgets", "default_branch": null}"#;
    let _forge = forge([expect(&call).answer(200, body), expect(&call).answer(404, "{}")]);
    let found = find_repository(&widgets()).unwrap();
    assert_eq!((found.id.as_str(), found.default_branch), ("16", None));
    assert_eq!(find_repository(&widgets()), Err(OutboundError::NotFound));
}

#[test]
fn a_merge_request_is_found_as_it_stands() {
    let _forge = forge([expect(REQUEST).answer(200, &request(""))]);
    let found = find_pull_request(&widgets(), 4).unwrap();
    assert_eq!(
        (found.head.as_str(), found.head_ref.as_str()),
        (SHA, "refs/heads/topic")
    );
    assert_eq!(
        (found.base_ref.as_str(), found.fetch_ref.as_str()),
        ("refs/heads/main", "refs/merge-requests/4/head")
    );
    assert_eq!(found.head_repository_id.as_deref(), Some("15"));
    assert_eq!(
        (found.open, found.draft, found.fork, found.author),
        (true, false, false, ada())
    );
    assert_eq!(
        (found.title.as_str(), found.labels),
        ("A change", vec!["bug".to_owned()])
    );
}

#[test]
fn a_head_elsewhere_or_nowhere_is_a_forks() {
    for source in ["16", "null"] {
        let body = request("").replace(r#""source_project_id":15"#, &format!(r#""source_project_id":{source}"#));
        let _forge = forge([expect(REQUEST).answer(200, &body)]);
        assert!(find_pull_request(&widgets(), 4).unwrap().fork, "{source}");
    }
    for state in ["closed", "merged", "locked"] {
        let body = request("").replace("opened", state);
        let _forge = forge([expect(REQUEST).answer(200, &body)]);
        assert!(!find_pull_request(&widgets(), 4).unwrap().open, "{state}");
    }
}

#[test]
fn a_merge_request_without_a_commit_is_rejected() {
    let body = request("").replace(&format!("\"{SHA}\""), "null");
    let _forge = forge([expect(REQUEST).answer(200, &body)]);
    assert!(matches!(
        find_pull_request(&widgets(), 4),
        Err(OutboundError::Rejected(_))
    ));
}

#[test]
fn approvals_name_no_commit() {
    let body = r#"{"approved_by":[{"user":{"id":7,"username":"ada"}}]}"#;
    let _forge = forge([expect("GET /projects/15/merge_requests/4/approvals").answer(200, body)]);
    let approvals = approvals(&widgets(), 4).unwrap();
    let [one] = &approvals[..] else { panic!("{approvals:?}") };
    assert_eq!((&one.by, one.state, one.stale), (&ada(), ReviewState::Approved, false));
    assert_eq!(one.commit, None);
}

#[test]
fn a_ref_leads_to_its_commit() {
    let nested = format!(r#"{{"name":"x","commit":{{"id":"{SHA}"}}}}"#);
    let flat = format!(r#"{{"id":"{SHA}"}}"#);
    for (name, line, body) in [
        ("refs/heads/a/b", "branches/a/b", &nested),
        ("refs/tags/v1", "tags/v1", &nested),
        ("main", "commits/main", &flat),
        (
            "refs/merge-requests/4/head",
            "commits/refs/merge-requests/4/head",
            &flat,
        ),
    ] {
        let _forge = forge([expect(&format!("GET /projects/15/repository/{line}")).answer(200, body)]);
        assert_eq!(resolve(&widgets(), name).as_deref(), Ok(SHA), "{name}");
    }
    let _forge = forge([expect("GET /projects/15/repository/branches/gone").answer(404, "{}")]);
    assert_eq!(resolve(&widgets(), "refs/heads/gone"), Err(OutboundError::NotFound));
}

fn branches(page: u32) -> Step {
    expect(&format!(
        "GET /projects/15/repository/branches?per_page=100&page={page}"
    ))
}

fn requests(page: u32) -> Step {
    let query = "state=opened&order_by=created_at&sort=asc&per_page=50";
    expect(&format!("GET /projects/15/merge_requests?{query}&page={page}"))
}

#[test]
fn all_heads_are_listed_page_by_page() {
    let branch = |name: &str| format!(r#"[{{"name":"{name}","commit":{{"id":"{SHA}"}}}}]"#);
    let request = format!(r#"[{{"iid":4,"sha":"{SHA}"}},{{"iid":5,"sha":null}}]"#);
    let _forge = forge([
        branches(1).answer_with(200, &[("x-next-page", "2")], &branch("main")),
        branches(2).answer_with(200, &[("x-next-page", "")], &branch("topic")),
        requests(1).answer(200, &request),
    ]);
    let (mut met, mut page) = (Vec::new(), None);
    loop {
        let answer = heads(&widgets(), page.as_deref()).unwrap();
        met.extend(answer.heads);
        page = answer.next;
        if page.is_none() {
            break;
        }
    }
    let head = |name: &str, number| Head {
        ref_: name.into(),
        sha: SHA.into(),
        pull_request: number,
    };
    let expected = [
        head("refs/heads/main", None),
        head("refs/heads/topic", None),
        head("refs/merge-requests/4/head", Some(4)),
    ];
    assert_eq!(met, expected);
}

#[test]
fn a_page_that_was_never_named_is_rejected() {
    let _forge = forge([]);
    assert!(matches!(
        heads(&widgets(), Some("tags 1")),
        Err(OutboundError::Rejected(_))
    ));
}

#[test]
fn projects_are_listed_by_number() {
    let line = |after: u32| {
        let query = "membership=true&simple=true&order_by=id&sort=asc&per_page=100";
        expect(&format!("GET /projects?{query}&id_after={after}"))
    };
    let project = |id: u32| format!(r#"{{"id":{id},"path_with_namespace":"acme/{id}"}}"#);
    let full: Vec<String> = (1..=100).map(project).collect();
    let _forge = forge([
        line(0).answer(200, &format!("[{}]", full.join(","))),
        line(100).answer(200, &format!("[{}]", project(200))),
    ]);
    let first = repositories(None).unwrap();
    assert_eq!((first.repositories.len(), first.next.as_deref()), (100, Some("100")));
    let last = repositories(Some("100")).unwrap();
    assert_eq!(last.repositories[0].full_name, "acme/200");
    assert_eq!((last.repositories[0].id.as_deref(), last.next), (Some("200"), None));
}

#[test]
fn every_question_takes_a_no() {
    says_no(MEMBER, || access(&widgets(), &ada()));
    says_no(REQUEST, || find_pull_request(&widgets(), 4).map(|found| found.head));
    says_no("GET /projects/15/repository/commits/main", || {
        resolve(&widgets(), "main")
    });
    says_no("GET /projects/15/repository/branches?per_page=100&page=1", || {
        heads(&widgets(), None)
    });
    let query = "membership=true&simple=true&order_by=id&sort=asc&per_page=100&id_after=0";
    says_no(&format!("GET /projects?{query}"), || repositories(None));
}

#[test]
fn approvals_that_are_no_list_are_malformed() {
    let line = "GET /projects/15/merge_requests/4/approvals";
    for body in [r#"{"approved_by":{}}"#, r#"{"approved_by":[{"user":null}]}"#, "<html>"] {
        let _forge = forge([expect(line).answer(200, body)]);
        assert!(
            matches!(approvals(&widgets(), 4), Err(OutboundError::Malformed(_))),
            "{body}"
        );
    }
    let _forge = forge([expect(line).answer(404, "{}")]);
    assert_eq!(approvals(&widgets(), 4), Err(OutboundError::NotFound));
}
