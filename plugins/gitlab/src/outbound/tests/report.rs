//! Statuses.

use forgegate_sdk::outbound::{Status, StatusState};

use super::*;
use crate::outbound::report::report;

fn post() -> Step {
    expect(&format!("POST /projects/15/statuses/{SHA}"))
}

fn made() -> Step {
    post().answer(201, r#"{"id":93,"status":"success","pipeline_id":47}"#)
}

fn status(state: StatusState) -> Status {
    Status {
        repository: repository(),
        sha: SHA.into(),
        ref_: Some("refs/heads/main".into()),
        fetch_ref: None,
        context: "forgegate/acme/widgets".into(),
        state,
        description: Some("All is well.".into()),
        url: Some("https://ci.example.com/e/1".into()),
        external_id: "e1".into(),
        previous: None,
        attempted: false,
    }
}

fn of_request(state: StatusState) -> Status {
    Status {
        ref_: Some("refs/heads/topic".into()),
        fetch_ref: Some("refs/merge-requests/4/head".into()),
        ..status(state)
    }
}

fn body(state: &str, more: &str) -> String {
    format!(
        r#"{{"state":"{state}","name":"forgegate/acme/widgets",{more}
            "target_url":"https://ci.example.com/e/1","description":"All is well."}}"#
    )
}

#[test]
fn each_state_has_its_word() {
    for (state, word) in [
        (StatusState::Queued, "pending"),
        (StatusState::ActionRequired, "pending"),
        (StatusState::Running, "running"),
        (StatusState::Succeeded, "success"),
        (StatusState::Failed, "failed"),
        (StatusState::Errored, "failed"),
        (StatusState::Cancelled, "canceled"),
        (StatusState::Skipped, "skipped"),
    ] {
        let _forge = forge([made().body(&body(word, r#""ref":"main","#))]);
        assert_eq!(report(&status(state)), Ok(Some("47".into())), "{word}");
    }
}

#[test]
fn a_later_report_goes_to_the_same_pipeline_and_elsewhere_when_that_is_gone() {
    let with_pipeline = body("success", r#""ref":"main","pipeline_id":"46","#);
    let without = body("success", r#""ref":"main","#);
    let status = Status {
        previous: Some("46".into()),
        ..status(StatusState::Succeeded)
    };
    for gone in [404, 422] {
        let _forge = forge([post().body(&with_pipeline).answer(gone, "{}"), made().body(&without)]);
        assert_eq!(report(&status), Ok(Some("47".into())));
    }
}

#[test]
fn a_merge_request_is_told_by_its_commit_and_a_forks_by_its_ref() {
    let own = forge([made().body(&body("running", ""))]);
    assert_eq!(report(&of_request(StatusState::Running)), Ok(Some("47".into())));
    drop(own);
    let by_ref = r#""ref":"refs/merge-requests/4/head","#;
    let first = forge([
        post().answer(404, &refused("404 References for commit Not Found")),
        made().body(&body("running", by_ref)),
    ]);
    let previous = report(&of_request(StatusState::Running)).unwrap();
    drop(first);
    // From then on at once.
    let by_both = r#""ref":"refs/merge-requests/4/head","pipeline_id":"47","#;
    let _forge = forge([made().body(&body("success", by_both))]);
    let later = Status {
        previous: previous.clone(),
        ..of_request(StatusState::Succeeded)
    };
    assert_eq!(report(&later), Ok(previous));
}

#[test]
fn a_state_that_stands_already_is_success() {
    for (state, text) in [
        (
            StatusState::Queued,
            "Cannot transition status via :enqueue from :pending (Reason(s): Status)",
        ),
        (
            StatusState::Queued,
            "Cannot transition status via :enqueue from :running",
        ),
        (StatusState::Running, "Cannot transition status via :run from :running"),
        (
            StatusState::Succeeded,
            "Cannot transition status via :succeed from :success",
        ),
    ] {
        let _forge = forge([post().answer(400, &refused(text))]);
        assert_eq!(report(&status(state)), Ok(None), "{text}");
    }
}

#[test]
fn an_end_that_does_not_show_is_no_success() {
    for text in [
        "Cannot transition status via :succeed from :failed",
        "name has already been taken",
    ] {
        let _forge = forge([post().answer(400, &refused(text))]);
        let said = OutboundError::Rejected(text.into());
        assert_eq!(report(&status(StatusState::Succeeded)), Err(said));
    }
}

#[test]
fn another_update_in_progress_is_waited_for() {
    let said = refused("Another update to this commit status is in progress");
    let _forge = forge([post().answer(409, &said)]);
    assert_eq!(
        report(&status(StatusState::Succeeded)),
        Err(OutboundError::TryLater(None))
    );
}

#[test]
fn what_is_too_long_is_cut_and_what_is_no_address_left_out() {
    let long = Status {
        context: "ü".repeat(300),
        description: Some("é".repeat(300)),
        url: Some("ftp://x.example".into()),
        ref_: None,
        ..status(StatusState::Succeeded)
    };
    let (name, description) = ("ü".repeat(254), "é".repeat(254));
    let body = format!(r#"{{"state":"success","name":"{name}…","description":"{description}…"}}"#);
    let _forge = forge([made().body(&body)]);
    assert_eq!(report(&long), Ok(Some("47".into())));
}

fn lookup() -> Step {
    let path = format!("GET /projects/15/repository/commits/{SHA}/statuses");
    expect(&format!("{path}?name=forgegate/acme/widgets&per_page=100"))
}

fn shown(author: u32) -> String {
    let url = r#""target_url":"https://ci.example.com/e/1""#;
    format!(r#"[{{"id":93,"status":"success",{url},"author":{{"id":{author},"username":"bot"}}}}]"#)
}

#[test]
fn what_may_have_arrived_is_looked_up_among_our_own() {
    let tried = Status {
        attempted: true,
        previous: Some("47".into()),
        ..status(StatusState::Succeeded)
    };
    let there = forge([lookup().answer(200, &shown(9)), own()]);
    assert_eq!(report(&tried), Ok(Some("47".into())));
    drop(there);
    let anothers = forge([lookup().answer(200, &shown(8)), own(), made()]);
    assert_eq!(report(&tried), Ok(Some("47".into())));
    drop(anothers);
    for (status, nothing) in [(200, "[]"), (404, "{}")] {
        let _forge = forge([lookup().answer(status, nothing), made()]);
        assert_eq!(report(&tried), Ok(Some("47".into())));
    }
    // What still runs GitLab finds by itself.
    let _forge = forge([made()]);
    let running = Status {
        attempted: true,
        ..status(StatusState::Running)
    };
    assert_eq!(report(&running), Ok(Some("47".into())));
}

#[test]
fn a_report_takes_a_no() {
    let line = format!("POST /projects/15/statuses/{SHA}");
    let no = [
        (post().answer(401, "{}"), OutboundError::Unauthorized),
        (
            post().answer(403, &refused("403 Forbidden")),
            OutboundError::Forbidden("403 Forbidden".into()),
        ),
        (post().answer(404, "{}"), OutboundError::NotFound),
        (
            expect(&line).answer_with(429, &[("retry-after", "9")], "Retry later"),
            OutboundError::TryLater(Some(9)),
        ),
        (post().answer(502, "<html>"), OutboundError::TryLater(None)),
    ];
    for (step, error) in no {
        let _forge = forge([step]);
        assert_eq!(report(&status(StatusState::Failed)), Err(error));
    }
    let _forge = forge([post().answer(201, "<html>")]);
    assert!(matches!(
        report(&status(StatusState::Failed)),
        Err(OutboundError::Malformed(_))
    ));
}
