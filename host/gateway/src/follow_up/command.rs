//! Commands: whether whoever gave one may do so, and what it does then.

use forgegate_model::approval::{Permission, RecordedHead, Refusal, Written, by_name, by_standing};
use forgegate_model::command::Command;
use forgegate_model::delivery::Reason;
use forgegate_model::evaluation::{Cause, Trust, Work};
use forgegate_model::follow_up::{FollowUp, Listening, Order, refusal_text};
use forgegate_model::repository::{clone_url, clone_url_is_safe, ref_is_safe, sha_is_safe};
use forgegate_model::trust::{gate, is_own_branch, trust_of_rerun};
use forgegate_sandbox::outbound::PullRequestNow;
use forgegate_storage::{Candidate, Effect, Wanted};

use super::asking::{AskError, Asked, NOT_ASKED, Said, recorded};
use crate::gateway::Gateway;

/// Asks, project by project.
pub async fn ask(gateway: &Gateway, follow_up: &FollowUp, order: &Order) -> Result<Said, AskError> {
    let by = &order.by;
    let number = by.id.as_deref().unwrap_or("without a number");
    let mut said = Said {
        audit: Some((
            format!("{} ({} {number})", by.login, follow_up.forge),
            format!("command {}", order.command.as_str()),
        )),
        ..Said::default()
    };
    for listening in &order.listening {
        let came = match Asked::of(gateway, follow_up, listening.project) {
            Ok(forge) => {
                said.address.get_or_insert_with(|| forge.address());
                one(gateway, &forge, follow_up, order, listening, &mut said.sentences).await
            }
            Err(trouble) => Err(trouble),
        };
        match came {
            Ok(deeds) => said.deeds.extend(deeds),
            Err(trouble) => {
                let refused = refusal(listening, Reason::NotPermitted, NOT_ASKED.to_owned());
                said.without(trouble, Some(refused))?;
            }
        }
    }
    said.of_any(order.listening.len())
}

async fn one(
    gateway: &Gateway,
    forge: &Asked,
    follow_up: &FollowUp,
    order: &Order,
    listening: &Listening,
    sentences: &mut Vec<String>,
) -> Result<Vec<Effect>, AskError> {
    let by = &order.by;
    let refuse = |reason: Reason, told: &str| vec![refusal(listening, reason, told.to_owned())];
    let permission = forge.permission(gateway, by).await?;
    if permission == Permission::OwnAccount {
        sentences.push(format!(
            "`{}` is the account of the gateway's own token, which commands nothing",
            by.login
        ));
        return Ok(refuse(
            Reason::NotPermitted,
            "This is the gateway's own account, which commands nothing.",
        ));
    }
    if permission != Permission::Granted {
        sentences.push(format!(
            "the forge says that `{}` may not write to the repository",
            by.login
        ));
        return Ok(refuse(Reason::NotPermitted, Reason::NotPermitted.told_to_commander()));
    }
    sentences.push(format!(
        "the forge says that `{}` may write to the repository",
        by.login
    ));
    let (project, decider) = (listening.project, Some(listening.decider));
    Ok(match &order.command {
        Command::Help => vec![Effect::Tell { project, decider }],
        Command::Unknown => refuse(Reason::Filtered, "This is no command."),
        Command::Cancel => vec![Effect::Cancel {
            project,
            number: order.number,
            decider,
        }],
        Command::Approve { sha } => {
            let written = Written { at: order.written_at };
            match approved(gateway, forge, order.number, sha.as_deref(), written).await? {
                Ok(head) => {
                    sentences.push(format!("`{}` approved the commit {}", by.login, head.sha));
                    vec![Effect::Release {
                        project,
                        evaluation: head.evaluation,
                        sha: head.sha,
                        trust: Trust::Approved,
                        decider,
                    }]
                }
                Err(refused) => {
                    sentences.push("the approval releases nothing; whoever gave it was told why".to_owned());
                    let reason = match refused {
                        Refusal::Unknown | Refusal::NotHeld => Reason::Filtered,
                        Refusal::Ambiguous | Refusal::Fresh { .. } => Reason::NotPermitted,
                    };
                    refuse(reason, &refusal_text(&refused, &gateway.config.commands.prefix))
                }
            }
        }
        Command::Run { argument } => {
            let now = forge.pull_request(gateway, order.number).await?;
            if !now.open {
                sentences.push("the pull request is closed".to_owned());
                return Ok(refuse(Reason::Filtered, "The pull request is closed."));
            }
            run(gateway, forge, follow_up, order, listening, argument.as_ref(), now).await?
        }
    })
}

/// What an approval releases, with or without a commit named.
pub async fn approved(
    gateway: &Gateway,
    forge: &Asked,
    number: u64,
    named: Option<&str>,
    written: Written,
) -> Result<Result<RecordedHead, Refusal>, AskError> {
    let heads = recorded(gateway, forge.entry().project().id, number).await?;
    let heads: Vec<RecordedHead> = heads.into_iter().map(|(head, _)| head).collect();
    let meant = match named {
        Some(sha) => by_name(sha, written, &heads).cloned(),
        None => {
            let now = forge.pull_request(gateway, number).await?;
            by_standing(written, &heads, &now.head).cloned()
        }
    };
    Ok(meant)
}

/// The head once more. What was never released is held, unless the trigger asks for no approval.
async fn run(
    gateway: &Gateway,
    forge: &Asked,
    follow_up: &FollowUp,
    order: &Order,
    listening: &Listening,
    argument: Option<&String>,
    now: PullRequestNow,
) -> Result<Vec<Effect>, AskError> {
    let project = forge.entry().project();
    let heads = recorded(gateway, project.id, order.number).await?;
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
    let clone_url = clone_url(&project.repository, &gateway.shorthands)
        .map_err(|_| AskError::never("the project's repository has no URL that can be cloned"))?;
    let safe = clone_url_is_safe(&clone_url)
        && ref_is_safe(&now.head_ref)
        && ref_is_safe(&now.fetch_ref)
        && sha_is_safe(&now.head);
    if !safe {
        return Err(AskError::never(
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
            decider: listening.decider,
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

fn refusal(listening: &Listening, reason: Reason, told: String) -> Effect {
    Effect::Refuse {
        project: listening.project,
        decider: Some(listening.decider),
        reason,
        told,
    }
}
