//! The care of hooks.

use forgegate_sdk::outbound::{HookOwner, HookResult, HookSpec, OutboundError};
use forgegate_sdk::testing::{self, expect};

use super::{FORGE, common_answers_to, forge, malformed_answers_to, repository};
use crate::outbound::hook::ensure_hook;
use crate::outbound::hook::hook_health;
use crate::outbound::hook::test_hook;

const URL: &str = "https://gate.example.com/hooks/gitea/acme/main";
const LIST: &str = "GET /repos/acme/widgets/hooks?limit=50&page=1";
const MAKE: &str = "POST /repos/acme/widgets/hooks";
const MADE: &str = r#"{"type": "gitea", "active": true,
    "config": {"url": "https://gate.example.com/hooks/gitea/acme/main", "content_type": "json", "secret": "{webhook-secret}"},
    "events": ["push", "delete", "pull_request", "issue_comment", "release", "repository"]}"#;

fn spec(rotate: bool) -> HookSpec {
    HookSpec {
        owner: HookOwner::Repository(repository()),
        url: URL.into(),
        rotate,
    }
}

fn hook(id: u64, url: &str, content_type: &str, events: &str, active: bool) -> String {
    format!(
        r#"{{"id": {id}, "type": "gitea", "active": {active}, "branch_filter": "*",
            "config": {{"url": "{url}", "content_type": "{content_type}"}}, "events": [{events}]}}"#
    )
}

const ALL: &str = r#""push","delete","pull_request","pull_request_assign","pull_request_comment","pull_request_label",
    "pull_request_review_approved","pull_request_sync","issue_comment","release","repository""#;

fn made(id: &str) -> Result<HookResult, OutboundError> {
    Ok(HookResult {
        id: id.into(),
        created: true,
        changed: vec![],
    })
}

fn changed(id: &str, changed: &[&str]) -> Result<HookResult, OutboundError> {
    Ok(HookResult {
        id: id.into(),
        created: false,
        changed: changed.iter().map(|word| (*word).into()).collect(),
    })
}

#[test]
fn a_hook_is_made_where_none_has_the_url() {
    let other = format!("[{}]", hook(1, "https://other.example.com/", "json", ALL, true));
    let next = [("link", r#"<https://git.example.com/x?page=2>; rel="next""#)];
    let _forge = forge([
        expect(LIST).answer_with(200, &next, &other),
        expect("GET /repos/acme/widgets/hooks?limit=50&page=2").answer(200, "[]"),
        expect(MAKE).body(MADE).answer(201, r#"{"id": 12}"#),
    ]);
    assert_eq!(ensure_hook(&FORGE, &spec(false)), made("12"));
}

#[test]
fn a_hook_that_is_right_is_left_alone() {
    let _forge = forge([expect(LIST).answer(200, &format!("[{}]", hook(12, URL, "json", ALL, true)))]);
    assert_eq!(ensure_hook(&FORGE, &spec(false)), changed("12", &[]));
}

#[test]
fn a_hook_that_is_wrong_is_set_right_and_keeps_what_else_was_ticked() {
    let body = r#"{"active": true, "branch_filter": "*", "config": {"url": "https://gate.example.com/hooks/gitea/acme/main",
        "content_type": "json"},
        "events": ["push", "delete", "pull_request", "issue_comment", "release", "repository", "wiki"]}"#;
    let wrong = hook(12, URL, "form", r#""push", "wiki""#, false);
    let _forge = forge([
        expect(LIST).answer(200, &format!("[{wrong}]")),
        expect("PATCH /repos/acme/widgets/hooks/12")
            .body(body)
            .answer(200, "{}"),
    ]);
    let found = ensure_hook(&FORGE, &spec(false));
    assert_eq!(found, changed("12", &["POST Content Type", "Trigger On", "Active"]));
}

#[test]
fn a_branch_filter_is_taken_off() {
    let filtered = hook(12, URL, "json", ALL, true).replace("\"*\"", "\"release-*\"");
    let _forge = forge([
        expect(LIST).answer(200, &format!("[{filtered}]")),
        expect("PATCH /repos/acme/widgets/hooks/12").answer(200, "{}"),
    ]);
    assert_eq!(ensure_hook(&FORGE, &spec(false)), changed("12", &["Branch filter"]));
}

#[test]
fn a_secret_is_changed_by_a_hook_that_takes_the_others_place() {
    let both = [hook(11, URL, "json", ALL, true), hook(12, URL, "json", ALL, true)];
    let _forge = forge([
        expect(LIST).answer(200, &format!("[{}]", both.join(","))),
        expect(MAKE).body(MADE).answer(201, r#"{"id": 13}"#),
        expect("DELETE /repos/acme/widgets/hooks/12").answer(204, ""),
        expect("DELETE /repos/acme/widgets/hooks/11").answer(404, "{}"),
    ]);
    assert_eq!(ensure_hook(&FORGE, &spec(true)), changed("13", &["Secret"]));
    drop(_forge);
    let _forge = forge([
        expect(LIST).answer(200, "[]"),
        expect(MAKE).answer(201, r#"{"id": 13}"#),
    ]);
    assert_eq!(ensure_hook(&FORGE, &spec(true)), made("13"));
}

#[test]
fn an_organization_has_hooks_too() {
    let owner = HookOwner::Organization("acme".into());
    let wish = HookSpec {
        owner: owner.clone(),
        ..spec(false)
    };
    let _forge = forge([
        expect("GET /orgs/acme/hooks?limit=50&page=1").answer(200, "[]"),
        expect("POST /orgs/acme/hooks").body(MADE).answer(201, r#"{"id": 12}"#),
    ]);
    assert_eq!(ensure_hook(&FORGE, &wish), made("12"));
    assert_eq!(test_hook(&owner, "12"), Err(OutboundError::Unsupported));
}

#[test]
fn the_health_of_a_hook_is_whether_it_is_active() {
    for active in [true, false] {
        let hooks = format!("[{}]", hook(12, URL, "json", ALL, active));
        let _forge = forge([expect(LIST).answer(200, &hooks)]);
        let state = hook_health(&spec(false).owner, URL).unwrap();
        assert_eq!((state.id.as_str(), state.enabled), ("12", active));
    }
    let _forge = forge([expect(LIST).answer(200, "[]")]);
    assert_eq!(hook_health(&spec(false).owner, URL), Err(OutboundError::NotFound));
}

#[test]
fn a_hook_is_tried_by_the_forge() {
    let line = "POST /repos/acme/widgets/hooks/12/tests";
    let _forge = forge([expect(line).answer(204, "")]);
    assert_eq!(test_hook(&spec(false).owner, "12"), Ok(()));
    drop(_forge);
    common_answers_to(line, || test_hook(&spec(false).owner, "12"));
}

#[test]
fn hooks_fail_with_what_is_missing() {
    common_answers_to(LIST, || ensure_hook(&FORGE, &spec(false)));
    common_answers_to(LIST, || hook_health(&spec(false).owner, URL));
    malformed_answers_to(LIST, || {
        // Hooks of other URLs are not looked into.
        hook_health(&spec(false).owner, URL).map_err(|error| match error {
            OutboundError::NotFound => OutboundError::Malformed("no hook".into()),
            other => other,
        })
    });
    let _forge = forge([expect(LIST).answer(403, r#"{"message": "no"}"#)]);
    let Err(OutboundError::Forbidden(text)) = ensure_hook(&FORGE, &spec(false)) else {
        panic!("not forbidden");
    };
    assert!(text.contains("administer"), "{text}");
}

#[test]
fn a_list_without_end_is_given_up() {
    let _forge = testing::forge(|request| {
        let (_, page) = request.query.last().unwrap();
        let next = page.parse::<u32>().unwrap() + 1;
        let link = format!(r#"<https://git.example.com/x?page={next}>; rel="next""#);
        testing::answer(200, &[("link", &link)], "[]")
    });
    assert!(matches!(
        ensure_hook(&FORGE, &spec(false)),
        Err(OutboundError::Other(_))
    ));
}

#[test]
fn credentials_that_hooks_carry_are_never_seen() {
    let _forge = testing::forge(|request| {
        assert!(request.secrets.contains(&"/0/authorization_header".to_owned()));
        assert!(request.secrets.contains(&"/49/authorization_header".to_owned()));
        testing::answer(200, &[], "[]")
    });
    assert_eq!(hook_health(&spec(false).owner, URL), Err(OutboundError::NotFound));
}
