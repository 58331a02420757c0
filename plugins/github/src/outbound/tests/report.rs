//! Statuses: as check runs, as commit statuses, and from the one to the other.

use forgegate_sdk::outbound::{OutboundError, Status, StatusState};
use forgegate_sdk::testing::expect;
use serde_json::{Value, json};

use super::{NO_PERMISSION, NOT_FOUND, SHA, forge, repository};
use crate::outbound::report::report;

const RUNS: &str = "POST /repos/acme/widgets/check-runs";
const RUN: &str = "PATCH /repos/acme/widgets/check-runs/5";
const STATUS: &str = "POST /repos/acme/widgets/statuses/2222222222222222222222222222222222222222";
const FIND: &str = "GET /repos/acme/widgets/commits/2222222222222222222222222222222222222222/check-runs\
    ?check_name=forgegate/acme/widgets&filter=latest&per_page=100";

fn status(state: StatusState) -> Status {
    Status {
        repository: repository(),
        sha: SHA.into(),
        ref_: Some("refs/heads/main".into()),
        fetch_ref: None,
        context: "forgegate/acme/widgets".into(),
        state,
        description: None,
        url: Some("https://gate.example.com/e".into()),
        external_id: "evaluation-1".into(),
        previous: None,
        attempted: false,
    }
}

fn run(status: &str, conclusion: Option<&str>, title: &str) -> Value {
    let mut run = json!({
        "name": "forgegate/acme/widgets", "external_id": "evaluation-1", "status": status,
        "details_url": "https://gate.example.com/e", "output": {"title": title, "summary": title}, "actions": [],
    });
    if let Some(conclusion) = conclusion {
        run["conclusion"] = json!(conclusion);
    }
    run
}

fn created(mut run: Value) -> String {
    run["head_sha"] = json!(SHA);
    run.to_string()
}

#[test]
fn every_state_has_its_words() {
    for (state, word, conclusion, title) in [
        (StatusState::Queued, "queued", None, "Queued"),
        (StatusState::Running, "in_progress", None, "Running"),
        (StatusState::Succeeded, "completed", Some("success"), "Succeeded"),
        (StatusState::Failed, "completed", Some("failure"), "Failed"),
        (StatusState::Errored, "completed", Some("failure"), "Could not be tried"),
        (StatusState::Cancelled, "completed", Some("cancelled"), "Cancelled"),
        (StatusState::Skipped, "completed", Some("skipped"), "Skipped"),
    ] {
        let body = created(run(word, conclusion, title));
        let _forge = forge([expect(RUNS).body(&body).answer(201, r#"{"id": 5}"#)]);
        assert_eq!(report(&status(state)).unwrap().as_deref(), Some("5/evaluation-1"));
    }
}

#[test]
fn what_waits_for_approval_has_a_button() {
    let mut held = run("completed", Some("action_required"), "Waits for approval");
    held["actions"] = json!([{"label": "Approve", "description": "Let this commit be built", "identifier": "approve"}]);
    let button = &held["actions"][0];
    let chars = |field: &str| button[field].as_str().unwrap().chars().count();
    assert!(chars("label") <= 20 && chars("identifier") <= 20 && chars("description") <= 40);
    let _forge = forge([expect(RUNS).body(&created(held.clone())).answer(201, r#"{"id": 5}"#)]);
    report(&status(StatusState::ActionRequired)).unwrap();
}

#[test]
fn a_later_state_changes_the_run_and_takes_the_button_away() {
    let body = run("queued", None, "Queued").to_string();
    let _forge = forge([expect(RUN).body(&body).answer(200, r#"{"id": 5}"#)]);
    let mut later = status(StatusState::Queued);
    later.previous = Some("5/evaluation-1".into());
    assert_eq!(report(&later).unwrap().as_deref(), Some("5/evaluation-1"));
}

#[test]
fn another_evaluation_gets_a_run_of_its_own() {
    let _forge = forge([expect(RUNS).answer(201, r#"{"id": 6}"#)]);
    let mut again = status(StatusState::Queued);
    again.previous = Some("5/evaluation-0".into());
    assert_eq!(report(&again).unwrap().as_deref(), Some("6/evaluation-1"));
}

#[test]
fn what_an_attempt_may_have_made_is_looked_up() {
    let runs = json!({"total_count": 3, "check_runs": [
        {"id": 3, "external_id": "evaluation-0", "app": {"id": 1}},
        {"id": 4, "external_id": "evaluation-1", "app": {"id": 2}},
        {"id": 5, "external_id": "evaluation-1", "app": {"id": 1}},
    ]});
    let _forge = forge([
        expect(FIND).answer(200, &runs.to_string()),
        // Another App's that copied the number: GitHub does not let us change it.
        expect("PATCH /repos/acme/widgets/check-runs/4").answer(403, NO_PERMISSION),
        expect(RUN).answer(200, r#"{"id": 5}"#),
    ]);
    let mut attempted = status(StatusState::Running);
    attempted.attempted = true;
    assert_eq!(report(&attempted).unwrap().as_deref(), Some("5/evaluation-1"));
}

#[test]
fn an_attempt_that_made_nothing_is_made_again() {
    let _forge = forge([
        expect(FIND).answer(200, r#"{"total_count": 0, "check_runs": []}"#),
        expect(RUNS).answer(201, r#"{"id": 5}"#),
    ]);
    let mut attempted = status(StatusState::Running);
    attempted.attempted = true;
    assert_eq!(report(&attempted).unwrap().as_deref(), Some("5/evaluation-1"));
}

#[test]
fn a_run_that_is_gone_is_made_anew() {
    let _forge = forge([
        expect(RUN).answer(404, NOT_FOUND),
        expect(RUNS).answer(201, r#"{"id": 6}"#),
    ]);
    let mut later = status(StatusState::Running);
    later.previous = Some("5/evaluation-1".into());
    assert_eq!(report(&later).unwrap().as_deref(), Some("6/evaluation-1"));
}

#[test]
fn an_app_that_may_not_have_check_runs_posts_commit_statuses() {
    let body = json!({
        "state": "pending", "context": "forgegate/acme/widgets", "description": "It runs.",
        "target_url": "https://gate.example.com/e",
    });
    let _forge = forge([
        expect(FIND).answer(403, NO_PERMISSION),
        expect(RUNS).answer(403, NO_PERMISSION),
        expect(STATUS).body(&body.to_string()).answer(201, r#"{"id": 1}"#),
        expect(STATUS).answer(201, r#"{"id": 2}"#),
    ]);
    let mut running = status(StatusState::Running);
    running.description = Some("It runs.".into());
    running.attempted = true;
    let object = report(&running).unwrap();
    assert_eq!(object.as_deref(), Some("status/evaluation-1"));
    // The next report of this evaluation does not try check runs again.
    let mut done = status(StatusState::Succeeded);
    done.previous = object;
    assert_eq!(report(&done).unwrap().as_deref(), Some("status/evaluation-1"));
}

#[test]
fn every_state_has_a_word_among_commit_statuses() {
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
        let body = json!({
            "state": word, "context": "forgegate/acme/widgets", "target_url": "https://gate.example.com/e",
        });
        let _forge = forge([expect(STATUS).body(&body.to_string()).answer(201, "{}")]);
        let mut shown = status(state);
        shown.previous = Some("status/evaluation-1".into());
        report(&shown).unwrap();
    }
}

#[test]
fn a_description_is_cut_to_what_each_takes() {
    let long = "ü".repeat(300);
    let cut = |chars: usize| ["ü".repeat(chars - 1), "…".into()].concat();
    let mut check = run("completed", Some("failure"), "");
    check["output"] = json!({"title": cut(255), "summary": long});
    let posted = json!({
        "state": "failure", "context": "forgegate/acme/widgets", "description": cut(140),
        "target_url": "https://gate.example.com/e",
    });
    let _forge = forge([
        expect(RUNS).body(&created(check)).answer(403, NO_PERMISSION),
        expect(STATUS).body(&posted.to_string()).answer(201, "{}"),
    ]);
    let mut failed = status(StatusState::Failed);
    failed.description = Some(long);
    report(&failed).unwrap();
}

#[test]
fn a_title_is_the_descriptions_first_line_and_a_url_of_another_kind_is_left_out() {
    let mut check = run("completed", Some("failure"), "");
    check["output"] = json!({"title": "One", "summary": "One\ntwo"});
    check.as_object_mut().unwrap().remove("details_url");
    let _forge = forge([expect(RUNS).body(&created(check)).answer(201, r#"{"id": 5}"#)]);
    let mut failed = status(StatusState::Failed);
    failed.description = Some("One\ntwo".into());
    failed.url = Some("ssh://gate.example.com/e".into());
    report(&failed).unwrap();
}

#[test]
fn without_either_permission_it_is_forbidden() {
    let _forge = forge([
        expect(RUNS).answer(403, NO_PERMISSION),
        expect(STATUS).answer(403, NO_PERMISSION),
    ]);
    let Err(OutboundError::Forbidden(text)) = report(&status(StatusState::Queued)) else {
        panic!("not forbidden");
    };
    assert!(text.contains("Checks: read and write"), "{text}");
}

#[test]
fn a_limit_is_no_missing_permission() {
    let secondary = r#"{"message": "You have exceeded a secondary rate limit."}"#;
    let _forge = forge([
        expect(RUNS).answer(403, secondary),
        expect(RUN).answer(403, secondary),
        expect(FIND).answer(403, secondary),
    ]);
    let mut shown = status(StatusState::Queued);
    assert_eq!(report(&shown), Err(OutboundError::TryLater(Some(60))));
    shown.previous = Some("5/evaluation-1".into());
    assert_eq!(report(&shown), Err(OutboundError::TryLater(Some(60))));
    (shown.previous, shown.attempted) = (None, true);
    assert_eq!(report(&shown), Err(OutboundError::TryLater(Some(60))));
}

#[test]
fn a_commit_that_is_not_there_is_rejected() {
    let unknown = r#"{"message": "No commit found for SHA: 2222222222222222222222222222222222222222"}"#;
    let _forge = forge([
        expect(RUNS).answer(422, unknown),
        expect(STATUS).answer(422, unknown),
        expect(RUNS).answer(404, NOT_FOUND),
        expect(RUNS).answer(201, "{}"),
    ]);
    let mut shown = status(StatusState::Queued);
    assert!(matches!(report(&shown), Err(OutboundError::Rejected(text)) if text.contains("No commit")));
    shown.previous = Some("status/evaluation-1".into());
    assert!(matches!(report(&shown), Err(OutboundError::Rejected(_))));
    shown.previous = None;
    assert_eq!(report(&shown), Err(OutboundError::NotFound));
    assert!(matches!(report(&shown), Err(OutboundError::Malformed(_))));
}
