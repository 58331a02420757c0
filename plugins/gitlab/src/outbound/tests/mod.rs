//! What is asked and told, call by call, against a forge that answers by a script.

mod asking;
mod history;
mod hooks;
mod probe;
mod telling;

use forgegate_sdk::events::User;
use forgegate_sdk::outbound::{OutboundError, RepositoryRef};
use forgegate_sdk::testing::{Forge, Step, expect, script};

use crate::describe::describe;

const SHA: &str = "1f7d2e0c9b8a7f6e5d4c3b2a190817263544f5e6";

fn forge(steps: impl IntoIterator<Item = Step>) -> Forge {
    script(&describe(), steps)
}

fn widgets() -> RepositoryRef {
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

/// What every question has in common: how it takes a no.
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
