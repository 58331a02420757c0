//! Refs.

use super::*;
use crate::outbound::resolve::resolve;

#[test]
fn a_project_without_a_number_is_named_by_one_segment() {
    let repository = RepositoryRef {
        id: None,
        ..repository()
    };
    let line = "GET /projects/acme/tools/widgets/repository/tags/v1";
    let body = format!(r#"{{"commit":{{"id":"{SHA}"}}}}"#);
    let _forge = forge([expect(line).answer(200, &body)]);
    // Five segments: the templates take no more.
    assert_eq!(resolve(&repository, "refs/tags/v1").as_deref(), Ok(SHA));
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
        assert_eq!(resolve(&repository(), name).as_deref(), Ok(SHA), "{name}");
    }
    let _forge = forge([expect("GET /projects/15/repository/branches/gone").answer(404, "{}")]);
    assert_eq!(resolve(&repository(), "refs/heads/gone"), Err(OutboundError::NotFound));
}
