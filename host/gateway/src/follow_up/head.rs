//! Heads of pull requests: whether those who brought one may write, so that it is the project's own, and whether it is the last one.

use forgegate_model::evaluation::Trust;
use forgegate_model::follow_up::{CreatedEvaluation, FollowUp, Head};
use forgegate_model::queueing::Gate;
use forgegate_storage::Effect;

use super::authorization::may_write;
use super::outcome::Outcome;
use super::question::{AskError, ProjectForge};
use super::service::FollowUps;

/// Confirms a head, project by project.
pub async fn run(service: &FollowUps, follow_up: &FollowUp, head: &Head) -> Result<Outcome, AskError> {
    let mut outcome = Outcome::default();
    for made in &head.made {
        if let Err(error) = for_project(service, follow_up, head, made, &mut outcome).await {
            // What waits goes on waiting.
            outcome.without(error, None)?;
        }
    }
    if outcome.effects.is_empty() {
        return outcome.of_any(head.made.len());
    }
    Ok(outcome)
}

async fn for_project(
    service: &FollowUps,
    follow_up: &FollowUp,
    head: &Head,
    made: &CreatedEvaluation,
    outcome: &mut Outcome,
) -> Result<(), AskError> {
    let forge = ProjectForge::of(service, follow_up, made.project)?;
    if made.gate == Gate::Held && may_all_write(&forge, head, &mut outcome.sentences).await? {
        outcome.audit = Some((
            format!("the forge's word ({})", follow_up.forge),
            "release as trusted".to_owned(),
        ));
        outcome.effects.push(Effect::Release {
            project: made.project,
            evaluation: made.evaluation,
            sha: head.sha.clone(),
            trust: Trust::Trusted,
            matched_trigger: None,
        });
    }
    if !made.confirm {
        return Ok(());
    }
    let now = forge.pull_request(head.number).await?;
    if now.open && now.head == head.sha {
        outcome.sentences.push(format!(
            "the forge says that the head is {}: older ones make way",
            head.sha
        ));
        outcome.effects.push(Effect::Overtake {
            project: made.project,
            number: head.number,
            evaluation: made.evaluation,
        });
    } else {
        outcome.sentences.push("the forge has another head by now".to_owned());
    }
    Ok(())
}

/// Asks whether whoever opened the pull request and whoever brought this head may write to the repository. Nobody known is nobody.
async fn may_all_write(forge: &ProjectForge<'_>, head: &Head, sentences: &mut Vec<String>) -> Result<bool, AskError> {
    for person in &head.people {
        if !may_write(forge, person).await? {
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
