//! Telling a forge: a status at a commit, or a comment, through the plugin.

use std::time::Duration;

use forgegate_model::integration::Integration;
use forgegate_model::status::{Message, Status};
use forgegate_sandbox::outbound::{CommentText, OutboundError, RepositoryRef, Status as Report};
use forgegate_sandbox::{CallError, OutboundPlugin, Plugin};
use forgegate_storage::{DeliveryCertainty, Taken};

use super::SendOutcome;
use crate::forge_client::{Options, Whom};
use crate::gateway::Gateway;

/// How long one status may take, with all the calls that its plugin makes for it.
const WITHIN: Duration = Duration::from_secs(45);

pub async fn tell(gateway: &Gateway, taken: &Taken) -> SendOutcome {
    let status = &taken.status;
    let integration = status
        .integration
        .and_then(|id| gateway.store.directory().integration(id));
    let Some(integration) = integration else {
        return SendOutcome::never("the integration is gone");
    };
    let Some(plugin) = gateway.plugins.get(&integration.forge) else {
        return SendOutcome::again(
            DeliveryCertainty::Impossible,
            format!("there is no plugin for `{}`", integration.forge),
        );
    };
    let options = Options {
        repository: status.repository.id.clone(),
        ..Options::default()
    };
    let errand = gateway
        .forge_client
        .session(plugin, Whom::Integration(&integration), options)
        .await;
    match errand {
        Ok(errand) => through(gateway, plugin, &integration, &plugin.outbound(errand, WITHIN), taken).await,
        Err(error) => uncalled(&error),
    }
}

async fn through(
    gateway: &Gateway,
    plugin: &Plugin,
    integration: &Integration,
    forge: &OutboundPlugin,
    taken: &Taken,
) -> SendOutcome {
    let answer = match &taken.status.message {
        Message::ForgeStatus { context } => forge.report(&report(taken, context)).await,
        Message::Comment { number, body, mark } => {
            let text = comment(taken, *number, body, mark);
            forge.comment(&text).await.map(|answer| answer.map(Some))
        }
        Message::WebRequest { .. } => return SendOutcome::never("a web request goes to no forge"),
    };
    match answer {
        Ok(Ok(previous)) => SendOutcome::Arrived(previous),
        Ok(Err(error)) => {
            tracing::debug!(%error, "a plugin could not tell a status: {error}");
            if let OutboundError::TryLater(Some(seconds)) = &error {
                let whom = Whom::Integration(integration);
                gateway.forge_client.hold(plugin, whom, Duration::from_secs(*seconds));
            }
            refused(error)
        }
        Err(error) => {
            tracing::warn!(%error, "a plugin failed over a status: {error}");
            SendOutcome::again(
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

/// What the plugin says of the forge's answer. Its own words, which may be the forge's, stay in the log.
fn refused(error: OutboundError) -> SendOutcome {
    match error {
        OutboundError::Unsupported => SendOutcome::never("the forge's plugin does not offer it"),
        OutboundError::NotFound => {
            SendOutcome::never("the forge does not know the repository or the commit, or the credential may not see it")
        }
        OutboundError::Forbidden(_) => SendOutcome::never("the forge does not let the credential do it"),
        OutboundError::Unauthorized => SendOutcome::never("the forge does not accept the credential"),
        OutboundError::Rejected(_) => SendOutcome::never("the forge refuses it"),
        OutboundError::TryLater(Some(seconds)) => later(Some(seconds)),
        // Whoever names no time may have failed half-way: a 502 says nothing of what the forge behind it did.
        OutboundError::TryLater(None) => SendOutcome::again(
            DeliveryCertainty::Possible,
            "the forge failed, or asks to be called later",
        ),
        OutboundError::Call(error) => uncalled(&error),
        OutboundError::Malformed(_) => {
            SendOutcome::again(DeliveryCertainty::Possible, "the forge's answer cannot be read")
        }
        OutboundError::Other(_) => {
            SendOutcome::again(DeliveryCertainty::Possible, "the forge's plugin could not tell it")
        }
    }
}

/// What the host says of a call that came to no answer. Its words are ours.
fn uncalled(error: &CallError) -> SendOutcome {
    match error {
        CallError::Refused(_) => SendOutcome::never(error.to_string()),
        CallError::RateLimited(seconds) => later(*seconds),
        CallError::Unreachable(_) | CallError::TimedOut | CallError::TooLarge | CallError::Other(_) => {
            SendOutcome::again(DeliveryCertainty::Possible, error.to_string())
        }
    }
}

fn later(seconds: Option<u64>) -> SendOutcome {
    SendOutcome::Again {
        arrival: DeliveryCertainty::Impossible,
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
            let (SendOutcome::Again { sentence, .. } | SendOutcome::Never { sentence, .. }) = refused(error) else {
                panic!("it did not arrive");
            };
            assert!(!sentence.contains("ghx_"), "{sentence}");
        }
    }

    #[test]
    fn a_wait_that_the_forge_asks_for_is_kept() {
        let told = refused(OutboundError::TryLater(Some(7)));
        assert!(matches!(
            told,
            SendOutcome::Again { wait: Some(wait), arrival: DeliveryCertainty::Impossible, .. } if wait == Duration::from_secs(7)
        ));
    }

    #[test]
    fn a_forge_that_failed_without_a_word_may_have_done_it() {
        assert!(matches!(
            refused(OutboundError::TryLater(None)),
            SendOutcome::Again {
                arrival: DeliveryCertainty::Possible,
                ..
            }
        ));
    }

    #[test]
    fn what_may_have_arrived_is_looked_up_and_what_was_refused_is_over() {
        assert!(matches!(
            uncalled(&CallError::TimedOut),
            SendOutcome::Again {
                arrival: DeliveryCertainty::Possible,
                ..
            }
        ));
        assert!(matches!(
            uncalled(&CallError::Refused("no token".into())),
            SendOutcome::Never { .. }
        ));
        assert!(matches!(
            refused(OutboundError::Unauthorized),
            SendOutcome::Never { .. }
        ));
    }
}
