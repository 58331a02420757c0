//! Calls to a forge that answers by a script.

mod access;
mod api;
mod approvals;
mod comment;
mod heads;
mod history;
mod hook;
mod missed;
mod probe;
mod pull_request;
mod report;
mod repositories;
mod resolve;

use forgegate_sdk::events::User;
use forgegate_sdk::outbound::{OutboundError, RepositoryRef};
use forgegate_sdk::testing::{Forge, Step, expect, script};

use crate::describe::describe;

const SHA: &str = "1f7d2e0c9b8a7f6e5d4c3b2a190817263544f5e6";

fn forge(steps: impl IntoIterator<Item = Step>) -> Forge {
    script(&describe(), steps)
}

fn repository() -> RepositoryRef {
    RepositoryRef {
        id: Some("15".into()),
        full_name: "acme/tools/widgets".into(),
    }
}

fn ada() -> User {
    User {
        id: Some("7".into()),
        login: "ada".into(),
    }
}

/// The body of a refusal.
fn refused(text: &str) -> String {
    format!(r#"{{"message":"{text}"}}"#)
}

/// The account of the token.
fn own() -> Step {
    expect("GET /user").answer(200, r#"{"id":9,"username":"project_15_bot"}"#)
}

/// Checks the answers that every call may get, given to its one call.
fn says_no<T: std::fmt::Debug>(line: &str, ask: impl Fn() -> Result<T, OutboundError>) {
    let no = |step: Step| {
        let _forge = forge([step]);
        ask().unwrap_err()
    };
    assert_eq!(
        no(expect(line).answer(401, r#"{"message":"401 Unauthorized"}"#)),
        OutboundError::Unauthorized
    );
    let scope = r#"{"error":"insufficient_scope","error_description":"The request requires higher privileges"}"#;
    assert!(matches!(
        no(expect(line).answer(403, scope)),
        OutboundError::Forbidden(_)
    ));
    let limits = [
        (&[("retry-after", "17")][..], Some(17)),
        (
            &[
                ("ratelimit-remaining", "0"),
                ("ratelimit-reset", "1700000060"),
                ("date", "Tue, 14 Nov 2023 22:13:20 GMT"),
            ][..],
            Some(60),
        ),
        (&[][..], None),
    ];
    for (headers, seconds) in limits {
        let limited = no(expect(line).answer_with(429, headers, "Retry later\n"));
        assert_eq!(limited, OutboundError::TryLater(seconds));
    }
    for body in ["<html>", r#"{"id":"x"}"#, r#"[{"id":"x"}]"#, "7"] {
        let error = no(expect(line).answer(200, body));
        assert!(matches!(error, OutboundError::Malformed(_)), "{body}: {error:?}");
    }
}
