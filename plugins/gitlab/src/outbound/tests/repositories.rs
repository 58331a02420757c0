//! Projects.

use super::*;
use crate::outbound::repositories::find_repository;
use crate::outbound::repositories::repositories;

#[test]
fn a_project_is_found_by_its_path() {
    let call = format!("GET /projects/{}", repository().full_name);
    let body = r#"{"id": 16, "path_with_namespace": "acme/widgets", "default_branch": null}"#;
    let _forge = forge([expect(&call).answer(200, body), expect(&call).answer(404, "{}")]);
    let found = find_repository(&repository()).unwrap();
    assert_eq!((found.id.as_str(), found.default_branch), ("16", None));
    assert_eq!(find_repository(&repository()), Err(OutboundError::NotFound));
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
