//! The credential's account, and what the credential may do.

use forgegate_sdk::events::User;
use forgegate_sdk::json::{Object, Part};
use forgegate_sdk::outbound::{Call, Finding, OutboundError, ProbeReport, RepositoryRef};
use forgegate_sdk::{Method, ParseError};

use super::access::is_no_user;
use super::api::{call, in_repository, ok, problem, read};
use crate::requirements::PERMISSIONS;

/// A commit that no repository has.
const NO_COMMIT: &str = "0000000000000000000000000000000000000000";

/// Tries the credential. GitHub tells an installation nothing about itself, so that its account is not known here.
pub fn probe(repository: Option<&RepositoryRef>) -> Result<ProbeReport, OutboundError> {
    let covered = call(Method::Get, &["installation", "repositories"]).query("per_page", "1");
    let token = match read(&covered, |root| root.id("total_count")) {
        Ok(number) => {
            let sentence = [
                "The token is an installation's, which covers ",
                &number,
                " repositories.",
            ];
            well("token", &sentence.concat())
        }
        Err(OutboundError::Unauthorized) => ill("token", "GitHub does not accept the token."),
        // Asked with the App's own claims: the list is an installation's.
        Err(OutboundError::Forbidden(_)) => return read(&call(Method::Get, &["app"]), of_the_app),
        Err(error) => return Err(error),
    };
    let accepted = token.ok == Some(true);
    let mut findings = vec![well("reachable", "GitHub answers."), token];
    if let Some(repository) = repository.filter(|_| accepted) {
        of_repository(repository, &mut findings)?;
    }
    Ok(ProbeReport {
        account: None,
        findings,
    })
}

fn of_the_app(root: Part) -> Result<ProbeReport, ParseError> {
    let slug = root.text("slug")?;
    let missing: Vec<&str> = PERMISSIONS
        .iter()
        .filter(|it| !granted(root, it.name, it.level))
        .map(|it| it.label)
        .collect();
    let permissions = if missing.is_empty() {
        well("permissions", "The App has all permissions that are made use of.")
    } else {
        ill("permissions", &["The App lacks: ", &missing.join("; "), "."].concat())
    };
    Ok(ProbeReport {
        account: Some(User {
            id: Some(root.id("id")?),
            login: [slug, "[bot]"].concat(),
        }),
        findings: vec![
            well("reachable", "GitHub answers."),
            well("token", &["These are the keys of the App `", slug, "`."].concat()),
            permissions,
        ],
    })
}

fn granted(root: Part, name: &'static str, level: &str) -> bool {
    match root.at("permissions").text_or_none(name) {
        Ok(Some(given)) => given == level || given == "write" || given == "admin",
        _ => false,
    }
}

fn of_repository(repository: &RepositoryRef, findings: &mut Vec<Finding>) -> Result<(), OutboundError> {
    let call = in_repository(Method::Get, repository, &[])?;
    let owner = match read(&call, |root| Ok(root.text("owner.login")?.to_owned())) {
        Ok(owner) => owner,
        Err(OutboundError::NotFound) => {
            let sentence = "The installation does not cover the repository, or there is none of this name.";
            findings.push(ill("repository", sentence));
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    findings.push(well("repository", "The installation covers the repository."));
    findings.push(posting(repository)?);
    findings.push(reading(repository, &owner)?);
    Ok(())
}

/// Tried with a commit that does not exist, so that nothing is left behind.
/// Assumed: GitHub looks at permissions before it looks for the commit.
fn posting(repository: &RepositoryRef) -> Result<Finding, OutboundError> {
    let run = Object::new().text("name", "probe").text("head_sha", NO_COMMIT);
    let checks = in_repository(Method::Post, repository, &["check-runs"])?.json(run);
    if may(&checks)? {
        return Ok(well("post_status", "The App may report by check runs."));
    }
    let state = Object::new().text("state", "pending").text("context", "probe");
    let statuses = in_repository(Method::Post, repository, &["statuses", NO_COMMIT])?.json(state);
    Ok(if may(&statuses)? {
        let sentence = "The App may report by commit statuses, without buttons: it lacks `Checks: read and write`.";
        well("post_status", sentence)
    } else {
        let sentence =
            "The App may not report: it lacks `Checks: read and write` and `Commit statuses: read and write`.";
        ill("post_status", sentence)
    })
}

/// Tells whether the call is refused for another reason than a permission.
fn may(call: &Call) -> Result<bool, OutboundError> {
    match ok(call) {
        Ok(_) | Err(OutboundError::Rejected(_) | OutboundError::NotFound) => Ok(true),
        Err(OutboundError::Forbidden(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// An organization has no access level of its own: that GitHub says so shows as well that it may be asked.
fn reading(repository: &RepositoryRef, owner: &str) -> Result<Finding, OutboundError> {
    let answer = in_repository(Method::Get, repository, &["collaborators", owner, "permission"])?.send()?;
    let asked = answer.status() == 200 || is_no_user(answer.message());
    if asked {
        return Ok(well("read_access", "The App may ask who may write to the repository."));
    }
    match problem(&answer) {
        OutboundError::Forbidden(_) | OutboundError::NotFound => {
            let sentence = "The App may not ask who may write to the repository: commands and approvals by review will be refused.";
            Ok(ill("read_access", sentence))
        }
        error => Err(error),
    }
}

fn well(check: &str, sentence: &str) -> Finding {
    Finding::new(check, Some(true), &[sentence])
}

fn ill(check: &str, sentence: &str) -> Finding {
    Finding::new(check, Some(false), &[sentence])
}
