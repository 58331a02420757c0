//! Calls to a forge that answers by a script.

mod access;
mod api;
mod approvals;
mod comment;
mod heads;
mod history;
mod hook;
mod probe;
mod pull_request;
mod report;
mod repositories;
mod resolve;

use forgegate_sdk::events::User;
use forgegate_sdk::outbound::{OutboundError, RepositoryRef};
use forgegate_sdk::testing::{self, Step, expect};

use crate::Forge;
use crate::describe::describe;

const FORGE: Forge = Forge {
    id: "gitea",
    name: "Gitea",
    version: "0.1.0",
    public_hosts: &[],
};

const SHA: &str = "2222222222222222222222222222222222222222";
const OTHER: &str = "3333333333333333333333333333333333333333";

fn repository() -> RepositoryRef {
    RepositoryRef {
        id: Some("42".into()),
        full_name: "acme/widgets".into(),
    }
}

fn ana() -> User {
    User {
        id: Some("7".into()),
        login: "ana".into(),
    }
}

fn forge(steps: impl IntoIterator<Item = Step>) -> testing::Forge {
    testing::script(&describe(&FORGE), steps)
}

/// Checks the errors that a function returns for the answers that every call may get, given to its one call.
fn common_answers_to<T: std::fmt::Debug>(line: &str, call: impl Fn() -> Result<T, OutboundError>) {
    let answered = |step: Step| {
        let _forge = forge([step]);
        call().unwrap_err()
    };
    let said = r#"{"message": "no", "url": "https://git.example.com/api/swagger"}"#;
    assert_eq!(
        answered(expect(line).answer(401, said)),
        OutboundError::Unauthorized,
        "{line}"
    );
    let forbidden = answered(expect(line).answer(403, said));
    assert!(
        matches!(&forbidden, OutboundError::Forbidden(text) if text.contains("no")),
        "{line}: {forbidden:?}"
    );
    let limited = expect(line).answer_with(429, &[("retry-after", "7")], "<html>slow down</html>");
    assert_eq!(answered(limited), OutboundError::TryLater(Some(7)), "{line}");
    assert_eq!(
        answered(expect(line).answer(502, "<html>")),
        OutboundError::TryLater(None),
        "{line}"
    );
}

/// Checks that answers which this forge never gives are malformed for a function of one call.
fn malformed_answers_to<T: std::fmt::Debug>(line: &str, call: impl Fn() -> Result<T, OutboundError>) {
    for body in ["", "<html>", "7", r#"{"id": "seven"}"#, r#"[{"id": "seven"}]"#] {
        let _forge = forge([expect(line).answer(200, body)]);
        let answered = call();
        assert!(
            matches!(answered, Err(OutboundError::Malformed(_))),
            "{line} {body}: {answered:?}"
        );
    }
}
