//! Access.

use forgegate_sdk::events::User;
use forgegate_sdk::outbound::{AccessLevel, OutboundError};
use forgegate_sdk::testing::expect;

use super::{NOT_FOUND, ana, forge, repository};
use crate::outbound::access::access;

const PERMISSION: &str = "GET /repos/acme/widgets/collaborators/ana/permission";

#[test]
fn every_permission_is_an_access_level() {
    for (word, level) in [
        ("admin", AccessLevel::Admin),
        ("write", AccessLevel::Write),
        ("read", AccessLevel::Read),
        ("none", AccessLevel::None),
    ] {
        let body = format!(r#"{{"permission": "{word}", "role_name": "x", "user": {{"id": 7, "login": "ana"}}}}"#);
        let _forge = forge([expect(PERMISSION).answer(200, &body)]);
        assert_eq!(access(&repository(), &ana()), Ok(level));
    }
}

#[test]
fn a_login_that_is_somebody_elses_by_now_has_no_access() {
    let body = r#"{"permission": "admin", "user": {"id": 8, "login": "ana"}}"#;
    let unknown = r#"{"permission": "admin", "user": null}"#;
    let _forge = forge([
        expect(PERMISSION).answer(200, body),
        expect(PERMISSION).answer(200, body),
        expect(PERMISSION).answer(200, unknown),
    ]);
    assert_eq!(access(&repository(), &ana()), Ok(AccessLevel::None));
    let nameless = User { id: None, ..ana() };
    assert_eq!(access(&repository(), &nameless), Ok(AccessLevel::None));
    assert_eq!(access(&repository(), &nameless), Ok(AccessLevel::None));
}

#[test]
fn nobody_has_no_access_and_an_unseen_repository_is_not_found() {
    let nobody = r#"{"message": "ana is not a user"}"#;
    let _forge = forge([
        expect(PERMISSION).answer(404, nobody),
        expect(PERMISSION).answer(404, NOT_FOUND),
        expect(PERMISSION).answer(200, "[]"),
    ]);
    assert_eq!(access(&repository(), &ana()), Ok(AccessLevel::None));
    assert_eq!(access(&repository(), &ana()), Err(OutboundError::NotFound));
    assert!(matches!(
        access(&repository(), &ana()),
        Ok(AccessLevel::None) | Err(OutboundError::Malformed(_))
    ));
}
