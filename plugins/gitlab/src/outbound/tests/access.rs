//! Access.

use forgegate_sdk::outbound::AccessLevel;

use super::*;
use crate::outbound::access::access;

const MEMBER: &str = "GET /projects/15/members/all/7";

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
        assert_eq!(access(&repository(), &ada()), Ok(expected), "{level}");
    }
    let _forge = forge([expect(MEMBER).answer(200, r#"{"access_level":50,"state":"blocked"}"#)]);
    assert_eq!(access(&repository(), &ada()), Ok(AccessLevel::None));
}

#[test]
fn who_is_no_member_may_nothing_and_an_unknown_project_is_an_error() {
    let member = forge([expect(MEMBER).answer(404, r#"{"message":"404 Not found"}"#)]);
    assert_eq!(access(&repository(), &ada()), Ok(AccessLevel::None));
    drop(member);
    let _forge = forge([expect(MEMBER).answer(404, r#"{"message":"404 Project Not Found"}"#)]);
    assert_eq!(access(&repository(), &ada()), Err(OutboundError::NotFound));
}

#[test]
fn a_name_without_a_number_is_nobody() {
    let _forge = forge([]);
    let by_name = User { id: None, ..ada() };
    assert!(matches!(
        access(&repository(), &by_name),
        Err(OutboundError::Rejected(_))
    ));
}
