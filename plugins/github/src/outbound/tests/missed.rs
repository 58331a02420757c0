//! Missed deliveries.

use forgegate_sdk::outbound::{HookOwner, OutboundError, RepositoryRef};
use forgegate_sdk::testing::expect;
use serde_json::json;

use super::hook::{FAILED, attempt};
use super::{NOT_FOUND, forge, next, repository};
use crate::outbound::missed::missed;
use crate::outbound::missed::redeliver;

const ARRIVED: &str = "GET /app/hook/deliveries?per_page=100&status=success";

const SINCE: &str = "2026-11-20T10:00:00.5Z";

fn anywhere() -> HookOwner {
    HookOwner::Organization("acme".into())
}

#[test]
fn what_never_arrived_is_missed_once_and_the_oldest_comes_first() {
    let first = json!([
        attempt(9, "d", 9, None),
        attempt(8, "a", 8, None),
        attempt(7, "b", 7, None)
    ]);
    let second = json!([attempt(5, "a", 5, None), attempt(4, "c", 4, None)]);
    let third = json!([json!({"id": 1, "guid": "old", "delivered_at": "2026-11-20T09:59:59Z"})]);
    let arrived = json!([attempt(10, "b", 10, None)]);
    let cursor = |cursor: &str| format!("{FAILED}&cursor={cursor}");
    let _forge = forge([
        expect(FAILED).answer_with(200, &[("link", &next("per_page=100&cursor=v1_7"))], &first.to_string()),
        expect(&cursor("v1_7")).answer_with(
            200,
            &[("link", &next("cursor=v1_4&status=failure"))],
            &second.to_string(),
        ),
        expect(&cursor("v1_4")).answer(200, &third.to_string()),
        expect(ARRIVED).answer(200, &arrived.to_string()),
    ]);
    let missed = missed(&anywhere(), SINCE).unwrap();
    let handles: Vec<&str> = missed.iter().map(|it| it.handle.as_str()).collect();
    assert_eq!(
        handles,
        ["4", "8", "9"],
        "the newest attempt of each, and none of what arrived later"
    );
    assert_eq!(missed[0].delivery_id.as_deref(), Some("c"));
    assert_eq!(missed[0].time.as_deref(), Some("2026-11-20T10:04:00Z"));
}

#[test]
fn where_nothing_failed_nothing_else_is_asked() {
    let _forge = forge([expect(FAILED).answer(200, "[]")]);
    assert!(missed(&anywhere(), SINCE).unwrap().is_empty());
}

#[test]
fn a_repositorys_are_those_of_its_number_and_of_none() {
    let failed = json!([
        attempt(3, "c", 3, None),
        attempt(2, "b", 2, Some(42)),
        attempt(1, "a", 1, Some(43))
    ]);
    let _forge = forge([
        expect(FAILED).answer(200, &failed.to_string()),
        expect(ARRIVED).answer(200, "[]"),
        expect(FAILED).answer(200, &failed.to_string()),
        expect(ARRIVED).answer(200, "[]"),
    ]);
    let ours = missed(&HookOwner::Repository(repository()), SINCE).unwrap();
    assert_eq!(ours.len(), 2);
    let unnumbered = RepositoryRef {
        id: None,
        ..repository()
    };
    assert_eq!(missed(&HookOwner::Repository(unnumbered), SINCE).unwrap().len(), 3);
}

#[test]
fn a_list_that_goes_in_circles_ends() {
    let page = json!([attempt(1, "a", 1, None)]).to_string();
    let again = next("cursor=v1_1");
    let _forge = forge([
        expect(FAILED).answer_with(200, &[("link", &again)], &page),
        expect(&format!("{FAILED}&cursor=v1_1")).answer_with(200, &[("link", &again)], &page),
        expect(ARRIVED).answer(200, "[]"),
    ]);
    assert_eq!(missed(&anywhere(), SINCE).unwrap().len(), 1);
}

#[test]
fn what_is_no_time_or_no_list_is_refused() {
    assert!(matches!(
        missed(&anywhere(), "yesterday"),
        Err(OutboundError::Rejected(_))
    ));
    let _forge = forge([
        expect(FAILED).answer(200, r#"[{"id": 1, "guid": "a", "delivered_at": "soon"}]"#),
        expect(FAILED).answer(200, "{}"),
        expect(FAILED).answer(429, "{}"),
    ]);
    assert!(matches!(missed(&anywhere(), SINCE), Err(OutboundError::Malformed(_))));
    assert!(matches!(missed(&anywhere(), SINCE), Err(OutboundError::Malformed(_))));
    assert_eq!(missed(&anywhere(), SINCE), Err(OutboundError::TryLater(Some(60))));
}

#[test]
fn a_delivery_is_sent_again_by_its_handle() {
    let call = "POST /app/hook/deliveries/8/attempts";
    let _forge = forge([
        expect(call).answer(202, "{}"),
        expect(call).answer(404, NOT_FOUND),
        expect(call).answer(422, r#"{"message": "Delivery is too old to be redelivered"}"#),
    ]);
    assert_eq!(redeliver("8"), Ok(()));
    assert_eq!(redeliver("8"), Err(OutboundError::NotFound));
    assert!(matches!(redeliver("8"), Err(OutboundError::Rejected(_))));
}
