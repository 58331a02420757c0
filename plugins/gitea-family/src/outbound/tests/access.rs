//! Access.

use forgegate_sdk::events::User;
use forgegate_sdk::outbound::{AccessLevel, OutboundError};
use forgegate_sdk::testing::expect;

use super::{ana, common_answers_to, forge, malformed_answers_to, repository};
use crate::outbound::access::access;

const PERMISSION: &str = "GET /repos/acme/widgets/collaborators/ana/permission";

fn access_with(body: &str) -> Result<AccessLevel, OutboundError> {
    let _forge = forge([expect(PERMISSION).answer(200, body)]);
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
    let _forge = forge([]);
    assert_eq!(access(&repository(), &nameless), Ok(AccessLevel::None));
    assert_eq!(access(&repository(), &gone), Ok(AccessLevel::None));
    drop(_forge);
    let _forge = forge([expect(PERMISSION).answer(404, r#"{"message": "user does not exist"}"#)]);
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
    let _forge = forge([expect(PERMISSION).answer(403, r#"{"message": "Must be an admin"}"#)]);
    let sentence =
        "the token's account must administer the repository to read what others may do (the forge: Must be an admin)";
    assert_eq!(
        access(&repository(), &ana()),
        Err(OutboundError::Forbidden(sentence.into()))
    );
}
