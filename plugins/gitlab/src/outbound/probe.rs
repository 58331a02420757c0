//! The token's account, and what the token may do.

use forgegate_sdk::Method;
use forgegate_sdk::json::Part;
use forgegate_sdk::outbound::{CallError, Finding, OutboundError, ProbeReport, RepositoryRef};

use super::access::level;
use super::api::{DEVELOPER, MAINTAINER, Reader, call, get, project, tree};

/// The level that an administrator of the whole GitLab has anywhere.
const ADMINISTRATOR: u64 = 60;

/// Tries the token.
pub fn probe(repository: Option<&RepositoryRef>) -> Result<ProbeReport, OutboundError> {
    let mut report = ProbeReport {
        account: None,
        findings: Vec::new(),
    };
    let answer = match get("user", &[], &[]) {
        Ok(answer) => answer,
        Err(error) => {
            refused(&mut report.findings, error)?;
            return Ok(report);
        }
    };
    let (tree, read) = (tree(&answer)?, Reader::default());
    let account = read.done(read.user(tree.root()))?;
    let is_admin = read.flag(tree.root(), "is_admin") == Some(true);
    let findings = &mut report.findings;
    tell(findings, "reachable", Some(true), "GitLab answers.".into());
    tell(
        findings,
        "token",
        Some(true),
        ["GitLab accepts the token, which is that of `", &account.login, "`."].concat(),
    );
    let scope = scope(findings)?;
    if let Some(repository) = repository {
        let id = account.id.as_deref().unwrap_or_default();
        on_project(findings, repository, id, is_admin, scope)?;
    }
    report.account = Some(account);
    Ok(report)
}

/// Tells why there is no account. What may pass of itself is an error, and not a finding.
fn refused(findings: &mut Vec<Finding>, error: OutboundError) -> Result<(), OutboundError> {
    let sentence = match error {
        OutboundError::Unauthorized => "GitLab does not accept the token: it is wrong, expired or revoked.",
        OutboundError::Forbidden(_) => "GitLab does not let the token say whose it is: the scope `api` is missing.",
        OutboundError::NotFound | OutboundError::Malformed(_) | OutboundError::Rejected(_) => {
            let sentence = "What answers there is no GitLab: please look at the base URL.";
            tell(findings, "reachable", Some(false), sentence.into());
            return Ok(());
        }
        OutboundError::Call(CallError::Unreachable(why)) => {
            tell(
                findings,
                "reachable",
                Some(false),
                ["GitLab could not be reached: ", &why, "."].concat(),
            );
            return Ok(());
        }
        OutboundError::Call(CallError::TimedOut) => {
            tell(
                findings,
                "reachable",
                Some(false),
                "GitLab did not answer in time.".into(),
            );
            return Ok(());
        }
        error => return Err(error),
    };
    tell(findings, "reachable", Some(true), "GitLab answers.".into());
    tell(findings, "token", Some(false), sentence.into());
    Ok(())
}

/// Tells whether the token has the scope `api`; none where GitLab does not tell, as before 15.5 and of what is no access token.
fn scope(findings: &mut Vec<Finding>) -> Result<Option<bool>, OutboundError> {
    let answer = match get("personal_access_tokens/self", &[], &[]) {
        Ok(answer) => answer,
        Err(OutboundError::NotFound | OutboundError::Unauthorized | OutboundError::Forbidden(_)) => {
            tell(
                findings,
                "scopes",
                None,
                "GitLab does not tell which scopes the token has.".into(),
            );
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    let (tree, read) = (tree(&answer)?, Reader::default());
    let scopes = read.list(tree.root(), "scopes").into_iter().map(Part::as_text);
    let scopes = scopes.collect::<Result<Vec<_>, _>>()?;
    let has_api = scopes.contains(&"api");
    let sentence = match has_api {
        true => "The token has the scope `api`.".to_owned(),
        false => ["The token lacks the scope `api`; it has: ", &scopes.join(", "), "."].concat(),
    };
    tell(findings, "scopes", Some(has_api), sentence);
    let sentence = match read.text_or_none(tree.root(), "expires_at") {
        Some(date) => ["The token expires on ", date, "; statuses stop then."].concat(),
        None => "The token does not expire.".to_owned(),
    };
    tell(findings, "expiry", Some(true), sentence);
    read.done(Some(has_api))
}

fn on_project(
    findings: &mut Vec<Finding>,
    repository: &RepositoryRef,
    id: &str,
    is_admin: bool,
    scope: Option<bool>,
) -> Result<(), OutboundError> {
    let segment = project(repository);
    let Some(answer) = call(Method::Get, "projects/{}", &[segment], &[]).found()? else {
        let sentence = [
            "The token does not see `",
            &repository.full_name,
            "`: its account must be a member there.",
        ]
        .concat();
        for check in ["post_status", "read_access", "hooks"] {
            tell(findings, check, Some(false), sentence.clone());
        }
        return Ok(());
    };
    let (tree, read) = (tree(&answer)?, Reader::default());
    let member = if is_admin {
        Some(ADMINISTRATOR)
    } else {
        level(segment, id)?
    };
    let name = read.text(tree.root(), "path_with_namespace");
    let token = Membership { name, member, scope };
    let (ok, sentence) = match obstacle(&read, tree.root()) {
        Some((ok, words)) if token.may(DEVELOPER) != Some(false) => (ok, ["`", name, "` ", words].concat()),
        _ => token.verdict(DEVELOPER, "set statuses of commits", "Developer"),
    };
    tell(findings, "post_status", ok, sentence);
    // Any member may see who the others are `[K]`.
    let (ok, sentence) = token.verdict(1, "see who may write there", "a member");
    tell(findings, "read_access", ok, sentence);
    let (ok, sentence) = token.verdict(MAINTAINER, "look after webhooks", "Maintainer");
    tell(findings, "hooks", ok, sentence);
    read.done(())
}

/// The state of the project that keeps everybody from setting statuses. That CI/CD must be switched on is `[K]`.
fn obstacle(read: &Reader, project: Part) -> Option<(Option<bool>, &'static str)> {
    if read.flag(project, "archived") == Some(true) {
        return Some((Some(false), "is archived: nothing can be written there."));
    }
    let is_off = read.text_or_none(project, "builds_access_level") == Some("disabled");
    is_off.then_some((None, "has CI/CD switched off: GitLab may refuse statuses there."))
}

/// The token's rights in a project.
struct Membership<'a> {
    name: &'a str,
    member: Option<u64>,
    scope: Option<bool>,
}

impl Membership<'_> {
    /// None where only the scope is not known.
    fn may(&self, least: u64) -> Option<bool> {
        let is_high_enough = self.member.is_some_and(|level| level >= least);
        if is_high_enough { self.scope } else { Some(false) }
    }

    fn verdict(&self, least: u64, what: &str, role: &str) -> (Option<bool>, String) {
        let ok = self.may(least);
        let is_high_enough = self.member.is_some_and(|level| level >= least);
        let sentence = match ok {
            Some(true) => ["The token may ", what, " of `", self.name, "`."].concat(),
            None => [
                "The token may ",
                what,
                " of `",
                self.name,
                "` if it has the scope `api`.",
            ]
            .concat(),
            Some(false) if is_high_enough => ["The token may not ", what, ": it lacks the scope `api`."].concat(),
            Some(false) => {
                let is = self.member.map_or("no member", role_of);
                [
                    "The token may not ",
                    what,
                    ": its account must be ",
                    role,
                    " of `",
                    self.name,
                    "`, and is ",
                    is,
                    ".",
                ]
                .concat()
            }
        };
        (ok, sentence)
    }
}

fn role_of(level: u64) -> &'static str {
    match level {
        50.. => "Owner",
        MAINTAINER.. => "Maintainer",
        DEVELOPER.. => "Developer",
        20.. => "Reporter",
        15.. => "Planner",
        10.. => "Guest",
        _ => "a member with minimal access",
    }
}

fn tell(findings: &mut Vec<Finding>, check: &str, ok: Option<bool>, sentence: String) {
    findings.push(Finding::new(check, ok, &[&sentence]));
}
