//! Merge requests.

use super::*;
use crate::outbound::pull_request::find_pull_request;

const REQUEST: &str = "GET /projects/15/merge_requests/4";

fn request(fields: &str) -> String {
    format!(
        r#"{{"iid":4,"sha":"{SHA}","source_branch":"topic","target_branch":"main","source_project_id":15,
            "target_project_id":15,"state":"opened","title":"A change","labels":["bug"],"draft":false,"author":{{"id":7,"username":"ada"}}{fields}}}"#
    )
}

#[test]
fn a_merge_request_is_found_as_it_stands() {
    let _forge = forge([expect(REQUEST).answer(200, &request(""))]);
    let found = find_pull_request(&repository(), 4).unwrap();
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
        assert!(find_pull_request(&repository(), 4).unwrap().fork, "{source}");
    }
    for state in ["closed", "merged", "locked"] {
        let body = request("").replace("opened", state);
        let _forge = forge([expect(REQUEST).answer(200, &body)]);
        assert!(!find_pull_request(&repository(), 4).unwrap().open, "{state}");
    }
}

#[test]
fn a_merge_request_without_a_commit_is_rejected() {
    let body = request("").replace(&format!("\"{SHA}\""), "null");
    let _forge = forge([expect(REQUEST).answer(200, &body)]);
    assert!(matches!(
        find_pull_request(&repository(), 4),
        Err(OutboundError::Rejected(_))
    ));
}
