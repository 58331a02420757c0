//! Telling a forge: a status at a commit, or a comment, through the plugin.

use std::time::Duration;

use forgegate_model::integration::Integration;
use forgegate_model::status::{Message, Status};
use forgegate_sandbox::outbound::{CommentText, OutboundError, RepositoryRef, Status as Report};
use forgegate_sandbox::{CallError, Outward, Plugin};
use forgegate_storage::{Arrival, Taken};

use super::Told;
use crate::forge_client::{Options, Whom};
use crate::gateway::Gateway;

/// How long one status may take, with all the calls that its plugin makes for it.
const WITHIN: Duration = Duration::from_secs(45);

pub async fn tell(gateway: &Gateway, taken: &Taken) -> Told {
    let status = &taken.status;
    let integration = status
        .integration
        .and_then(|id| gateway.store.directory().integration(id));
    let Some(integration) = integration else {
        return Told::never("the integration is gone");
    };
    let Some(plugin) = gateway.plugins.get(&integration.forge) else {
        return Told::again(
            Arrival::Impossible,
            format!("there is no plugin for `{}`", integration.forge),
        );
    };
    let options = Options {
        repository: status.repository.id.clone(),
        ..Options::default()
    };
    let errand = gateway
        .forge_client
        .errand(plugin, Whom::Integration(&integration), options)
        .await;
    match errand {
        Ok(errand) => through(gateway, plugin, &integration, &plugin.outward(errand, WITHIN), taken).await,
        Err(error) => uncalled(&error),
    }
}

async fn through(
    gateway: &Gateway,
    plugin: &Plugin,
    integration: &Integration,
    forge: &Outward,
    taken: &Taken,
) -> Told {
    let answer = match &taken.status.message {
        Message::ForgeStatus { context } => forge.report(&report(taken, context)).await,
        Message::Comment { number, body, mark } => {
            let text = comment(taken, *number, body, mark);
            forge.comment(&text).await.map(|answer| answer.map(Some))
        }
        Message::WebRequest { .. } => return Told::never("a web request goes to no forge"),
    };
    match answer {
        Ok(Ok(previous)) => Told::Arrived(previous),
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
            Told::again(Arrival::Possible, "the forge's plugin failed; the log has the cause")
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
fn refused(error: OutboundError) -> Told {
    match error {
        OutboundError::Unsupported => Told::never("the forge's plugin does not offer it"),
        OutboundError::NotFound => {
            Told::never("the forge does not know the repository or the commit, or the credential may not see it")
        }
        OutboundError::Forbidden(_) => Told::never("the forge does not let the credential do it"),
        OutboundError::Unauthorized => Told::never("the forge does not accept the credential"),
        OutboundError::Rejected(_) => Told::never("the forge refuses it"),
        OutboundError::TryLater(Some(seconds)) => later(Some(seconds)),
        // Whoever names no time may have failed half-way: a 502 says nothing of what the forge behind it did.
        OutboundError::TryLater(None) => Told::again(Arrival::Possible, "the forge failed, or asks to be called later"),
        OutboundError::Call(error) => uncalled(&error),
        OutboundError::Malformed(_) => Told::again(Arrival::Possible, "the forge's answer cannot be read"),
        OutboundError::Other(_) => Told::again(Arrival::Possible, "the forge's plugin could not tell it"),
    }
}

/// What the host says of a call that came to no answer. Its words are ours.
fn uncalled(error: &CallError) -> Told {
    match error {
        CallError::Refused(_) => Told::never(error.to_string()),
        CallError::RateLimited(seconds) => later(*seconds),
        CallError::Unreachable(_) | CallError::TimedOut | CallError::TooLarge | CallError::Other(_) => {
            Told::again(Arrival::Possible, error.to_string())
        }
    }
}

fn later(seconds: Option<u64>) -> Told {
    Told::Again {
        arrival: Arrival::Impossible,
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
            let (Told::Again { sentence, .. } | Told::Never { sentence, .. }) = refused(error) else {
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
            Told::Again { wait: Some(wait), arrival: Arrival::Impossible, .. } if wait == Duration::from_secs(7)
        ));
    }

    #[test]
    fn a_forge_that_failed_without_a_word_may_have_done_it() {
        assert!(matches!(
            refused(OutboundError::TryLater(None)),
            Told::Again {
                arrival: Arrival::Possible,
                ..
            }
        ));
    }

    #[test]
    fn what_may_have_arrived_is_looked_up_and_what_was_refused_is_over() {
        assert!(matches!(
            uncalled(&CallError::TimedOut),
            Told::Again {
                arrival: Arrival::Possible,
                ..
            }
        ));
        assert!(matches!(
            uncalled(&CallError::Refused("no token".into())),
            Told::Never { .. }
        ));
        assert!(matches!(refused(OutboundError::Unauthorized), Told::Never { .. }));
    }
}
