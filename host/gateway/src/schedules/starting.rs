//! One start: where the wanted branches are, and the evaluations that follow.

use std::time::Duration;

use forgegate_model::evaluation::{Cause, Trust, Work};
use forgegate_model::heads::HeadName;
use forgegate_model::ids::{EvaluationId, ProjectId};
use forgegate_model::matching::Patterns;
use forgegate_model::repository::{clone_url, ref_is_safe, sha_is_safe};
use forgegate_model::schedule::{Schedule, USUAL_ZONE};
use forgegate_model::timestamp::Timestamp;
use forgegate_model::trigger::{Trigger, TriggerKind};
use forgegate_sandbox::outbound::RepositoryNow;
use forgegate_storage::{Clock, EvaluationFilter, Fired, Firing, Page, ProjectEntry};

use super::service::Schedules;
use crate::clock::fresh_id;
use crate::reconciliation::{PollError, Repository, RepositoryPoll};

/// The number of branches that one start evaluates.
const MOST_BRANCHES: usize = 500;

/// Asks the forge, queues, and answers the clock with the time when the trigger is due next.
pub(super) async fn start(
    service: &Schedules,
    entry: &ProjectEntry,
    trigger: &Trigger,
    clock: Clock,
) -> Result<Clock, PollError> {
    let refused = |sentence: &str| PollError::Refused(sentence.to_owned());
    let directory = service.store.directory();
    let inbound = trigger.integration.and_then(|id| directory.integration(id));
    let inbound = inbound.ok_or_else(|| refused("its integration is gone"))?;
    let principal = service.forges.principals.of_inbound(entry, &inbound);
    let principal =
        principal.ok_or_else(|| refused("no outbound integration with a token reaches the project's repository"))?;
    let poll = RepositoryPoll::open(&service.forges, &principal, entry).await?;
    let found = poll.repository().await?;
    poll.check_path(&found)?;
    let heads = heads(&poll, trigger, &found).await?;
    let now = service.clock.now();
    let mut moved = Vec::new();
    for (ref_name, sha) in &heads {
        let is_known = trigger.kind == TriggerKind::Poll
            && (seen(&clock, ref_name) == Some(sha)
                || is_evaluated(service, entry.project().id, ref_name, sha).await?);
        if !is_known {
            moved.push((ref_name, sha));
        }
    }
    let url = clone_url(&entry.project().repository, &service.shorthands)
        .map_err(|_| refused("the project's repository is no URL that can be cloned"))?;
    let works = moved.into_iter().map(|(ref_name, sha)| {
        let work = Work {
            clone_url: url.clone(),
            fetch_ref: ref_name.clone(),
            ref_name: ref_name.clone(),
            sha: sha.clone(),
            before: seen(&clock, ref_name).filter(|before| *before != sha).cloned(),
            trust: Trust::Trusted,
            repository_id: Some(found.id.clone()),
            cause: cause(trigger),
        };
        (EvaluationId(fresh_id()), work)
    });
    let works = works.collect();
    let repository = Repository {
        now: &found,
        address: &poll.address,
        pinned: entry.project().repository_id.clone(),
    };
    let due = next(trigger, now).ok_or_else(|| refused("it is never due again"))?;
    let next = Clock {
        rule: rule(trigger),
        due,
        seen: heads,
    };
    let firing = Firing {
        trigger: trigger.id,
        project: entry.project().id,
        clock,
        next: next.clone(),
        repository: repository.stable_id(principal.plugin.forge()),
        works,
        at: now,
    };
    report(service, entry, trigger, service.store.fire(firing).await?);
    Ok(next)
}

/// The wanted branches with their commits: the default branch where none is named.
async fn heads(
    poll: &RepositoryPoll,
    trigger: &Trigger,
    found: &RepositoryNow,
) -> Result<Vec<(String, String)>, PollError> {
    let named: Option<Vec<String>> = match trigger.branches.as_slice() {
        [] => {
            let branch = found.default_branch.clone();
            Some(vec![branch.ok_or_else(|| {
                PollError::Refused("the repository has no default branch".to_owned())
            })?])
        }
        patterns if patterns.iter().all(|it| is_plain(it)) => {
            Some(patterns.iter().map(|name| format!("refs/heads/{name}")).collect())
        }
        _ => None,
    };
    let mut heads = Vec::new();
    match named {
        Some(names) => {
            for name in names {
                if let Some(sha) = poll.commit(&name).await? {
                    heads.push((name, sha));
                }
            }
        }
        None => {
            let patterns =
                Patterns::compile(&trigger.branches).map_err(|error| PollError::Refused(error.to_string()))?;
            for head in poll.heads().await? {
                let short = head.ref_name.strip_prefix("refs/heads/");
                let wanted = short.is_some_and(|short| patterns.matches(short));
                if let (HeadName::Branch(name), true) = (HeadName::listed(&head.ref_name, head.pull_request), wanted) {
                    heads.push((name, head.sha));
                }
            }
        }
    }
    heads.retain(|(name, sha)| ref_is_safe(name) && sha_is_safe(sha));
    if heads.len() > MOST_BRANCHES {
        let (trigger, count) = (trigger.id, heads.len());
        tracing::warn!("the trigger {trigger} wants {count} branches at once; the first {MOST_BRANCHES} are evaluated");
        heads.truncate(MOST_BRANCHES);
    }
    Ok(heads)
}

/// Says that a pattern is a name: then its branch can be asked for by itself.
fn is_plain(pattern: &str) -> bool {
    !pattern.starts_with('/') && !pattern.contains(['*', '?', '[', ']', '{', '}', '!', '\\'])
}

fn seen<'c>(clock: &'c Clock, ref_name: &str) -> Option<&'c String> {
    let last = clock.seen.iter().find(|(name, _)| name == ref_name);
    last.map(|(_, sha)| sha)
}

/// Says that an evaluation of this head was ever made, by whatever trigger.
async fn is_evaluated(service: &Schedules, project: ProjectId, ref_name: &str, sha: &str) -> Result<bool, PollError> {
    let filter = EvaluationFilter {
        project: Some(project),
        sha: Some(sha.to_owned()),
        ..EvaluationFilter::default()
    };
    let listed = service.store.evaluations(filter, Page::first(50)).await?;
    Ok(listed.items.iter().any(|it| it.work.ref_name == ref_name))
}

fn cause(trigger: &Trigger) -> Cause {
    let event = if trigger.kind == TriggerKind::Poll {
        "poll"
    } else {
        "schedule"
    };
    Cause {
        event: event.to_owned(),
        delivery_id: None,
        actor: None,
        pull_request: None,
        argument: None,
    }
}

/// Counts and logs what came of a start; none where the trigger was changed meanwhile.
fn report(service: &Schedules, entry: &ProjectEntry, trigger: &Trigger, fired: Option<Vec<Fired>>) {
    let project = &entry.project().name;
    let Some(fired) = fired else { return };
    if fired.is_empty() {
        service.metrics.started_by_clock(trigger.kind, "unchanged");
    }
    for one in fired {
        match one {
            Fired::Queued(id) => {
                service.metrics.started_by_clock(trigger.kind, "queued");
                tracing::info!(evaluation.id = %id, "the trigger {} of `{project}` queued the evaluation {id}", trigger.id);
            }
            Fired::Skipped(reason) => {
                service.metrics.started_by_clock(trigger.kind, "skipped");
                tracing::info!("the trigger {} of `{project}` queued nothing: {reason:?}", trigger.id);
            }
        }
    }
}

/// The text of a trigger's rule: the clock begins anew where it changes.
pub(super) fn rule(trigger: &Trigger) -> String {
    match trigger.kind {
        TriggerKind::Poll => format!("every {} s", trigger.interval_s),
        _ => format!(
            "{} in {}",
            trigger.schedule.as_deref().unwrap_or_default(),
            zone(trigger)
        ),
    }
}

/// The time when a trigger is due first after another; none where it never is.
pub(super) fn next(trigger: &Trigger, now: Timestamp) -> Option<Timestamp> {
    match trigger.kind {
        TriggerKind::Poll => Some(now.plus(Duration::from_secs(trigger.interval_s.max(1)))),
        _ => {
            let schedule = Schedule::read(trigger.schedule.as_deref()?, zone(trigger));
            let schedule = schedule.inspect_err(|error| tracing::warn!(%error, "the trigger {}: {error}", trigger.id));
            schedule.ok()?.after(now)
        }
    }
}

fn zone(trigger: &Trigger) -> &str {
    trigger.time_zone.as_deref().unwrap_or(USUAL_ZONE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_asked_for_and_a_pattern_is_matched() {
        for name in ["main", "release/1.2", "a-b_c"] {
            assert!(is_plain(name), "{name}");
        }
        for pattern in ["release/*", "**", "!main", "/^v/", "v[12]", "{a,b}", "a?"] {
            assert!(!is_plain(pattern), "{pattern}");
        }
    }
}
