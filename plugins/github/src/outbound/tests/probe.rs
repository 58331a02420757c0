//! Probes: the report for each kind of credential and repository.

use forgegate_sdk::outbound::{OutboundError, ProbeReport};
use forgegate_sdk::testing::{Step, expect};
use serde_json::json;

use super::{NO_PERMISSION, NOT_FOUND, forge, repository};
use crate::outbound::probe::probe;

const COVERED: &str = "GET /installation/repositories?per_page=1";
const CHECKS: &str = "POST /repos/acme/widgets/check-runs";
const STATUSES: &str = "POST /repos/acme/widgets/statuses/0000000000000000000000000000000000000000";
const OWNER: &str = "GET /repos/acme/widgets/collaborators/acme/permission";

fn covered() -> Step {
    expect(COVERED).answer(200, r#"{"total_count": 3, "repositories": []}"#)
}

fn seen() -> Step {
    let body = r#"{"id": 42, "full_name": "acme/widgets", "owner": {"id": 1, "login": "acme"}}"#;
    expect("GET /repos/acme/widgets").answer(200, body)
}

fn no_commit(call: &str) -> Step {
    expect(call).answer(422, r#"{"message": "No commit found for SHA"}"#)
}

fn organization() -> Step {
    expect(OWNER).answer(404, r#"{"message": "acme is not a user"}"#)
}

fn found(report: &ProbeReport) -> Vec<(&str, bool)> {
    let findings = report.findings.iter();
    findings.map(|it| (it.check.as_str(), it.ok.unwrap())).collect()
}

#[test]
fn all_is_well_with_an_installation_that_may_report() {
    let _forge = forge([covered(), seen(), no_commit(CHECKS), organization()]);
    let report = probe(Some(&repository())).unwrap();
    let expected = ["reachable", "token", "repository", "post_status", "read_access"].map(|check| (check, true));
    assert_eq!(found(&report), expected);
    assert!(report.findings[1].sentence.contains("3 repositories"));
}

#[test]
fn without_a_repository_only_the_token_is_looked_at() {
    let _forge = forge([covered()]);
    assert_eq!(found(&probe(None).unwrap()), [("reachable", true), ("token", true)]);
}

#[test]
fn missing_permissions_are_named() {
    let forbidden = |call: &str| expect(call).answer(403, NO_PERMISSION);
    let _forge = forge([
        covered(),
        seen(),
        forbidden(CHECKS),
        no_commit(STATUSES),
        forbidden(OWNER),
        covered(),
        seen(),
        forbidden(CHECKS),
        forbidden(STATUSES),
        organization(),
    ]);
    let report = probe(Some(&repository())).unwrap();
    assert_eq!(found(&report)[3..], [("post_status", true), ("read_access", false)]);
    assert!(report.findings[3].sentence.contains("Checks: read and write"));
    let report = probe(Some(&repository())).unwrap();
    assert_eq!(found(&report)[3..], [("post_status", false), ("read_access", true)]);
}

#[test]
fn a_repository_that_is_not_covered_is_a_finding() {
    let _forge = forge([covered(), expect("GET /repos/acme/widgets").answer(404, NOT_FOUND)]);
    let report = probe(Some(&repository())).unwrap();
    assert_eq!(found(&report)[2..], [("repository", false)]);
}

#[test]
fn a_token_that_is_not_accepted_is_a_finding_and_the_end() {
    let _forge = forge([expect(COVERED).answer(401, "{}")]);
    let report = probe(Some(&repository())).unwrap();
    assert_eq!(found(&report), [("reachable", true), ("token", false)]);
}

#[test]
fn the_apps_own_claims_tell_who_it_is() {
    let no_token = r#"{"message": "You must authenticate with an installation access token"}"#;
    let permissions = json!({
        "checks": "write", "statuses": "read", "contents": "write", "metadata": "read", "pull_requests": "write",
    });
    let app = json!({"id": 3, "slug": "gate", "permissions": permissions}).to_string();
    let _forge = forge([
        expect(COVERED).answer(403, no_token),
        expect("GET /app").answer(200, &app),
    ]);
    let report = probe(None).unwrap();
    let account = report.account.as_ref().unwrap();
    assert_eq!(
        (account.id.as_deref(), account.login.as_str()),
        (Some("3"), "gate[bot]")
    );
    assert_eq!(found(&report)[1..], [("token", true), ("permissions", false)]);
    let lacking = "The App lacks: Commit statuses: read and write; Merge queues: read-only.";
    assert_eq!(report.findings[2].sentence, lacking);
}

#[test]
fn a_limit_is_no_finding() {
    let limited = |call: &str| expect(call).answer_with(429, &[("retry-after", "9")], "{}");
    let _forge = forge([
        limited(COVERED),
        covered(),
        seen(),
        limited(CHECKS),
        expect(COVERED).answer(200, "{}"),
    ]);
    assert_eq!(probe(None), Err(OutboundError::TryLater(Some(9))));
    assert_eq!(probe(Some(&repository())), Err(OutboundError::TryLater(Some(9))));
    assert!(matches!(probe(None), Err(OutboundError::Malformed(_))));
}
