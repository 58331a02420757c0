//! The reply to whoever gave a command: a reaction to the comment, and a text where there is something to say.

use std::sync::Arc;
use std::time::Duration;

use forgegate_model::follow_up::{FollowUp, Reply, ReplyReaction};
use forgegate_sandbox::outbound::{CommentText, Reaction, RepositoryRef};

use super::question::AskError;
use super::service::FollowUps;
use crate::forge_access::ForgePrincipal;
use crate::forge_client::{ForgeError, ForgeSession, SessionOptions};

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
    let options = SessionOptions {
        repository: reply.address.repository.id.clone(),
        ..SessionOptions::default()
    };
    let name = integration.name.as_str();
    let principal = ForgePrincipal::integration(plugin, Arc::clone(&integration));
    let session = service.forges.open(&principal, options).await;
    let classify = |error: ForgeError| AskError::of(&error, name, "answer comments");
    let session = session.map_err(classify)?;
    let repository = RepositoryRef {
        id: reply.address.repository.id.clone(),
        full_name: reply.address.repository.full_name.clone(),
    };
    // A reaction that cannot be set does not keep the text from being written.
    let reaction = react(&session, &repository, reply).await.map_err(classify);
    let text = write(&session, repository, follow_up, reply).await.map_err(classify);
    match (reaction, text) {
        (Err(later @ AskError::Retryable { .. }), _) | (_, Err(later @ AskError::Retryable { .. })) => Err(later),
        (Err(AskError::Permanent { sentence }), _) | (_, Err(AskError::Permanent { sentence })) => {
            tracing::warn!(integration = %name, "whoever gave a command could not be told: {sentence}");
            Ok(Some(sentence))
        }
        (Ok(()), Ok(())) => Ok(None),
    }
}

async fn react(session: &ForgeSession, repository: &RepositoryRef, reply: &Reply) -> Result<(), ForgeError> {
    let sign = match reply.sign {
        ReplyReaction::Eyes => Reaction::Eyes,
        ReplyReaction::Confused => Reaction::Confused,
    };
    let (number, comment) = (reply.number, &reply.comment);
    let answer = session.ask(WITHIN, async |forge| {
        forge.react(repository, number, comment, sign).await
    });
    answer.await
}

/// Writes the text. An earlier attempt may have arrived: it is looked up by the mark.
async fn write(
    session: &ForgeSession,
    repository: RepositoryRef,
    follow_up: &FollowUp,
    reply: &Reply,
) -> Result<(), ForgeError> {
    let Some(text) = &reply.text else {
        return Ok(());
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
    let answer = session.ask(WITHIN, async |forge| forge.comment(&text).await);
    answer.await.map(drop)
}
