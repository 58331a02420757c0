//! Statuses at a commit, and comments, sent to a forge through its plugin.

use std::time::Duration;

use forgegate_model::status::{Message, Status};
use forgegate_sandbox::CallError;
use forgegate_sandbox::outbound::{CommentText, OutboundError, RepositoryRef, Status as Report};
use forgegate_storage::{DeliveryCertainty, Taken};

use super::outcome::SendOutcome;
use super::service::Reporting;
use crate::forge_access::{ForgePrincipal, ForgeSession};
use crate::forge_client::Options;

/// The time that one status may take, with all the calls that its plugin makes for it.
const WITHIN: Duration = Duration::from_secs(45);

/// Sends a status or a comment through the plugin of its integration's forge.
pub async fn send(service: &Reporting, taken: &Taken) -> SendOutcome {
    let status = &taken.status;
    let integration = status
        .integration
        .and_then(|id| service.store.directory().integration(id));
    let Some(integration) = integration else {
        return SendOutcome::refused("the integration is gone");
    };
    let Some(plugin) = service.plugins.get(&integration.forge) else {
        return SendOutcome::retryable(
            DeliveryCertainty::Impossible,
            format!("there is no plugin for `{}`", integration.forge),
        );
    };
    let principal = ForgePrincipal::integration(plugin, integration);
    let options = Options {
        repository: status.repository.id.clone(),
        ..Options::default()
    };
    match service.forges.open(&principal, options).await {
        Ok(session) => send_in(&session, taken).await,
        Err(error) => uncalled(&error),
    }
}

async fn send_in(session: &ForgeSession, taken: &Taken) -> SendOutcome {
    let forge = session.within(WITHIN);
    let answer = match &taken.status.message {
        Message::ForgeStatus { context } => forge.report(&report(taken, context)).await,
        Message::Comment { number, body, mark } => {
            let text = comment(taken, *number, body, mark);
            forge.comment(&text).await.map(|answer| answer.map(Some))
        }
        Message::WebRequest { .. } => return SendOutcome::refused("a web request goes to no forge"),
    };
    match answer {
        Ok(Ok(previous)) => SendOutcome::Sent(previous),
        Ok(Err(error)) => {
            tracing::debug!(%error, "a plugin could not tell a status: {error}");
            session.hold(&error);
            refused(error)
        }
        Err(error) => {
            tracing::warn!(%error, "a plugin failed over a status: {error}");
            SendOutcome::retryable(
                DeliveryCertainty::Possible,
                "the forge's plugin failed; the log has the cause",
            )
        }
    }
}

fn repository(status: &Status) -> RepositoryRef {
    RepositoryRef {
        id: status.repository.id.clone(),
        full_name: status.repository.full_name.clone(),
    }
}

fn report(taken: &Taken, context: &str) -> Report {
    let status = &taken.status;
    Report {
        repository: repository(status),
        sha: status.sha.clone(),
        ref_name: status.ref_name.clone(),
        fetch_ref: status.fetch_ref.clone(),
        context: context.to_owned(),
        state: status.state,
        description: status.description.clone(),
        url: status.url.clone(),
        external_id: status.evaluation.to_string(),
        previous: status.previous.clone(),
        attempted: taken.attempted,
    }
}

fn comment(taken: &Taken, number: u64, body: &str, mark: &str) -> CommentText {
    let status = &taken.status;
    CommentText {
        repository: repository(status),
        number,
        body: body.to_owned(),
        previous: status.previous.clone(),
        mark: mark.to_owned(),
        attempted: taken.attempted,
    }
}

/// The outcome of a refusal. The plugin's own words, which may be the forge's, stay in the log.
fn refused(error: OutboundError) -> SendOutcome {
    match error {
        OutboundError::Unsupported => SendOutcome::refused("the forge's plugin does not offer it"),
        OutboundError::NotFound => SendOutcome::refused(
            "the forge does not know the repository or the commit, or the credential may not see it",
        ),
        OutboundError::Forbidden(_) => SendOutcome::refused("the forge does not let the credential do it"),
        OutboundError::Unauthorized => SendOutcome::refused("the forge does not accept the credential"),
        OutboundError::Rejected(_) => SendOutcome::refused("the forge refuses it"),
        OutboundError::TryLater(Some(seconds)) => later(Some(seconds)),
        // Whoever names no time may have failed half-way: a 502 says nothing of what the forge behind it did.
        OutboundError::TryLater(None) => SendOutcome::retryable(
            DeliveryCertainty::Possible,
            "the forge failed, or asks to be called later",
        ),
        OutboundError::Call(error) => uncalled(&error),
        OutboundError::Malformed(_) => {
            SendOutcome::retryable(DeliveryCertainty::Possible, "the forge's answer cannot be read")
        }
        OutboundError::Other(_) => {
            SendOutcome::retryable(DeliveryCertainty::Possible, "the forge's plugin could not tell it")
        }
    }
}

/// The outcome of a call without an answer. Its words are the host's.
fn uncalled(error: &CallError) -> SendOutcome {
    match error {
        CallError::Refused(_) => SendOutcome::refused(error.to_string()),
        CallError::RateLimited(seconds) => later(*seconds),
        CallError::Unreachable(_) | CallError::TimedOut | CallError::TooLarge | CallError::Other(_) => {
            SendOutcome::retryable(DeliveryCertainty::Possible, error.to_string())
        }
    }
}

fn later(seconds: Option<u64>) -> SendOutcome {
    SendOutcome::Retryable {
        certainty: DeliveryCertainty::Impossible,
        wait: seconds.map(Duration::from_secs),
        sentence: "the forge, or the budget of the credential, asks to wait".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_forge_said_never_becomes_the_sentence_of_a_status() {
        let said = "token ghx_0123456789 is wrong";
        for error in [
            OutboundError::Forbidden(said.into()),
            OutboundError::Rejected(said.into()),
            OutboundError::Malformed(said.into()),
            OutboundError::Other(said.into()),
        ] {
            let (SendOutcome::Retryable { sentence, .. } | SendOutcome::Permanent { sentence, .. }) = refused(error)
            else {
                panic!("it did not arrive");
            };
            assert!(!sentence.contains("ghx_"), "{sentence}");
        }
    }

    #[test]
    fn a_wait_that_the_forge_asks_for_is_kept() {
        let outcome = refused(OutboundError::TryLater(Some(7)));
        assert!(matches!(
            outcome,
            SendOutcome::Retryable { wait: Some(wait), certainty: DeliveryCertainty::Impossible, .. } if wait == Duration::from_secs(7)
        ));
    }

    #[test]
    fn a_forge_that_failed_without_a_word_may_have_done_it() {
        assert!(matches!(
            refused(OutboundError::TryLater(None)),
            SendOutcome::Retryable {
                certainty: DeliveryCertainty::Possible,
                ..
            }
        ));
    }

    #[test]
    fn what_may_have_arrived_is_looked_up_and_what_was_refused_is_over() {
        assert!(matches!(
            uncalled(&CallError::TimedOut),
            SendOutcome::Retryable {
                certainty: DeliveryCertainty::Possible,
                ..
            }
        ));
        assert!(matches!(
            uncalled(&CallError::Refused("no token".into())),
            SendOutcome::Permanent { .. }
        ));
        assert!(matches!(
            refused(OutboundError::Unauthorized),
            SendOutcome::Permanent { .. }
        ));
    }
}
