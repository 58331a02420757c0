//! The reply to whoever gave a command: a reaction to the comment, and a text where there is something to say.

use std::sync::Arc;
use std::time::Duration;

use forgegate_model::follow_up::{FollowUp, Reply, Sign};
use forgegate_sandbox::outbound::{Answer, CommentText, OutboundError, Reaction, RepositoryRef};
use forgegate_sandbox::{CallError, OutboundPlugin};

use super::question::AskError;
use super::service::FollowUps;
use crate::forge_access::ForgePrincipal;
use crate::forge_client::Options;

/// The time that a reply may take, with all the calls that the plugin makes for it.
const WITHIN: Duration = Duration::from_secs(30);

/// Sends a reply. Answers a sentence for the operator where a part of it cannot be sent for good.
///
/// # Errors
/// Where it has to be tried again.
pub async fn send(service: &FollowUps, follow_up: &FollowUp, reply: &Reply) -> Result<Option<String>, AskError> {
    let integration = service.store.directory().integration(reply.address.integration);
    let integration =
        integration.ok_or_else(|| AskError::permanent("the integration that a reply goes through is gone"))?;
    let plugin = service.plugins.get(&integration.forge);
    let plugin =
        plugin.ok_or_else(|| AskError::permanent(format!("there is no plugin for `{}`", integration.forge)))?;
    let options = Options {
        repository: reply.address.repository.id.clone(),
        ..Options::default()
    };
    let name = integration.name.as_str();
    let principal = ForgePrincipal::integration(plugin, Arc::clone(&integration));
    let session = service.forges.open(&principal, options).await;
    let session = session.map_err(|error| classify(&OutboundError::Call(error), name))?;
    let forge = session.within(WITHIN);
    let repository = RepositoryRef {
        id: reply.address.repository.id.clone(),
        full_name: reply.address.repository.full_name.clone(),
    };
    // A reaction that cannot be set does not keep the text from being written.
    let reaction = outcome(react(&forge, &repository, reply).await, name);
    let text = outcome(write(&forge, repository, follow_up, reply).await, name);
    match (reaction, text) {
        (Err(later @ AskError::Retryable { .. }), _) | (_, Err(later @ AskError::Retryable { .. })) => Err(later),
        (Err(AskError::Permanent { sentence }), _) | (_, Err(AskError::Permanent { sentence })) => {
            tracing::warn!(integration = %name, "whoever gave a command could not be told: {sentence}");
            Ok(Some(sentence))
        }
        (Ok(()), Ok(())) => Ok(None),
    }
}

async fn react(forge: &OutboundPlugin, repository: &RepositoryRef, reply: &Reply) -> Answer<()> {
    let sign = match reply.sign {
        Sign::Eyes => Reaction::Eyes,
        Sign::Confused => Reaction::Confused,
    };
    forge.react(repository, reply.number, &reply.comment, sign).await
}

/// Writes the text. An earlier attempt may have arrived: it is looked up by the mark.
async fn write(forge: &OutboundPlugin, repository: RepositoryRef, follow_up: &FollowUp, reply: &Reply) -> Answer<()> {
    let Some(text) = &reply.text else {
        return Ok(Ok(()));
    };
    let mark = format!("<!-- forgegate:reply:{} -->", follow_up.delivery);
    let text = CommentText {
        repository,
        number: reply.number,
        body: format!("{mark}\n{text}"),
        previous: None,
        mark,
        attempted: true,
    };
    Ok(forge.comment(&text).await?.map(|_| ()))
}

fn outcome(answer: Answer<()>, integration: &str) -> Result<(), AskError> {
    match answer {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(classify(&error, integration)),
        Err(error) => {
            tracing::warn!(%error, "a plugin failed over a reply: {error}");
            Err(AskError::Retryable {
                sentence: "the forge's plugin failed; the log has the cause".to_owned(),
                wait: None,
            })
        }
    }
}

/// The error that the forge's refusal is. Its own words stay in the log.
fn classify(error: &OutboundError, integration: &str) -> AskError {
    tracing::info!(%error, "a reply was not taken: {error}");
    match error {
        OutboundError::Unsupported => AskError::permanent("the forge's plugin offers no such sign or comment"),
        OutboundError::NotFound => {
            AskError::permanent("the comment or pull request is gone, or the credential may not see it")
        }
        OutboundError::Forbidden(_) => AskError::permanent(format!(
            "the credential of `{integration}` may not answer comments; `integration test` says what it lacks"
        )),
        OutboundError::Unauthorized => {
            AskError::permanent(format!("the forge does not accept the credential of `{integration}`"))
        }
        OutboundError::Rejected(_) | OutboundError::Call(CallError::Refused(_)) => {
            AskError::permanent("the forge refuses the reply")
        }
        OutboundError::TryLater(seconds) | OutboundError::Call(CallError::RateLimited(seconds)) => {
            AskError::Retryable {
                sentence: "the forge failed, or asks to be called later".to_owned(),
                wait: seconds.map(Duration::from_secs),
            }
        }
        OutboundError::Call(_) | OutboundError::Malformed(_) | OutboundError::Other(_) => AskError::Retryable {
            sentence: "the forge could not be told".to_owned(),
            wait: None,
        },
    }
}
