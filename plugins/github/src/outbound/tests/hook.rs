//! The App's hook.

use forgegate_sdk::outbound::OutboundError;
use forgegate_sdk::testing::expect;
use serde_json::{Value, json};

use super::{NOT_FOUND, forge};
use crate::outbound::hook::hook_health;

const URL: &str = "https://gate.example.com/api/v1/hooks/github";

pub const FAILED: &str = "GET /app/hook/deliveries?per_page=100&status=failure";

pub fn attempt(id: u64, guid: &str, minute: u8, repository: Option<u64>) -> Value {
    json!({
        "id": id, "guid": guid, "delivered_at": format!("2026-11-20T10:{minute:02}:00Z"), "redelivery": false,
        "status": "Invalid HTTP Response: 503", "status_code": 503, "event": "push", "action": null,
        "installation_id": 9, "repository_id": repository,
    })
}

#[test]
fn the_hooks_failures_are_told() {
    let config = json!({"url": URL, "content_type": "json", "secret": "********"}).to_string();
    let mut silent = attempt(2, "b", 1, None);
    silent["status_code"] = json!(0);
    silent["status"] = json!("timed out");
    let failures = json!([attempt(3, "c", 2, None), silent]).to_string();
    let _forge = forge([
        expect("GET /app/hook/config").answer(200, &config),
        expect(FAILED).answer(200, &failures),
    ]);
    let state = hook_health(URL).unwrap();
    assert!(state.enabled && state.disabled_until.is_none());
    assert_eq!(
        state.failures,
        [
            "`push`, sent at 2026-11-20T10:02:00Z, was answered with status 503",
            "`push`, sent at 2026-11-20T10:01:00Z, failed: timed out",
        ]
    );
}

#[test]
fn a_hook_with_another_url_is_not_ours() {
    let config = json!({"url": "https://elsewhere.example.com/"}).to_string();
    let _forge = forge([
        expect("GET /app/hook/config").answer(200, &config),
        expect("GET /app/hook/config").answer(404, NOT_FOUND),
        expect("GET /app/hook/config").answer(401, "{}"),
    ]);
    assert_eq!(hook_health(URL), Err(OutboundError::NotFound));
    assert_eq!(hook_health(URL), Err(OutboundError::NotFound));
    assert_eq!(hook_health(URL), Err(OutboundError::Unauthorized));
}
