//! Heads of pull requests: whether those who brought one may write, so that it is the project's own, and whether it is the last one.

use forgegate_model::evaluation::Trust;
use forgegate_model::follow_up::{FollowUp, Head, Made};
use forgegate_model::queueing::Gate;
use forgegate_storage::Effect;

use super::asking::{AskError, Asked, Said};
use crate::gateway::Gateway;

/// Asks, project by project.
pub async fn ask(gateway: &Gateway, follow_up: &FollowUp, head: &Head) -> Result<Said, AskError> {
    let mut said = Said::default();
    for made in &head.made {
        if let Err(trouble) = one(gateway, follow_up, head, made, &mut said).await {
            // What waits goes on waiting.
            said.without(trouble, None)?;
        }
    }
    if said.deeds.is_empty() {
        return said.of_any(head.made.len());
    }
    Ok(said)
}

async fn one(
    gateway: &Gateway,
    follow_up: &FollowUp,
    head: &Head,
    made: &Made,
    said: &mut Said,
) -> Result<(), AskError> {
    let forge = Asked::of(gateway, follow_up, made.project)?;
    if made.gate == Gate::Held && may_all_write(gateway, &forge, head, &mut said.sentences).await? {
        said.audit = Some((
            format!("the forge's word ({})", follow_up.forge),
            "release as trusted".to_owned(),
        ));
        said.deeds.push(Effect::Release {
            project: made.project,
            evaluation: made.evaluation,
            sha: head.sha.clone(),
            trust: Trust::Trusted,
            decider: None,
        });
    }
    if !made.confirm {
        return Ok(());
    }
    let now = forge.pull_request(gateway, head.number).await?;
    if now.open && now.head == head.sha {
        said.sentences.push(format!(
            "the forge says that the head is {}: older ones make way",
            head.sha
        ));
        said.deeds.push(Effect::Overtake {
            project: made.project,
            number: head.number,
            evaluation: made.evaluation,
        });
    } else {
        said.sentences.push("the forge has another head by now".to_owned());
    }
    Ok(())
}

/// Whether whoever opened the pull request and whoever brought this head may write to the repository. Nobody known is nobody.
async fn may_all_write(
    gateway: &Gateway,
    forge: &Asked,
    head: &Head,
    sentences: &mut Vec<String>,
) -> Result<bool, AskError> {
    for person in &head.people {
        if !forge.may_write(gateway, person).await? {
            sentences.push(format!(
                "the forge says that `{}` may not write: the head waits for approval",
                person.login
            ));
            return Ok(false);
        }
        sentences.push(format!("the forge says that `{}` may write", person.login));
    }
    Ok(!head.people.is_empty())
}
