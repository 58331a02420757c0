//! Statuses at a commit, and comments, sent to a forge through its plugin.

use std::time::Duration;

use forgegate_model::status::{Message, Status};
use forgegate_sandbox::outbound::{CommentText, RepositoryRef, Status as Report};
use forgegate_storage::{DeliveryCertainty, Taken};

use super::outcome::SendOutcome;
use super::service::Reporting;
use crate::forge_access::ForgePrincipal;
use crate::forge_client::{ForgeError, ForgeSession, Retry, SessionOptions};

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
    let options = SessionOptions {
        repository: status.repository.id.clone(),
        ..SessionOptions::default()
    };
    match service.forges.open(&principal, options).await {
        Ok(session) => send_in(&session, taken).await,
        Err(error) => failed(&error),
    }
}

async fn send_in(session: &ForgeSession, taken: &Taken) -> SendOutcome {
    let sent = match &taken.status.message {
        Message::ForgeStatus { context } => {
            let report = report(taken, context);
            session.ask(WITHIN, async |forge| forge.report(&report).await).await
        }
        Message::Comment { number, body, mark } => {
            let text = comment(taken, *number, body, mark);
            let written = session.ask(WITHIN, async |forge| forge.comment(&text).await);
            written.await.map(Some)
        }
        Message::WebRequest { .. } => return SendOutcome::refused("a web request goes to no forge"),
    };
    match sent {
        Ok(previous) => SendOutcome::Sent(previous),
        Err(error) => failed(&error),
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

/// The outcome of a failure. Words of the plugin, which may be the forge's, stay in the log.
fn failed(error: &ForgeError) -> SendOutcome {
    let sentence = match error {
        ForgeError::NotFound => {
            "the forge does not know the repository or the commit, or the credential may not see it".to_owned()
        }
        error => error.sentence(),
    };
    let certainty = if error.may_have_arrived() {
        DeliveryCertainty::Possible
    } else {
        DeliveryCertainty::Impossible
    };
    match error.retry() {
        Retry::Permanent => SendOutcome::refused(sentence),
        Retry::Retryable => SendOutcome::retryable(certainty, sentence),
        Retry::Wait(wait) => SendOutcome::Retryable {
            certainty,
            wait,
            sentence,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_forge_said_never_becomes_the_sentence_of_a_status() {
        let said = "token ghx_0123456789 is wrong";
        for error in [
            ForgeError::Forbidden(said.into()),
            ForgeError::Rejected(said.into()),
            ForgeError::Malformed(said.into()),
            ForgeError::Other(said.into()),
        ] {
            let (SendOutcome::Retryable { sentence, .. } | SendOutcome::Permanent { sentence, .. }) = failed(&error)
            else {
                panic!("it was not sent");
            };
            assert!(!sentence.contains("ghx_"), "{sentence}");
        }
    }

    #[test]
    fn a_wait_that_the_forge_asks_for_is_kept() {
        let outcome = failed(&ForgeError::RateLimited(Some(Duration::from_secs(7))));
        assert!(matches!(
            outcome,
            SendOutcome::Retryable { wait: Some(wait), certainty: DeliveryCertainty::Impossible, .. } if wait == Duration::from_secs(7)
        ));
    }

    #[test]
    fn what_may_have_arrived_is_looked_up_and_what_was_refused_is_over() {
        // A forge that failed without a word may have done it.
        for error in [ForgeError::TryLater, ForgeError::TimedOut] {
            assert!(matches!(
                failed(&error),
                SendOutcome::Retryable {
                    certainty: DeliveryCertainty::Possible,
                    ..
                }
            ));
        }
        for error in [ForgeError::Refused("no token".into()), ForgeError::Unauthorized] {
            assert!(matches!(failed(&error), SendOutcome::Permanent { .. }));
        }
    }
}
