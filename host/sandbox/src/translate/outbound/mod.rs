//! The way out: what is asked, and what is answered.

mod app;
mod hooks;
mod questions;
mod reports;

use forgegate_model::event::User;
use forgegate_model::timestamp::Timestamp;

use super::{BadOutput, Checked, caps};
use crate::CallError;
use crate::bindings::exports::forgegate::plugin::outbound as wit;
use crate::bindings::forgegate::plugin::{events, forge_api};
use crate::outbound::{OutboundError, RepositoryRef};

pub(crate) use app::{account, app_exchange, app_form, app_spec, authorization};
pub(crate) use hooks::{hook_owner, hook_result, hook_spec, hook_state, missed};
pub(crate) use questions::{
    access, addresses, approvals, commit, found_repository, heads, history, installation, probe_report, pull_request,
    repositories,
};
pub(crate) use reports::{comment, commented, reaction, reported, status};

pub(crate) fn repository(it: &RepositoryRef) -> wit::RepositoryRef {
    wit::RepositoryRef {
        id: it.id.clone(),
        full_name: it.full_name.clone(),
    }
}

pub(crate) fn user(it: &User) -> wit::User {
    wit::User {
        id: it.id.clone(),
        login: it.login.clone(),
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

fn repository_now(item: &str, it: wit::RepositoryRef) -> Checked<RepositoryRef> {
    Ok(RepositoryRef {
        id: it.id.map(|id| caps::word(item, id)).transpose()?,
        full_name: caps::word(item, it.full_name)?,
    })
}

fn account_name(item: &str, it: events::User) -> Checked<User> {
    Ok(User {
        id: caps::line_or_none(item, it.id)?,
        login: caps::line(item, it.login)?,
    })
}

fn time(item: &str, text: Option<String>) -> Checked<Option<Timestamp>> {
    let parse = |text: String| {
        Timestamp::parse(&text).ok_or_else(|| BadOutput(format!("`{item}` is no time such as `2026-01-02T03:04:05Z`")))
    };
    text.map(parse).transpose()
}

impl From<wit::OutboundError> for OutboundError {
    fn from(error: wit::OutboundError) -> Self {
        match error {
            wit::OutboundError::Unsupported => Self::Unsupported,
            wit::OutboundError::NotFound => Self::NotFound,
            wit::OutboundError::Forbidden(text) => Self::Forbidden(caps::short(&text)),
            wit::OutboundError::Unauthorized => Self::Unauthorized,
            wit::OutboundError::Rejected(text) => Self::Rejected(caps::short(&text)),
            wit::OutboundError::TryLater(seconds) => Self::TryLater(seconds),
            wit::OutboundError::Call(error) => Self::Call(error.into()),
            wit::OutboundError::Malformed(text) => Self::Malformed(caps::short(&text)),
            wit::OutboundError::Other(text) => Self::Other(caps::short(&text)),
        }
    }
}

impl From<forge_api::CallError> for CallError {
    fn from(error: forge_api::CallError) -> Self {
        match error {
            forge_api::CallError::Refused(text) => Self::Refused(caps::short(&text)),
            forge_api::CallError::Unreachable(text) => Self::Unreachable(caps::short(&text)),
            forge_api::CallError::TimedOut => Self::TimedOut,
            forge_api::CallError::TooLarge => Self::TooLarge,
            forge_api::CallError::RateLimited(seconds) => Self::RateLimited(seconds),
            forge_api::CallError::Other(text) => Self::Other(caps::short(&text)),
        }
    }
}
