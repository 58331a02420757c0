//! Statuses.

use forgegate_sdk::outbound::{OutboundError, Status, StatusState};
use forgegate_sdk::testing::expect;

use super::{SHA, common_answers_to, forge, repository};
use crate::outbound::report::report;

const STATUS: &str = "POST /repos/acme/widgets/statuses/2222222222222222222222222222222222222222";

fn status(state: StatusState) -> Status {
    Status {
        repository: repository(),
        sha: SHA.into(),
        ref_: Some("refs/heads/main".into()),
        fetch_ref: None,
        context: "forgegate/widgets".into(),
        state,
        description: Some("It \"went\" well".into()),
        url: Some("https://gate.example.com/1".into()),
        external_id: "1".into(),
        previous: None,
        attempted: true,
    }
}

#[test]
fn every_state_has_its_word() {
    for (state, word) in [
        (StatusState::Queued, "pending"),
        (StatusState::Running, "pending"),
        (StatusState::ActionRequired, "pending"),
        (StatusState::Succeeded, "success"),
        (StatusState::Skipped, "success"),
        (StatusState::Failed, "failure"),
        (StatusState::Errored, "error"),
        (StatusState::Cancelled, "error"),
    ] {
        let body = format!(
            r#"{{"state": "{word}", "context": "forgegate/widgets", "description": "It \"went\" well",
                "target_url": "https://gate.example.com/1"}}"#
        );
        let _forge = forge([expect(STATUS)
            .body(&body)
            .answer(201, r#"{"id": 3, "status": "success"}"#)]);
        assert_eq!(report(&status(state)), Ok(None), "{word}");
    }
}

#[test]
fn what_there_is_not_is_left_out_of_a_status() {
    let bare = Status {
        description: None,
        url: None,
        ..status(StatusState::Queued)
    };
    let body = r#"{"state": "pending", "context": "forgegate/widgets"}"#;
    let _forge = forge([expect(STATUS).body(body).answer(201, "{}")]);
    assert_eq!(report(&bare), Ok(None));
}

#[test]
fn a_status_fails_with_what_is_missing() {
    common_answers_to(STATUS, || report(&status(StatusState::Failed)));
    let refused = |code, body| {
        let _forge = forge([expect(STATUS).answer(code, body)]);
        report(&status(StatusState::Failed)).unwrap_err()
    };
    let OutboundError::Forbidden(text) = refused(403, r#"{"message": "no scope"}"#) else {
        panic!("not forbidden");
    };
    assert!(text.contains("write:repository") && text.contains("no scope"), "{text}");
    assert_eq!(refused(404, "{}"), OutboundError::NotFound);
    assert_eq!(
        refused(422, r#"{"message": "bad state"}"#),
        OutboundError::Rejected("bad state".into())
    );
}
