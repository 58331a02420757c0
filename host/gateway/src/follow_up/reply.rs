//! Telling whoever gave a command: a sign under the comment, and one text where there is something to say.

use std::time::Duration;

use forgegate_model::follow_up::{FollowUp, Reply, Sign};
use forgegate_sandbox::outbound::{Answer, CommentText, OutboundError, Reaction, RepositoryRef};
use forgegate_sandbox::{CallError, OutboundPlugin};

use super::asking::AskError;
use crate::forge_client::{Options, Whom};
use crate::gateway::Gateway;

/// How long it may take, with all the calls that the plugin makes for it.
const WITHIN: Duration = Duration::from_secs(30);

/// Tells. Answers what the operator should know where something could not be told for good.
///
/// # Errors
/// Where it has to be tried again.
pub async fn send(gateway: &Gateway, follow_up: &FollowUp, reply: &Reply) -> Result<Option<String>, AskError> {
    let row = gateway.store.directory().integration(reply.address.integration);
    let row = row.ok_or_else(|| AskError::never("the integration that a reply goes through is gone"))?;
    let plugin = gateway.plugins.get(&row.forge);
    let plugin = plugin.ok_or_else(|| AskError::never(format!("there is no plugin for `{}`", row.forge)))?;
    let options = Options {
        repository: reply.address.repository.id.clone(),
        ..Options::default()
    };
    let errand = gateway
        .forge_client
        .session(plugin, Whom::Integration(&row), options)
        .await;
    let errand = errand.map_err(|error| untold(&OutboundError::Call(error), row.name.as_str()))?;
    let forge = plugin.outbound(errand, WITHIN);
    let repository = RepositoryRef {
        id: reply.address.repository.id.clone(),
        full_name: reply.address.repository.full_name.clone(),
    };
    // A sign that cannot be put does not keep the text from being written.
    let sign = told(sign(&forge, &repository, reply).await, row.name.as_str());
    let text = told(text(&forge, repository, follow_up, reply).await, row.name.as_str());
    match (sign, text) {
        (Err(later @ AskError::Later { .. }), _) | (_, Err(later @ AskError::Later { .. })) => Err(later),
        (Err(AskError::Never { sentence }), _) | (_, Err(AskError::Never { sentence })) => {
            tracing::warn!(integration = %row.name, "whoever gave a command could not be told: {sentence}");
            Ok(Some(sentence))
        }
        (Ok(()), Ok(())) => Ok(None),
    }
}

async fn sign(forge: &OutboundPlugin, repository: &RepositoryRef, reply: &Reply) -> Answer<()> {
    let sign = match reply.sign {
        Sign::Eyes => Reaction::Eyes,
        Sign::Confused => Reaction::Confused,
    };
    forge.react(repository, reply.number, &reply.comment, sign).await
}

/// An earlier attempt may have arrived: it is looked up by the mark.
async fn text(forge: &OutboundPlugin, repository: RepositoryRef, follow_up: &FollowUp, reply: &Reply) -> Answer<()> {
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

fn told(answer: Answer<()>, integration: &str) -> Result<(), AskError> {
    match answer {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(untold(&error, integration)),
        Err(error) => {
            tracing::warn!(%error, "a plugin failed over a reply: {error}");
            Err(AskError::Later {
                sentence: "the forge's plugin failed; the log has the cause".to_owned(),
                wait: None,
            })
        }
    }
}

fn untold(error: &OutboundError, integration: &str) -> AskError {
    tracing::info!(%error, "a reply was not taken: {error}");
    match error {
        OutboundError::Unsupported => AskError::never("the forge's plugin offers no such sign or comment"),
        OutboundError::NotFound => {
            AskError::never("the comment or pull request is gone, or the credential may not see it")
        }
        OutboundError::Forbidden(_) => AskError::never(format!(
            "the credential of `{integration}` may not answer comments; `integration test` says what it lacks"
        )),
        OutboundError::Unauthorized => {
            AskError::never(format!("the forge does not accept the credential of `{integration}`"))
        }
        OutboundError::Rejected(_) | OutboundError::Call(CallError::Refused(_)) => {
            AskError::never("the forge refuses the reply")
        }
        OutboundError::TryLater(seconds) | OutboundError::Call(CallError::RateLimited(seconds)) => AskError::Later {
            sentence: "the forge failed, or asks to be called later".to_owned(),
            wait: seconds.map(Duration::from_secs),
        },
        OutboundError::Call(_) | OutboundError::Malformed(_) | OutboundError::Other(_) => AskError::Later {
            sentence: "the forge could not be told".to_owned(),
            wait: None,
        },
    }
}
