use forgegate_sdk::outbound::{CallError, ProbeReport};

use super::*;
use crate::outbound::probe::probe;

fn who() -> Step {
    expect("GET /user").answer(200, r#"{"id":7,"username":"ada"}"#)
}

fn token(scopes: &str) -> Step {
    let body = format!(r#"{{"id":1,"scopes":[{scopes}],"active":true,"expires_at":"2027-01-01"}}"#);
    expect("GET /personal_access_tokens/self").answer(200, &body)
}

fn place(more: &str) -> Step {
    let body = format!(r#"{{"id":15,"path_with_namespace":"acme/tools/widgets"{more}}}"#);
    expect("GET /projects/15").answer(200, &body)
}

fn member(level: u32) -> Step {
    let body = format!(r#"{{"access_level":{level},"state":"active"}}"#);
    expect("GET /projects/15/members/all/7").answer(200, &body)
}

fn of<'a>(report: &'a ProbeReport, check: &str) -> (Option<bool>, &'a str) {
    let finding = report.findings.iter().find(|finding| finding.check == check);
    let finding = finding.unwrap_or_else(|| panic!("nothing of `{check}`"));
    (finding.ok, &finding.sentence)
}

fn try_it(steps: impl IntoIterator<Item = Step>) -> ProbeReport {
    let _forge = forge(steps);
    probe(Some(&repository())).unwrap()
}

#[test]
fn a_maintainers_token_may_everything() {
    let report = try_it([who(), token(r#""read_user","api""#), place(""), member(40)]);
    assert_eq!(report.account, Some(ada()));
    assert!(
        report.findings.iter().all(|finding| finding.ok == Some(true)),
        "{report:?}"
    );
    assert_eq!(
        of(&report, "token").1,
        "GitLab accepts the token, which is that of `ada`."
    );
    assert!(of(&report, "expiry").1.contains("2027-01-01"));
    assert_eq!(
        of(&report, "post_status").1,
        "The token may set statuses of commits of `acme/tools/widgets`."
    );
}

#[test]
fn what_is_missing_is_named() {
    let report = try_it([who(), token(r#""api""#), place(""), member(30)]);
    assert_eq!(of(&report, "post_status").0, Some(true));
    let sentence = "The token may not look after webhooks: its account must be Maintainer of `acme/tools/widgets`, and is Developer.";
    assert_eq!(of(&report, "hooks"), (Some(false), sentence));
    let report = try_it([who(), token(r#""api""#), place(""), member(20)]);
    assert_eq!(of(&report, "post_status").0, Some(false));
    assert_eq!(of(&report, "read_access").0, Some(true));
    let report = try_it([who(), token(r#""read_api""#), place(""), member(40)]);
    assert_eq!(
        of(&report, "scopes").1,
        "The token lacks the scope `api`; it has: read_api."
    );
    assert_eq!(
        of(&report, "post_status"),
        (
            Some(false),
            "The token may not set statuses of commits: it lacks the scope `api`."
        )
    );
}

#[test]
fn scopes_that_gitlab_does_not_tell_leave_it_open() {
    for status in [401, 403, 404] {
        let untold = expect("GET /personal_access_tokens/self").answer(status, "{}");
        let report = try_it([who(), untold, place(""), member(40)]);
        assert_eq!((of(&report, "scopes").0, of(&report, "post_status").0), (None, None));
    }
}

#[test]
fn a_project_that_is_not_seen_or_not_joined_is_told() {
    let unseen = expect("GET /projects/15").answer(404, r#"{"message":"404 Project Not Found"}"#);
    let report = try_it([who(), token(r#""api""#), unseen]);
    for check in ["post_status", "read_access", "hooks"] {
        let (ok, sentence) = of(&report, check);
        assert!(ok == Some(false) && sentence.contains("does not see `acme/tools/widgets`"));
    }
    let stranger = expect("GET /projects/15/members/all/7").answer(404, r#"{"message":"404 Not found"}"#);
    let report = try_it([who(), token(r#""api""#), place(""), stranger]);
    assert!(of(&report, "post_status").1.ends_with("and is no member."));
    assert_eq!(of(&report, "read_access").0, Some(false));
}

#[test]
fn an_administrator_need_be_no_member() {
    let admin = expect("GET /user").answer(200, r#"{"id":7,"username":"ada","is_admin":true}"#);
    let report = try_it([admin, token(r#""api""#), place("")]);
    assert_eq!(of(&report, "hooks").0, Some(true));
}

#[test]
fn what_stands_in_everybodys_way_is_told() {
    let report = try_it([who(), token(r#""api""#), place(r#","archived":true"#), member(40)]);
    assert_eq!(of(&report, "post_status").0, Some(false));
    assert!(of(&report, "post_status").1.contains("archived"));
    let off = r#","archived":false,"builds_access_level":"disabled""#;
    let report = try_it([who(), token(r#""api""#), place(off), member(40)]);
    assert_eq!(of(&report, "post_status").0, None);
}

#[test]
fn a_token_is_tried_without_a_project_too() {
    let _forge = forge([who(), token(r#""api""#)]);
    let report = probe(None).unwrap();
    let checks: Vec<_> = report.findings.iter().map(|finding| finding.check.as_str()).collect();
    assert_eq!(checks, ["reachable", "token", "scopes", "expiry"]);
}

#[test]
fn a_no_is_a_finding_and_what_passes_an_error() {
    let first = |step: Step| {
        let _forge = forge([step]);
        probe(None)
    };
    let who = || expect("GET /user");
    let report = first(who().answer(401, r#"{"message":"401 Unauthorized"}"#)).unwrap();
    assert_eq!(
        (of(&report, "reachable").0, of(&report, "token").0),
        (Some(true), Some(false))
    );
    let report = first(who().answer(403, r#"{"error":"insufficient_scope"}"#)).unwrap();
    assert!(of(&report, "token").1.contains("scope `api`"));
    for step in [
        who().answer(404, "<html>"),
        who().answer(301, ""),
        who().fails(CallError::Unreachable("no route".into())),
        who().fails(CallError::TimedOut),
    ] {
        assert_eq!(of(&first(step).unwrap(), "reachable").0, Some(false));
    }
    let limited = first(who().answer_with(429, &[("retry-after", "3")], "Retry later"));
    assert_eq!(limited, Err(OutboundError::TryLater(Some(3))));
    let malformed = first(who().answer(200, r#"{"id":"x"}"#));
    assert!(matches!(malformed, Err(OutboundError::Malformed(_))));
}
