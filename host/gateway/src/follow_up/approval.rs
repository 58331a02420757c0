//! Approving reviews: whether one counts, and for which commit.

use forgegate_model::approval::{Permission, Refusal, Written, is_counted};
use forgegate_model::delivery::Reason;
use forgegate_model::evaluation::Trust;
use forgegate_model::follow_up::{Approval, FollowUp};
use forgegate_model::ids::ProjectId;
use forgegate_storage::Effect;

use super::asking::{AskError, Asked, NOT_ASKED, Said};
use super::command::approved;
use crate::gateway::Gateway;

/// Asks, project by project.
pub async fn ask(gateway: &Gateway, follow_up: &FollowUp, approval: &Approval) -> Result<Said, AskError> {
    let by = &approval.by;
    let number = by.id.as_deref().unwrap_or("without a number");
    let mut said = Said {
        audit: Some((
            format!("{} ({} {number})", by.login, follow_up.forge),
            "review approve".to_owned(),
        )),
        ..Said::default()
    };
    for project in &approval.projects {
        let came = match Asked::of(gateway, follow_up, *project) {
            Ok(forge) => one(gateway, &forge, approval, *project, &mut said.sentences).await,
            Err(trouble) => Err(trouble),
        };
        match came {
            Ok(deed) => said.deeds.push(deed),
            Err(trouble) => {
                let refused = Effect::Refuse {
                    project: *project,
                    decider: None,
                    reason: Reason::NotPermitted,
                    told: NOT_ASKED.to_owned(),
                };
                said.without(trouble, Some(refused))?;
            }
        }
    }
    said.of_any(approval.projects.len())
}

async fn one(
    gateway: &Gateway,
    forge: &Asked,
    approval: &Approval,
    project: ProjectId,
    sentences: &mut Vec<String>,
) -> Result<Effect, AskError> {
    let by = &approval.by;
    let mut refuse = |reason: Reason, sentence: String| {
        sentences.push(sentence.clone());
        Effect::Refuse {
            project,
            decider: None,
            reason,
            told: sentence,
        }
    };
    let permission = forge.permission(gateway, by).await?;
    if permission == Permission::OwnAccount {
        let sentence = format!(
            "`{}` is the account of the gateway's own token, which approves nothing",
            by.login
        );
        return Ok(refuse(Reason::NotPermitted, sentence));
    }
    if permission != Permission::Granted {
        let sentence = format!("the forge says that `{}` may not write to the repository", by.login);
        return Ok(refuse(Reason::NotPermitted, sentence));
    }
    let standing = forge
        .ask(gateway, async |line| {
            line.approvals(forge.repository(), approval.number).await
        })
        .await?;
    let own = standing
        .into_iter()
        .find(|it| is_counted(by, &it.by, it.state, it.stale));
    let Some(own) = own else {
        let sentence = format!("the forge counts no approval of `{}` any more", by.login);
        return Ok(refuse(Reason::NotPermitted, sentence));
    };
    // Where the payload and the forge name two commits, the forge saw a later review: that one has a delivery of its own.
    let bound = own.commit.or_else(|| approval.commit.clone());
    let written = Written {
        at: approval.written_at,
    };
    match approved(gateway, forge, approval.number, bound.as_deref(), written).await? {
        Ok(head) => {
            sentences.push(format!(
                "`{}` may write, and approved the commit {}",
                by.login, head.sha
            ));
            Ok(Effect::Release {
                project,
                evaluation: head.evaluation,
                sha: head.sha,
                trust: Trust::Approved,
                decider: None,
            })
        }
        Err(Refusal::Fresh { head }) => Ok(refuse(
            Reason::NotPermitted,
            format!(
                "the forge binds the approval to no commit, and the head {head} had not stood for a minute when it was given"
            ),
        )),
        Err(_) => Ok(refuse(
            Reason::Filtered,
            "nothing of the commit that was approved waits".to_owned(),
        )),
    }
}
