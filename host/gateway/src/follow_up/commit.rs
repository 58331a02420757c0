//! Releases and tags whose payload does not tell the commit.

use forgegate_model::delivery::Reason;
use forgegate_model::evaluation::Work;
use forgegate_model::follow_up::{FollowUp, Unresolved};
use forgegate_model::repository::sha_is_safe;
use forgegate_storage::{Candidate, Effect, Wanted};

use super::asking::{AskError, Asked, NOT_ASKED, Said};
use crate::gateway::Gateway;

/// Asks which commit the ref leads to, project by project: each has its own credential.
pub async fn ask(gateway: &Gateway, follow_up: &FollowUp, unresolved: &[Unresolved]) -> Result<Said, AskError> {
    let mut said = Said::default();
    for it in unresolved {
        match resolve(gateway, follow_up, it).await {
            Ok(sha) => {
                let name = &it.work.ref_name;
                said.sentences
                    .push(format!("the forge says that `{name}` is the commit {sha}"));
                said.deeds.push(Effect::Queue(Box::new(candidate(it, sha))));
            }
            Err(trouble) => {
                let refused = Effect::Refuse {
                    project: it.project,
                    decider: Some(it.decider),
                    reason: Reason::Filtered,
                    told: NOT_ASKED.to_owned(),
                };
                said.without(trouble, Some(refused))?;
            }
        }
    }
    said.of_any(unresolved.len())
}

async fn resolve(gateway: &Gateway, follow_up: &FollowUp, it: &Unresolved) -> Result<String, AskError> {
    let forge = Asked::of(gateway, follow_up, it.project)?;
    let name = &it.work.ref_name;
    let sha = forge
        .ask(gateway, async |line| line.resolve(forge.repository(), name).await)
        .await?;
    if sha_is_safe(&sha) {
        Ok(sha)
    } else {
        Err(AskError::never("the forge names a commit that is none"))
    }
}

fn candidate(it: &Unresolved, sha: String) -> Candidate {
    Candidate {
        wanted: Some(Wanted {
            evaluation: it.evaluation,
            decider: it.decider,
            work: Work { sha, ..it.work.clone() },
            gate: it.gate,
        }),
        pin: it.pin.clone(),
        ..Candidate::of(it.project)
    }
}
