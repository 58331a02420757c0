//! Hooks.

use forgegate_sdk::outbound::{HookOwner, HookSpec};

use super::*;
use crate::outbound::hook::ensure_hook;
use crate::outbound::hook::hook_health;
use crate::outbound::hook::test_hook;
use crate::outbound::missed::missed;

pub const URL: &str = "https://gate.example.com/api/v1/hooks/gitlab/acme/prod";

const EVENTS: [&str; 12] = [
    "push_events",
    "tag_push_events",
    "merge_requests_events",
    "note_events",
    "releases_events",
    "issues_events",
    "confidential_issues_events",
    "confidential_note_events",
    "pipeline_events",
    "job_events",
    "deployment_events",
    "wiki_page_events",
];

pub fn project() -> HookOwner {
    HookOwner::Repository(repository())
}

fn group() -> HookOwner {
    HookOwner::Organization("acme".into())
}

pub fn list(page: u32) -> Step {
    expect(&format!("GET /projects/15/hooks?per_page=100&page={page}"))
}

pub fn hook(id: u32, url: &str, more: &str) -> String {
    let events: Vec<String> = EVENTS.iter().map(|event| format!(r#""{event}":true"#)).collect();
    let events = events.join(",");
    format!(
        r#"{{"id":{id},"url":"{url}","enable_ssl_verification":true,"push_events_branch_filter":"",{events}{more}}}"#
    )
}

fn body(token: bool) -> String {
    let events: Vec<String> = EVENTS.iter().map(|event| format!(r#""{event}":true"#)).collect();
    let token = if token { r#","token":"{webhook-secret}""# } else { "" };
    format!(
        r#"{{"url":"{URL}",{},"enable_ssl_verification":true,"push_events_branch_filter":"","custom_webhook_template":""{token}}}"#,
        events.join(",")
    )
}

fn spec(owner: HookOwner) -> HookSpec {
    HookSpec {
        owner,
        url: URL.into(),
        rotate: false,
    }
}

#[test]
fn the_form_and_the_hook_tick_the_same() {
    let ticked = crate::outbound::hook::EVENTS.map(|(_, words)| words);
    assert_eq!(describe().hook.events, ticked);
}

#[test]
fn a_hook_that_is_missing_is_made() {
    let others = format!("[{}]", hook(1, "https://elsewhere.example/x", ""));
    let _forge = forge([
        list(1).answer_with(200, &[("x-next-page", "2")], &others),
        list(2).answer(200, "[]"),
        expect("POST /projects/15/hooks")
            .body(&body(true))
            .answer(201, &hook(2, URL, "")),
    ]);
    let made = ensure_hook(&spec(project())).unwrap();
    assert_eq!((made.id.as_str(), made.created, made.changed.len()), ("2", true, 0));
}

#[test]
fn a_hook_that_is_as_it_should_be_is_left_alone() {
    let _forge = forge([list(1).answer(200, &format!("[{}]", hook(2, URL, r#","token_present":true"#)))]);
    let there = ensure_hook(&spec(project())).unwrap();
    assert_eq!((there.id.as_str(), there.created, there.changed.len()), ("2", false, 0));
}

#[test]
fn what_differs_is_repaired_and_told_in_the_words_of_the_form() {
    let broken = hook(2, URL, "")
        .replace(r#""note_events":true"#, r#""note_events":false"#)
        .replace(
            r#""enable_ssl_verification":true"#,
            r#""enable_ssl_verification":false"#,
        )
        .replace(r#"_filter":"""#, r#"_filter":"main""#);
    let _forge = forge([
        list(1).answer(200, &format!("[{broken}]")),
        expect("PUT /projects/15/hooks/2").body(&body(false)).answer(200, "{}"),
    ]);
    let repaired = ensure_hook(&spec(project())).unwrap();
    assert_eq!(
        repaired.changed,
        ["Comments", "SSL verification", "Branch filter of push events"]
    );
}

#[test]
fn a_secret_is_written_when_it_is_rotated_or_missing() {
    for (more, rotate) in [("", true), (r#","token_present":false"#, false)] {
        let _forge = forge([
            list(1).answer(200, &format!("[{}]", hook(2, URL, more))),
            expect("PUT /projects/15/hooks/2").body(&body(true)).answer(200, "{}"),
        ]);
        let wish = HookSpec {
            rotate,
            ..spec(project())
        };
        assert_eq!(ensure_hook(&wish).unwrap().changed, ["Secret token"]);
    }
}

#[test]
fn hooks_of_a_group_have_a_path_of_their_own() {
    let list = || expect("GET /groups/acme/hooks?per_page=100&page=1");
    let made = forge([
        list().answer(200, "[]"),
        expect("POST /groups/acme/hooks")
            .body(&body(true))
            .answer(201, &hook(3, URL, "")),
    ]);
    assert_eq!(ensure_hook(&spec(group())).unwrap().id, "3");
    drop(made);
    let _forge = forge([list().answer(404, "{}")]);
    let error = ensure_hook(&spec(group())).unwrap_err();
    assert!(
        matches!(&error, OutboundError::Rejected(text) if text.contains("Premium")),
        "{error:?}"
    );
}

#[test]
fn a_refusal_names_the_role() {
    for (place, line, role) in [
        (project(), "GET /projects/15/hooks?per_page=100&page=1", "Maintainer"),
        (group(), "GET /groups/acme/hooks?per_page=100&page=1", "Owner"),
    ] {
        let _forge = forge([expect(line).answer(403, r#"{"message":"403 Forbidden"}"#)]);
        let error = ensure_hook(&spec(place)).unwrap_err();
        assert!(
            matches!(&error, OutboundError::Forbidden(text) if text.contains(role)),
            "{error:?}"
        );
    }
}

#[test]
fn hooks_take_a_no() {
    let line = "GET /projects/15/hooks?per_page=100&page=1";
    says_no(line, || ensure_hook(&spec(project())));
    says_no(line, || hook_health(&project(), URL));
    says_no(line, || missed(&project(), "2026-01-01T00:00:00Z"));
    let _forge = forge([expect("POST /projects/15/hooks/2/test/push_events")
        .answer(422, r#"{"message":"Hook executed successfully but returned HTTP 401"}"#)]);
    assert!(matches!(test_hook(&project(), "2"), Err(OutboundError::Rejected(_))));
}

pub fn events(page: u32) -> Step {
    expect(&format!("GET /projects/15/hooks/2/events?per_page=20&page={page}"))
}

pub fn event(id: u32, status: &str, key: &str, time: &str) -> String {
    format!(
        r#"{{"id":{id},"trigger":"push_hooks","response_status":"{status}","request_data":{{"url":7}},
            "request_headers":{{"Idempotency-Key":"{key}","webhook-timestamp":"{time}"}}}}"#
    )
}

#[test]
fn a_hook_tells_how_it_fares_and_what_failed() {
    for (status, until, enabled) in [
        ("executable", "null", true),
        ("temporarily_disabled", "\"2026-11-21T10:00:00.000Z\"", false),
        ("disabled", "null", false),
    ] {
        let more = format!(r#","alert_status":"{status}","disabled_until":{until}"#);
        let failed = [
            event(9, "500", "a", "1"),
            event(8, "200", "b", "1"),
            event(7, "internal error", "c", "1"),
        ];
        let _forge = forge([
            list(1).answer(200, &format!("[{}]", hook(2, URL, &more))),
            events(1).answer(200, &format!("[{}]", failed.join(","))),
        ]);
        let state = hook_health(&project(), URL).unwrap();
        assert_eq!((state.id.as_str(), state.enabled), ("2", enabled), "{status}");
        let expected = (until != "null").then(|| until.trim_matches('"').to_owned());
        assert_eq!(state.disabled_until, expected);
        assert_eq!(
            state.failures,
            [
                "GitLab's `push_hooks` was answered with status 500.",
                "GitLab's `push_hooks` got no answer in time, or could not be sent.",
            ]
        );
    }
}

#[test]
fn health_is_told_without_failures_where_gitlab_does_not_list_them() {
    for status in [404, 429] {
        let _forge = forge([
            list(1).answer(200, &format!("[{}]", hook(2, URL, ""))),
            events(1).answer(status, "{}"),
        ]);
        let state = hook_health(&project(), URL).unwrap();
        assert!(state.enabled && state.failures.is_empty());
    }
    let _forge = forge([list(1).answer(200, "[]")]);
    assert_eq!(hook_health(&project(), URL), Err(OutboundError::NotFound));
}

#[test]
fn a_test_is_asked_for() {
    let _forge = forge([
        expect("POST /projects/15/hooks/2/test/push_events").answer(201, r#"{"message":"201 Created"}"#),
        expect("POST /groups/acme/hooks/3/test/push_events").answer(201, "{}"),
    ]);
    assert_eq!(test_hook(&project(), "2"), Ok(()));
    assert_eq!(test_hook(&group(), "3"), Ok(()));
}
