//! The token's account, and what the token may do.

use forgegate_sdk::Method;
use forgegate_sdk::events::User;
use forgegate_sdk::json::{Object, Part};
use forgegate_sdk::outbound::{Answer, Call, CallError, Finding, OutboundError, ProbeReport, RepositoryRef};

use super::api::in_repository;
use super::fields::FIELDS;
use crate::Forge;
use crate::parse::user;

/// Tries the token. A forge that says no is a finding, and so is one that says nothing.
pub fn probe(forge: &Forge, repository: Option<&RepositoryRef>) -> Result<ProbeReport, OutboundError> {
    let reachable = reachable(forge);
    let goes_on = reachable.ok == Some(true);
    let mut report = ProbeReport {
        account: None,
        findings: vec![reachable],
    };
    if !goes_on {
        return Ok(report);
    }
    let (account, token) = token();
    let is_refused = token.ok == Some(false);
    report.account = account;
    report.findings.push(token);
    if let Some(repository) = repository.filter(|_| !is_refused) {
        report.findings.extend(on(repository));
    }
    Ok(report)
}

fn reachable(forge: &Forge) -> Finding {
    const CHECK: &str = "reachable";
    match Call::get(&["version"]).ok() {
        Ok(answer) => match version(&answer) {
            Some(version) => finding(CHECK, Some(true), &[forge.name, " ", &version, " answers."]),
            None => finding(CHECK, Some(false), &["What answers is not ", forge.name, "."]),
        },
        // A server that shows nothing to strangers is there all the same.
        Err(OutboundError::Unauthorized | OutboundError::Forbidden(_)) => {
            finding(CHECK, Some(true), &["The forge answers."])
        }
        Err(error) => finding(
            CHECK,
            Some(false),
            &["The forge does not answer: ", &words(&error), "."],
        ),
    }
}

fn version(answer: &Answer) -> Option<String> {
    let tree = answer.tree(FIELDS).ok()?;
    tree.root().owned("version").ok()?
}

fn token() -> (Option<User>, Finding) {
    const CHECK: &str = "token";
    match own_account() {
        Ok(account) => {
            let finding = finding(CHECK, Some(true), &["The token is that of ", &account.login, "."]);
            (Some(account), finding)
        }
        Err(OutboundError::Unauthorized) => (
            None,
            finding(CHECK, Some(false), &["The forge does not accept the token."]),
        ),
        Err(OutboundError::Forbidden(said)) => (
            None,
            finding(
                CHECK,
                None,
                &[
                    "Whose token it is cannot be read without the scope read:user: ",
                    &said,
                    ".",
                ],
            ),
        ),
        Err(error) => (
            None,
            finding(
                CHECK,
                None,
                &["Whose token it is could not be read: ", &words(&error), "."],
            ),
        ),
    }
}

fn own_account() -> Result<User, OutboundError> {
    let answer = Call::get(&["user"]).ok()?;
    Ok(user(answer.tree(FIELDS)?.root())?)
}

/// The findings on a repository.
fn on(repository: &RepositoryRef) -> Vec<Finding> {
    const CHECKS: [&str; 2] = ["post_status", "read_access"];
    let both = |ok, words: &[&str]| CHECKS.map(|check| finding(check, ok, words)).into();
    let name = repository.full_name.as_str();
    let found = in_repository(Method::Get, repository, &[]).and_then(|call| call.ok());
    let answer = match found {
        Ok(answer) => answer,
        Err(OutboundError::NotFound) => return both(Some(false), &["The token's account does not see ", name, "."]),
        Err(OutboundError::Forbidden(said)) => {
            return both(
                Some(false),
                &[
                    "The token may not read ",
                    name,
                    ", for which it needs the scope read:repository: ",
                    &said,
                    ".",
                ],
            );
        }
        Err(error) => return both(None, &[name, " could not be read: ", &words(&error), "."]),
    };
    match answer.tree(FIELDS) {
        Ok(tree) => vec![post_status(repository, tree.root()), read_access(name, tree.root())],
        Err(error) => both(None, &[name, " could not be read: ", &words(&error), "."]),
    }
}

fn may(root: Part<'_>, permission: &'static str) -> bool {
    root.flag(permission).ok().flatten() == Some(true)
}

/// The account must be allowed to write, and the token's scopes must include it. No answer lists a token's scopes, so a status that
/// can never be stored is posted: the forge checks scope and access before it reads the body, whose state is no string, and the
/// commit, which is none (assumed).
fn post_status(repository: &RepositoryRef, root: Part<'_>) -> Finding {
    const CHECK: &str = "post_status";
    const NO_COMMIT: &str = "0000000000000000000000000000000000000000";
    let name = repository.full_name.as_str();
    if !may(root, "permissions.push") {
        return finding(
            CHECK,
            Some(false),
            &["The token's account needs write access to ", name, " to report."],
        );
    }
    let posted = in_repository(Method::Post, repository, &["statuses", NO_COMMIT])
        .and_then(|call| call.json(Object::new().number("state", 0)).ok());
    match posted {
        Ok(_) | Err(OutboundError::Rejected(_) | OutboundError::NotFound) => {
            finding(CHECK, Some(true), &["The token may report to ", name, "."])
        }
        Err(OutboundError::Forbidden(said)) => finding(
            CHECK,
            Some(false),
            &["The token needs the scope write:repository to report: ", &said, "."],
        ),
        Err(error) => finding(
            CHECK,
            None,
            &["Whether the token may report could not be tried: ", &words(&error), "."],
        ),
    }
}

fn read_access(name: &str, root: Part<'_>) -> Finding {
    const CHECK: &str = "read_access";
    if may(root, "permissions.admin") {
        return finding(
            CHECK,
            Some(true),
            &["The token may read what others may do with ", name, "."],
        );
    }
    let words = [
        "The token's account must administer ",
        name,
        ", or nobody's command and approval there can be checked.",
    ];
    finding(CHECK, Some(false), &words)
}

fn finding(check: &str, ok: Option<bool>, words: &[&str]) -> Finding {
    let finding = Finding::new(check, ok, words);
    Finding {
        // What the forge says may end in a full stop of its own.
        sentence: finding.sentence.replace("..", "."),
        ..finding
    }
}

fn words(error: &OutboundError) -> String {
    let text = match error {
        OutboundError::Unsupported => "it does not offer this",
        OutboundError::NotFound => "it was not found",
        OutboundError::Unauthorized => "the token is not accepted",
        OutboundError::TryLater(_) => "it asks to come again later",
        OutboundError::Call(CallError::TimedOut) => "it took too long",
        OutboundError::Call(CallError::TooLarge) => "the answer is too large",
        OutboundError::Call(CallError::RateLimited(_)) => "it asks to call less often",
        OutboundError::Call(CallError::Refused(text) | CallError::Unreachable(text) | CallError::Other(text))
        | OutboundError::Forbidden(text)
        | OutboundError::Rejected(text)
        | OutboundError::Malformed(text)
        | OutboundError::Other(text) => text,
    };
    text.to_owned()
}
