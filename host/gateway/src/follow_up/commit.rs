//! Releases and tags whose payload does not tell the commit.

use forgegate_model::delivery::Reason;
use forgegate_model::evaluation::Work;
use forgegate_model::follow_up::{FollowUp, UnresolvedCommit};
use forgegate_model::repository::sha_is_safe;
use forgegate_storage::{Candidate, Effect, Wanted};

use super::outcome::{Outcome, not_asked};
use super::question::{AskError, ProjectForge};
use super::service::FollowUps;

/// Resolves the commit that the ref leads to, project by project: each has its own credential.
pub async fn run(
    service: &FollowUps,
    follow_up: &FollowUp,
    unresolved: &[UnresolvedCommit],
) -> Result<Outcome, AskError> {
    let mut outcome = Outcome::default();
    for it in unresolved {
        match resolve(service, follow_up, it).await {
            Ok(sha) => {
                let name = &it.work.ref_name;
                let sentence = format!("the forge says that `{name}` is the commit {sha}");
                outcome.sentences.push(sentence);
                outcome.effects.push(Effect::Queue(Box::new(candidate(it, sha))));
            }
            Err(error) => {
                let refusal = not_asked(it.project, Some(it.matched_trigger), Reason::Filtered);
                outcome.without(error, Some(refusal))?;
            }
        }
    }
    outcome.of_any(unresolved.len())
}

async fn resolve(service: &FollowUps, follow_up: &FollowUp, it: &UnresolvedCommit) -> Result<String, AskError> {
    let forge = ProjectForge::of(service, follow_up, it.project)?;
    let name = &it.work.ref_name;
    let sha = forge
        .ask(async |plugin| plugin.resolve(forge.repository(), name).await)
        .await?;
    if sha_is_safe(&sha) {
        Ok(sha)
    } else {
        Err(AskError::permanent("the forge names a commit that is none"))
    }
}

fn candidate(it: &UnresolvedCommit, sha: String) -> Candidate {
    Candidate {
        wanted: Some(Wanted {
            evaluation: it.evaluation,
            matched_trigger: it.matched_trigger,
            work: Work { sha, ..it.work.clone() },
            gate: it.gate,
        }),
        pin: it.pin.clone(),
        ..Candidate::of(it.project)
    }
}
