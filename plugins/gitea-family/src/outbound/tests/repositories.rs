//! Repositories.

use forgegate_sdk::outbound::OutboundError;
use forgegate_sdk::testing::expect;

use super::{common_answers_to, forge, malformed_answers_to, repository};
use crate::outbound::repositories::find_repository;
use crate::outbound::repositories::repositories;

#[test]
fn a_repository_is_found_by_its_path() {
    let call = "GET /repos/acme/widgets";
    let shown = |branch: &str| format!(r#"{{"id": 43, "full_name": "acme/widgets", "default_branch": "{branch}"}}"#);
    let _forge = forge([
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
fn repositories_come_in_pages() {
    let line = "GET /user/repos?page=1&limit=50";
    let next = [("link", r#"<https://git.example.com/x?page=2>; rel="next""#)];
    let _forge = forge([expect(line).answer_with(200, &next, r#"[{"id": 42, "full_name": "acme/widgets"}]"#)]);
    let page = repositories(None).unwrap();
    assert_eq!((page.repositories, page.next), (vec![repository()], Some("2".into())));
    drop(_forge);
    common_answers_to(line, || repositories(None));
    malformed_answers_to(line, || repositories(None));
}
