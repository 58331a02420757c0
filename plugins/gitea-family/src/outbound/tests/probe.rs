//! The probe.

use forgegate_sdk::outbound::{CallError, ProbeReport};
use forgegate_sdk::testing::{Step, expect};

use super::{FORGE, forge, repository};
use crate::outbound::probe::probe;

const ZEROS: &str = "POST /repos/acme/widgets/statuses/0000000000000000000000000000000000000000";

fn version() -> Step {
    expect("GET /version").answer(200, r#"{"version": "1.25.1"}"#)
}

fn user() -> Step {
    expect("GET /user").answer(200, r#"{"id": 9, "login": "gate"}"#)
}

fn repo(admin: bool, push: bool) -> Step {
    let body = format!(r#"{{"id": 42, "permissions": {{"admin": {admin}, "push": {push}, "pull": true}}}}"#);
    expect("GET /repos/acme/widgets").answer(200, &body)
}

fn probed(steps: impl IntoIterator<Item = Step>) -> ProbeReport {
    let _forge = forge(steps);
    probe(&FORGE, Some(&repository())).unwrap()
}

fn verdicts(report: &ProbeReport) -> Vec<(&str, Option<bool>)> {
    report.findings.iter().map(|f| (f.check.as_str(), f.ok)).collect()
}

fn sentence<'a>(report: &'a ProbeReport, check: &str) -> &'a str {
    &report.findings.iter().find(|f| f.check == check).unwrap().sentence
}

#[test]
fn a_token_that_may_do_everything_is_said_to() {
    let report = probed([
        version(),
        user(),
        repo(true, true),
        expect(ZEROS).body(r#"{"state": 0}"#).answer(422, "{}"),
    ]);
    let all = ["reachable", "token", "post_status", "read_access"];
    assert_eq!(verdicts(&report), all.map(|check| (check, Some(true))));
    assert_eq!(report.account.as_ref().unwrap().id.as_deref(), Some("9"));
    assert_eq!(sentence(&report, "reachable"), "Gitea 1.25.1 answers.");
    assert_eq!(sentence(&report, "token"), "The token is that of gate.");
}

#[test]
fn without_a_repository_nothing_is_tried_on_one() {
    let _forge = forge([version(), user()]);
    let report = probe(&FORGE, None).unwrap();
    assert_eq!(verdicts(&report), [("reachable", Some(true)), ("token", Some(true))]);
}

#[test]
fn a_scope_that_is_missing_is_found_without_writing_anything() {
    let said = r#"{"message": "token does not have at least one of required scope(s): [write:repository]"}"#;
    let report = probed([version(), user(), repo(false, true), expect(ZEROS).answer(403, said)]);
    assert_eq!(
        verdicts(&report)[2..],
        [("post_status", Some(false)), ("read_access", Some(false))]
    );
    assert!(sentence(&report, "post_status").contains("[write:repository]"));
    assert!(sentence(&report, "read_access").contains("must administer acme/widgets"));
}

#[test]
fn an_account_that_may_not_write_is_not_tried() {
    let report = probed([version(), user(), repo(false, false)]);
    assert_eq!(verdicts(&report)[2], ("post_status", Some(false)));
    assert!(sentence(&report, "post_status").contains("needs write access to acme/widgets"));
}

#[test]
fn what_could_not_be_tried_is_neither_good_nor_bad() {
    let report = probed([version(), user(), repo(true, true), expect(ZEROS).answer(502, "")]);
    assert_eq!(verdicts(&report)[2], ("post_status", None));
    let scopeless = expect("GET /user").answer(403, r#"{"message": "no scope."}"#);
    let report = probed([version(), scopeless, expect("GET /repos/acme/widgets").answer(429, "")]);
    let all = [("token", None), ("post_status", None), ("read_access", None)];
    assert_eq!(verdicts(&report)[1..], all);
    assert!(report.account.is_none());
    assert!(sentence(&report, "token").ends_with("read:user: no scope."));
}

#[test]
fn a_repository_that_is_not_seen_is_named() {
    for code in [403, 404] {
        let report = probed([version(), user(), expect("GET /repos/acme/widgets").answer(code, "{}")]);
        assert_eq!(
            verdicts(&report)[2..],
            [("post_status", Some(false)), ("read_access", Some(false))]
        );
        assert!(sentence(&report, "read_access").contains("acme/widgets"));
    }
}

#[test]
fn a_token_that_is_not_accepted_ends_the_probe() {
    let report = probed([version(), expect("GET /user").answer(401, "{}")]);
    assert_eq!(verdicts(&report), [("reachable", Some(true)), ("token", Some(false))]);
    let report = probed([
        expect("GET /version").answer(401, "{}"),
        expect("GET /user").answer(401, "{}"),
    ]);
    assert_eq!(verdicts(&report), [("reachable", Some(true)), ("token", Some(false))]);
}

#[test]
fn a_forge_that_is_down_or_no_forge_is_a_finding() {
    let unreachable = CallError::Unreachable("connection refused".into());
    let report = probed([expect("GET /version").fails(unreachable)]);
    assert_eq!(verdicts(&report), [("reachable", Some(false))]);
    assert_eq!(
        sentence(&report, "reachable"),
        "The forge does not answer: connection refused."
    );
    for (code, body) in [(200, "<html>"), (200, "{}"), (200, "[]"), (404, ""), (503, "")] {
        let report = probed([expect("GET /version").answer(code, body)]);
        assert_eq!(verdicts(&report), [("reachable", Some(false))], "{code} {body}");
    }
}
