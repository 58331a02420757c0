//! Approving reviews: whether one counts, and for which commit. An approval by command ends here too, in `approved_head`.

use forgegate_model::approval::{Permission, RecordedHead, Refusal, Written, by_name, by_standing, is_counted};
use forgegate_model::delivery::Reason;
use forgegate_model::evaluation::Trust;
use forgegate_model::follow_up::{Approval, FollowUp};
use forgegate_model::ids::ProjectId;
use forgegate_storage::{Effect, EvaluationFilter, Page};

use super::authorization::permission;
use super::outcome::{Outcome, not_asked};
use super::question::{AskError, ProjectForge};
use super::service::FollowUps;

/// The number of heads of a pull request that are read at once.
const PAGE: usize = 500;

/// Carries an approving review through, project by project.
pub async fn run(service: &FollowUps, follow_up: &FollowUp, approval: &Approval) -> Result<Outcome, AskError> {
    let mut outcome = Outcome::of_actor(&approval.by, &follow_up.forge, "review approve".to_owned());
    for project in &approval.projects {
        let effect = match ProjectForge::of(service, follow_up, *project) {
            Ok(forge) => for_project(&forge, approval, &mut outcome.sentences).await,
            Err(error) => Err(error),
        };
        match effect {
            Ok(effect) => outcome.effects.push(effect),
            Err(error) => outcome.without(error, Some(not_asked(*project, None, Reason::NotPermitted)))?,
        }
    }
    outcome.of_any(approval.projects.len())
}

async fn for_project(
    forge: &ProjectForge<'_>,
    approval: &Approval,
    sentences: &mut Vec<String>,
) -> Result<Effect, AskError> {
    let (project, by) = (forge.project().id, &approval.by);
    let mut refuse = |reason: Reason, sentence: String| {
        sentences.push(sentence.clone());
        Ok(Effect::Refuse {
            project,
            matched_trigger: None,
            reason,
            reply: sentence,
        })
    };
    let refusal = match permission(forge, by).await? {
        Permission::Granted => None,
        Permission::OwnAccount => Some(format!(
            "`{}` is the account of the gateway's own token, which approves nothing",
            by.login
        )),
        Permission::NoWriteAccess => Some(format!(
            "the forge says that `{}` may not write to the repository",
            by.login
        )),
    };
    if let Some(sentence) = refusal {
        return refuse(Reason::NotPermitted, sentence);
    }
    let reviews = forge
        .ask(async |plugin| plugin.approvals(forge.repository(), approval.number).await)
        .await?;
    let own = reviews
        .into_iter()
        .find(|it| is_counted(by, &it.by, it.state, it.stale));
    let Some(own) = own else {
        let sentence = format!("the forge counts no approval of `{}` any more", by.login);
        return refuse(Reason::NotPermitted, sentence);
    };
    // Where the payload and the forge name two commits, the forge saw a later review: that one has a delivery of its own.
    let bound = own.commit.or_else(|| approval.commit.clone());
    let written = Written {
        at: approval.written_at,
    };
    match approved_head(forge, approval.number, bound.as_deref(), written).await? {
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
                matched_trigger: None,
            })
        }
        Err(Refusal::Fresh { head }) => refuse(
            Reason::NotPermitted,
            format!(
                "the forge binds the approval to no commit, and the head {head} had not stood for a minute when it was given"
            ),
        ),
        Err(_) => refuse(
            Reason::Filtered,
            "nothing of the commit that was approved waits".to_owned(),
        ),
    }
}

/// The head that an approval releases, with or without a commit named.
///
/// # Errors
/// Where there is no answer. The inner error says why the approval releases nothing.
pub async fn approved_head(
    forge: &ProjectForge<'_>,
    number: u64,
    named: Option<&str>,
    written: Written,
) -> Result<Result<RecordedHead, Refusal>, AskError> {
    let heads = recorded_heads(forge.service(), forge.project().id, number).await?;
    let heads: Vec<RecordedHead> = heads.into_iter().map(|(head, _)| head).collect();
    Ok(match named {
        Some(sha) => by_name(sha, written, &heads).cloned(),
        None => {
            let now = forge.pull_request(number).await?;
            by_standing(written, &heads, &now.head).cloned()
        }
    })
}

/// Every head of a pull request that is on record for a project, with the trust that it has there.
///
/// # Errors
/// When storage is unavailable.
pub async fn recorded_heads(
    service: &FollowUps,
    project: ProjectId,
    number: u64,
) -> Result<Vec<(RecordedHead, Trust)>, AskError> {
    let mut heads = Vec::new();
    let mut cursor = None;
    loop {
        let filter = EvaluationFilter {
            project: Some(project),
            pull_request: Some(number),
            ..EvaluationFilter::default()
        };
        let listed = service.store.evaluations(filter, Page { cursor, limit: PAGE }).await?;
        heads.extend(listed.items.into_iter().map(|it| {
            let head = RecordedHead {
                evaluation: it.id,
                sha: it.work.sha,
                state: it.state,
                recorded_at: it.created_at,
            };
            (head, it.work.trust)
        }));
        cursor = listed.next;
        if cursor.is_none() {
            return Ok(heads);
        }
    }
}
