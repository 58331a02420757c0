//! The way out: what is asked, and what is answered.

use forgegate_model::event::User;

use super::{BadOutput, Checked, caps, headers};
use crate::bindings::exports::forgegate::plugin::outbound as wit;
use crate::bindings::forgegate::plugin::{events, forge_api};
use crate::error::short;
use crate::outbound::{
    Account, Authorization, CredentialHeader, Finding, OutboundError, ProbeReport, RepositoryRef, Status, StatusState,
    TokenExchange,
};
use crate::{CallError, ForgeRequest};

/// Things that one probe may look at.
const MOST_FINDINGS: usize = 64;

pub(crate) fn account(account: &Account) -> wit::Account {
    match account {
        Account::Token => wit::Account::Token,
        Account::Installation(id) => wit::Account::Installation(id.clone()),
        Account::App => wit::Account::App,
    }
}

pub(crate) fn repository(it: &RepositoryRef) -> wit::RepositoryRef {
    wit::RepositoryRef {
        id: it.id.clone(),
        full_name: it.full_name.clone(),
    }
}

pub(crate) fn status(it: &Status) -> wit::Status {
    wit::Status {
        repository: repository(&it.repository),
        sha: it.sha.clone(),
        ref_: it.ref_name.clone(),
        fetch_ref: it.fetch_ref.clone(),
        context: it.context.clone(),
        state: match it.state {
            StatusState::Queued => wit::StatusState::Queued,
            StatusState::Running => wit::StatusState::Running,
            StatusState::Succeeded => wit::StatusState::Succeeded,
            StatusState::Failed => wit::StatusState::Failed,
            StatusState::Errored => wit::StatusState::Errored,
            StatusState::Cancelled => wit::StatusState::Cancelled,
            StatusState::Skipped => wit::StatusState::Skipped,
            StatusState::ActionRequired => wit::StatusState::ActionRequired,
        },
        description: it.description.clone(),
        url: it.url.clone(),
        external_id: it.external_id.clone(),
        previous: it.previous.clone(),
        attempted: it.attempted,
    }
}

/// An answer of `outbound`: what it gives, checked, or what it says went wrong.
pub(crate) fn answer<A, B>(
    answer: Result<A, wit::OutboundError>,
    check: impl FnOnce(A) -> Checked<B>,
) -> Checked<Result<B, OutboundError>> {
    match answer {
        Ok(given) => check(given).map(Ok),
        Err(error) => Ok(Err(error.into())),
    }
}

/// What an earlier report left to find its object by.
pub(crate) fn reported(mark: Option<String>) -> Checked<Option<String>> {
    caps::line_or_none("report", mark)
}

pub(crate) fn authorization(it: wit::Authorization) -> Checked<Authorization> {
    Ok(match it {
        wit::Authorization::Header(header) => Authorization::Header(credential_header(header)?),
        wit::Authorization::Exchange(it) => Authorization::Exchange(Box::new(TokenExchange {
            header: credential_header(it.header)?,
            request: it.request.map(ForgeRequest::from),
            token: pointer("exchange.token", it.token)?,
            expires_at: pointer("exchange.expires-at", it.expires_at)?,
            token_header: credential_header(it.token_header)?,
        })),
    })
}

pub(crate) fn probe_report(it: wit::ProbeReport) -> Checked<ProbeReport> {
    Ok(ProbeReport {
        account: it.account.map(account_name).transpose()?,
        findings: caps::list("findings", it.findings, MOST_FINDINGS, finding)?,
    })
}

fn account_name(it: events::User) -> Checked<User> {
    Ok(User {
        id: caps::line_or_none("account", it.id)?,
        login: caps::line("account", it.login)?,
    })
}

fn finding(it: wit::Finding) -> Checked<Finding> {
    let word = (1..=64).contains(&it.check.len())
        && it
            .check
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
    if !word {
        return Err(BadOutput(
            "`findings.check` is no word such as `post_status`".to_owned(),
        ));
    }
    Ok(Finding {
        check: it.check,
        ok: it.ok,
        sentence: short(&it.sentence),
    })
}

/// A field with room for a credential. The prefix goes into a request as it is.
fn credential_header(it: wit::CredentialHeader) -> Checked<CredentialHeader> {
    let plain = it.prefix.len() <= 64 && it.prefix.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if !plain {
        return Err(BadOutput(
            "`authorization.prefix` is longer than 64 bytes or holds control characters".to_owned(),
        ));
    }
    Ok(CredentialHeader {
        name: headers::name("authorization.name", it.name)?,
        prefix: it.prefix,
    })
}

/// RFC 6901.
fn pointer(place: &str, text: String) -> Checked<String> {
    if text.is_empty() || text.starts_with('/') {
        caps::line(place, text)
    } else {
        Err(BadOutput(format!("`{place}` is no JSON pointer")))
    }
}

impl From<wit::OutboundError> for OutboundError {
    fn from(error: wit::OutboundError) -> Self {
        match error {
            wit::OutboundError::Unsupported => Self::Unsupported,
            wit::OutboundError::NotFound => Self::NotFound,
            wit::OutboundError::Forbidden(text) => Self::Forbidden(short(&text)),
            wit::OutboundError::Unauthorized => Self::Unauthorized,
            wit::OutboundError::Rejected(text) => Self::Rejected(short(&text)),
            wit::OutboundError::TryLater(seconds) => Self::TryLater(seconds),
            wit::OutboundError::Call(error) => Self::Call(error.into()),
            wit::OutboundError::Malformed(text) => Self::Malformed(short(&text)),
            wit::OutboundError::Other(text) => Self::Other(short(&text)),
        }
    }
}

impl From<forge_api::CallError> for CallError {
    fn from(error: forge_api::CallError) -> Self {
        match error {
            forge_api::CallError::Refused(text) => Self::Refused(short(&text)),
            forge_api::CallError::Unreachable(text) => Self::Unreachable(short(&text)),
            forge_api::CallError::TimedOut => Self::TimedOut,
            forge_api::CallError::TooLarge => Self::TooLarge,
            forge_api::CallError::RateLimited(seconds) => Self::RateLimited(seconds),
            forge_api::CallError::Other(text) => Self::Other(short(&text)),
        }
    }
}
