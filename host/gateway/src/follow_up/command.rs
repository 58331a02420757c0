//! Commands that a comment gives: whether whoever gave one may do so, and what it does then.

use forgegate_model::approval::{Permission, Refusal, Written};
use forgegate_model::command::Command;
use forgegate_model::delivery::Reason;
use forgegate_model::evaluation::{Cause, Trust, Work};
use forgegate_model::follow_up::{CommandRequest, CommandTarget, FollowUp, refusal_text};
use forgegate_model::repository::{clone_url, clone_url_is_safe, ref_is_safe, sha_is_safe};
use forgegate_model::trust::{gate, is_own_branch, trust_of_rerun};
use forgegate_sandbox::outbound::PullRequestNow;
use forgegate_storage::{Candidate, Effect, Wanted};

use super::approval::{approved_head, recorded_heads};
use super::authorization::permission;
use super::outcome::{Outcome, not_asked};
use super::question::{AskError, ProjectForge};
use super::service::FollowUps;

/// Carries a command through, project by project.
pub async fn run(service: &FollowUps, follow_up: &FollowUp, order: &CommandRequest) -> Result<Outcome, AskError> {
    let action = format!("command {}", order.command.as_str());
    let mut outcome = Outcome::of_actor(&order.by, &follow_up.forge, action);
    for listening in &order.targets {
        let effects = match ProjectForge::of(service, follow_up, listening.project) {
            Ok(forge) => {
                outcome.address.get_or_insert_with(|| forge.address());
                for_project(&forge, follow_up, order, listening, &mut outcome.sentences).await
            }
            Err(error) => Err(error),
        };
        match effects {
            Ok(effects) => outcome.effects.extend(effects),
            Err(error) => {
                let refusal = not_asked(listening.project, Some(listening.matched_trigger), Reason::NotPermitted);
                outcome.without(error, Some(refusal))?;
            }
        }
    }
    outcome.of_any(order.targets.len())
}

async fn for_project(
    forge: &ProjectForge<'_>,
    follow_up: &FollowUp,
    order: &CommandRequest,
    listening: &CommandTarget,
    sentences: &mut Vec<String>,
) -> Result<Vec<Effect>, AskError> {
    let login = &order.by.login;
    match permission(forge, &order.by).await? {
        Permission::Granted => {
            sentences.push(format!("the forge says that `{login}` may write to the repository"));
        }
        Permission::OwnAccount => {
            sentences.push(format!(
                "`{login}` is the account of the gateway's own token, which commands nothing"
            ));
            let told = "This is the gateway's own account, which commands nothing.";
            return Ok(refuse(listening, Reason::NotPermitted, told));
        }
        Permission::NoWriteAccess => {
            sentences.push(format!("the forge says that `{login}` may not write to the repository"));
            let told = Reason::NotPermitted.told_to_commander();
            return Ok(refuse(listening, Reason::NotPermitted, told));
        }
    }
    let (project, matched_trigger) = (listening.project, Some(listening.matched_trigger));
    Ok(match &order.command {
        Command::Help => vec![Effect::Tell {
            project,
            matched_trigger,
        }],
        Command::Unknown => refuse(listening, Reason::Filtered, "This is no command."),
        Command::Cancel => vec![Effect::Cancel {
            project,
            number: order.number,
            matched_trigger,
        }],
        Command::Approve { sha } => approve(forge, order, listening, sha.as_deref(), sentences).await?,
        Command::Run { argument } => {
            let now = forge.pull_request(order.number).await?;
            if !now.open {
                sentences.push("the pull request is closed".to_owned());
                return Ok(refuse(listening, Reason::Filtered, "The pull request is closed."));
            }
            run_head(forge, follow_up, order, listening, argument.as_ref(), now).await?
        }
    })
}

/// The release of a head, or the refusal that says why the approval releases none.
async fn approve(
    forge: &ProjectForge<'_>,
    order: &CommandRequest,
    listening: &CommandTarget,
    sha: Option<&str>,
    sentences: &mut Vec<String>,
) -> Result<Vec<Effect>, AskError> {
    let written = Written { at: order.written_at };
    Ok(match approved_head(forge, order.number, sha, written).await? {
        Ok(head) => {
            sentences.push(format!("`{}` approved the commit {}", order.by.login, head.sha));
            vec![Effect::Release {
                project: listening.project,
                evaluation: head.evaluation,
                sha: head.sha,
                trust: Trust::Approved,
                matched_trigger: Some(listening.matched_trigger),
            }]
        }
        Err(refused) => {
            sentences.push("the approval releases nothing; whoever gave it was told why".to_owned());
            let reason = match refused {
                Refusal::Unknown | Refusal::NotHeld => Reason::Filtered,
                Refusal::Ambiguous | Refusal::Fresh { .. } => Reason::NotPermitted,
            };
            let prefix = &forge.service().command_prefix;
            refuse(listening, reason, &refusal_text(&refused, prefix))
        }
    })
}

/// A new evaluation of the head. What was never released is held, unless the trigger asks for no approval.
async fn run_head(
    forge: &ProjectForge<'_>,
    follow_up: &FollowUp,
    order: &CommandRequest,
    listening: &CommandTarget,
    argument: Option<&String>,
    now: PullRequestNow,
) -> Result<Vec<Effect>, AskError> {
    let project = forge.project();
    let heads = recorded_heads(forge.service(), project.id, order.number).await?;
    let own = !now.fork
        && is_own_branch(
            project,
            &follow_up.forge,
            now.head_repository_id.as_deref(),
            &now.head_ref,
        );
    let recorded = heads.iter().map(|(head, trust)| (head.sha.as_str(), *trust));
    let trust = trust_of_rerun(&now.head, recorded, own);
    let gate = gate(trust, listening.strangers);
    let clone_url = clone_url(&project.repository, &forge.service().shorthands)
        .map_err(|_| AskError::permanent("the project's repository has no URL that can be cloned"))?;
    let safe = clone_url_is_safe(&clone_url)
        && ref_is_safe(&now.head_ref)
        && ref_is_safe(&now.fetch_ref)
        && sha_is_safe(&now.head);
    if !safe {
        return Err(AskError::permanent(
            "what the forge says of the pull request must not reach a worker",
        ));
    }
    let work = Work {
        clone_url,
        fetch_ref: now.fetch_ref,
        ref_name: now.head_ref,
        sha: now.head,
        before: None,
        trust,
        repository_id: now.head_repository_id,
        cause: Cause {
            event: "comment".to_owned(),
            delivery_id: Some(follow_up.delivery),
            actor: Some(order.by.login.clone()),
            pull_request: Some(order.number),
            argument: argument.cloned(),
        },
    };
    let candidate = Candidate {
        wanted: Some(Wanted {
            evaluation: listening.evaluation,
            matched_trigger: listening.matched_trigger,
            work,
            gate,
        }),
        ..Candidate::of(listening.project)
    };
    Ok(vec![
        Effect::Queue(Box::new(candidate)),
        Effect::Overtake {
            project: listening.project,
            number: order.number,
            evaluation: listening.evaluation,
        },
    ])
}

fn refuse(listening: &CommandTarget, reason: Reason, told: &str) -> Vec<Effect> {
    vec![Effect::Refuse {
        project: listening.project,
        matched_trigger: Some(listening.matched_trigger),
        reason,
        reply: told.to_owned(),
    }]
}
