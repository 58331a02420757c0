//! Refs.

use forgegate_sdk::outbound::OutboundError;
use forgegate_sdk::testing::expect;

use super::{OTHER, SHA, common_answers_to, forge, malformed_answers_to, repository};
use crate::outbound::resolve::resolve;

#[test]
fn a_full_ref_is_what_it_says() {
    let branch = format!(r#"{{"name": "a/b", "commit": {{"id": "{SHA}"}}}}"#);
    let tag = format!(r#"{{"name": "v1", "id": "{OTHER}", "commit": {{"sha": "{SHA}"}}}}"#);
    let head = format!(r#"{{"head": {{"sha": "{SHA}"}}}}"#);
    for (name, line, body) in [
        ("refs/heads/a/b", "GET /repos/acme/widgets/branches/a/b", branch),
        ("refs/tags/v1", "GET /repos/acme/widgets/tags/v1", tag),
        ("refs/pull/5/head", "GET /repos/acme/widgets/pulls/5", head),
    ] {
        let _forge = forge([expect(line).answer(200, &body)]);
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
    let _forge = forge([branches("v1").answer(404, "{}"), tags("v1").answer(200, &tag)]);
    assert_eq!(resolve(&repository(), "v1").as_deref(), Ok(SHA));
    drop(_forge);
    let _forge = forge([
        branches(SHA).answer(404, "{}"),
        tags(SHA).answer(404, "{}"),
        expect(&format!("GET /repos/acme/widgets/git/commits/{SHA}")).answer(200, &format!(r#"{{"sha": "{SHA}"}}"#)),
    ]);
    assert_eq!(resolve(&repository(), SHA).as_deref(), Ok(SHA));
    drop(_forge);
    let _forge = forge([branches("gone").answer(404, "{}"), tags("gone").answer(404, "{}")]);
    assert_eq!(resolve(&repository(), "gone"), Err(OutboundError::NotFound));
}
