//! Missed deliveries.

use super::hook::{URL, event, events, hook, list, project};
use super::*;
use crate::outbound::missed::missed;
use crate::outbound::missed::redeliver;

#[test]
fn only_what_never_arrived_is_missed() {
    let hooks = [hook(1, "https://elsewhere.example/x", ""), hook(2, URL, "")];
    let newest = [
        event(20, "200", "again", "1767225700"),
        event(19, "500", "lost", "1767225700"),
        event(18, "internal error", "lost", "1767225650"),
    ];
    let older = [
        event(17, "503", "again", "1767225600"),
        event(16, "500", "old", "1767139200"),
    ];
    let _forge = forge([
        list(1).answer(200, &format!("[{}]", hooks.join(","))),
        events(1).answer_with(200, &[("x-next-page", "2")], &format!("[{}]", newest.join(","))),
        events(2).answer(200, &format!("[{}]", older.join(","))),
    ]);
    let missed = missed(&project(), "2026-01-01T00:00:00Z").unwrap();
    let [one] = &missed[..] else { panic!("{missed:?}") };
    assert_eq!(
        (one.handle.as_str(), one.delivery_id.as_deref()),
        ("2/19", Some("lost"))
    );
    assert_eq!(one.time.as_deref(), Some("2026-01-01T00:01:40Z"));
}

#[test]
fn a_delivery_is_sent_again() {
    let line = "POST /projects/15/hooks/2/events/19/resend";
    let sent = forge([expect(line).answer(201, r#"{"response_status":200}"#)]);
    assert_eq!(redeliver(&project(), "2/19"), Ok(()));
    drop(sent);
    let limited = forge([expect(line).answer_with(429, &[("retry-after", "60")], "{}")]);
    assert_eq!(redeliver(&project(), "2/19"), Err(OutboundError::TryLater(Some(60))));
    drop(limited);
    let _forge = forge([]);
    assert!(matches!(redeliver(&project(), "19"), Err(OutboundError::Rejected(_))));
}
