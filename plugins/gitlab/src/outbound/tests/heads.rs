//! Heads.

use forgegate_sdk::outbound::Head;

use super::*;
use crate::outbound::heads::heads;

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
        let answer = heads(&repository(), page.as_deref()).unwrap();
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
        heads(&repository(), Some("tags 1")),
        Err(OutboundError::Rejected(_))
    ));
}
