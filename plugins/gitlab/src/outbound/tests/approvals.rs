//! Approvals.

use forgegate_sdk::events::ReviewState;

use super::*;
use crate::outbound::approvals::approvals;

#[test]
fn approvals_name_no_commit() {
    let body = r#"{"approved_by":[{"user":{"id":7,"username":"ada"}}]}"#;
    let _forge = forge([expect("GET /projects/15/merge_requests/4/approvals").answer(200, body)]);
    let approvals = approvals(&repository(), 4).unwrap();
    let [one] = &approvals[..] else { panic!("{approvals:?}") };
    assert_eq!((&one.by, one.state, one.stale), (&ada(), ReviewState::Approved, false));
    assert_eq!(one.commit, None);
}

#[test]
fn approvals_that_are_no_list_are_malformed() {
    let line = "GET /projects/15/merge_requests/4/approvals";
    for body in [r#"{"approved_by":{}}"#, r#"{"approved_by":[{"user":null}]}"#, "<html>"] {
        let _forge = forge([expect(line).answer(200, body)]);
        assert!(
            matches!(approvals(&repository(), 4), Err(OutboundError::Malformed(_))),
            "{body}"
        );
    }
    let _forge = forge([expect(line).answer(404, "{}")]);
    assert_eq!(approvals(&repository(), 4), Err(OutboundError::NotFound));
}
