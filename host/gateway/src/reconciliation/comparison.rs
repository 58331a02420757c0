//! The comparison of a repository's heads with what was last seen of them, for every project that has it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use forgegate_model::evidence::SynthesizedHead;
use forgegate_model::heads::{HeadComparison, HeadName, Watermark};
use forgegate_model::ids::IntegrationId;
use forgegate_model::integration::Integration;
use forgegate_model::timestamp::Timestamp;
use forgegate_sandbox::outbound::{Head, RepositoryNow};
use forgegate_storage::{ObservedHeads, Poll, PollKey};
use tokio::time::sleep;

use super::poll::{PollError, RepositoryPoll};
use super::service::Reconciliation;
use super::subjects::{PolledRepository, Subject};
use super::synthesized::{Repository, SynthesizedDelivery, record};
use crate::clock::fresh_id;

/// The number of heads in no list that one poll asks for by themselves: a list may have been read while it changed.
const MOST_ASKED_FOR: usize = 50;

/// A head that nobody delivered, and the projects that miss it.
struct Missing {
    inbound: Arc<Integration>,
    before: Option<String>,
    subjects: Vec<Subject>,
}

/// What a poll found.
struct Found<'a> {
    service: &'a Reconciliation,
    poll: &'a RepositoryPoll,
    repository: RepositoryNow,
    asked: Timestamp,
    listed: BTreeMap<HeadName, String>,
}

/// Polls a repository, and records a synthesized delivery of each head that nobody delivered.
pub async fn compare(service: &Reconciliation, repository: &PolledRepository, interval: Duration) {
    let Some(first) = repository.subjects.first() else {
        return;
    };
    let name = format!(
        "`{}` at `{}`",
        first.entry.project().identity,
        repository.integration.name
    );
    let result = match try_compare(service, repository, first, interval).await {
        Ok(()) => {
            if service.recovered(&name) {
                tracing::info!("the heads of {name} are compared again");
            }
            "ok"
        }
        Err(PollError::Later) => "later",
        Err(error) => {
            if service.failed(&name) {
                tracing::warn!(%error, "the heads of {name} cannot be compared with what was seen: {error}");
            }
            "failed"
        }
    };
    service.core.metrics.polled(repository.principal.plugin.forge(), result);
}

async fn try_compare(
    service: &Reconciliation,
    polled: &PolledRepository,
    first: &Subject,
    interval: Duration,
) -> Result<(), PollError> {
    let poll = RepositoryPoll::open(&service.forges, &polled.principal, &first.entry).await?;
    let repository = poll.repository().await?;
    poll.check_path(&repository)?;
    let asked = service.core.clock.now();
    let listed = poll.heads().await?;
    let found = Found {
        service,
        poll: &poll,
        repository,
        asked,
        listed: listed.into_iter().map(named).collect(),
    };
    let mut missing: BTreeMap<(IntegrationId, HeadName), Missing> = BTreeMap::new();
    for subject in &polled.subjects {
        found.sort(subject, &mut missing).await?;
    }
    if !missing.is_empty() {
        // Most of it is on its way, and tells more than a poll can.
        grace(interval).await;
    }
    let mut asked_for = 0;
    for ((_, name), missing) in missing {
        if !found.listed.contains_key(&name) {
            asked_for += 1;
            if asked_for > MOST_ASKED_FOR {
                continue;
            }
        }
        found.record(polled, &name, missing).await?;
    }
    for subject in &polled.subjects {
        let poll = Poll {
            at: found.name(subject),
            asked: found.asked,
        };
        let key = PollKey::Heads(subject.project());
        service.core.store.note_look(key, poll).await?;
        service.note(subject.project(), found.asked);
    }
    Ok(())
}

/// A while in which what is on its way may arrive.
async fn grace(interval: Duration) {
    sleep((interval / 8).min(Duration::from_secs(10))).await;
}

fn named(head: Head) -> (HeadName, String) {
    (HeadName::listed(&head.ref_name, head.pull_request), head.sha)
}

impl Found<'_> {
    /// The name by which the poll is remembered: another repository under the same path is polled for the first time.
    fn name(&self, subject: &Subject) -> String {
        format!("{} {}", subject.entry.project().identity, self.repository.id)
    }

    /// Sorts the heads of a project into what is missed and what is only noted. The first poll only notes.
    async fn sort(
        &self,
        subject: &Subject,
        missing: &mut BTreeMap<(IntegrationId, HeadName), Missing>,
    ) -> Result<(), PollError> {
        let project = subject.project();
        let store = &self.service.core.store;
        let last = store.last_look(PollKey::Heads(project)).await?;
        let is_first = last.is_none_or(|last| last.at != self.name(subject));
        let known: BTreeMap<HeadName, Watermark> = store.heads(project).await?.into_iter().collect();
        let none = Watermark::default();
        let names: BTreeSet<&HeadName> = self.listed.keys().chain(known.keys()).collect();
        let mut notes = Vec::new();
        for name in names {
            let there = self.listed.get(name);
            let watermark = known.get(name).unwrap_or(&none);
            match (
                watermark.compare(there.map(String::as_str), self.asked),
                subject.inbound(name),
            ) {
                (HeadComparison::Still | HeadComparison::Busy, _) => {}
                (HeadComparison::Missed(before), Some(inbound)) if !is_first => {
                    let entry = missing.entry((inbound.id, name.clone())).or_insert_with(|| Missing {
                        inbound: Arc::clone(inbound),
                        before,
                        subjects: Vec::new(),
                    });
                    entry.subjects.push(subject.clone());
                }
                (HeadComparison::Known | HeadComparison::Missed(_), _) => notes.push((name.clone(), there.cloned())),
            }
        }
        if !notes.is_empty() {
            let observed = ObservedHeads {
                project,
                asked: self.asked,
                heads: notes,
            };
            store.note_heads(fresh_id(), observed).await?;
        }
        Ok(())
    }

    /// Records a head that nobody delivered, unless it moves while it is asked about.
    async fn record(&self, polled: &PolledRepository, name: &HeadName, missing: Missing) -> Result<(), PollError> {
        let repository = Repository {
            now: &self.repository,
            address: &self.poll.address,
            pinned: missing
                .subjects
                .first()
                .and_then(|it| it.entry.project().repository_id.clone()),
        };
        let Some(head) = self.head(name, missing.before.as_deref(), &repository).await? else {
            return Ok(());
        };
        let synthesized = SynthesizedDelivery {
            plugin: &polled.principal.plugin,
            inbound: &missing.inbound,
            head,
            projects: missing.subjects.iter().map(Subject::project).collect(),
            asked: self.asked,
        };
        record(&self.service.core, synthesized).await?;
        Ok(())
    }

    /// The head by which the forge would have told of a change; none where the head moved meanwhile.
    async fn head(
        &self,
        name: &HeadName,
        before: Option<&str>,
        repository: &Repository<'_>,
    ) -> Result<Option<SynthesizedHead>, PollError> {
        let there = self.listed.get(name).map(String::as_str);
        Ok(match name {
            HeadName::Branch(ref_name) => match there {
                Some(sha) => Some(repository.pushed(ref_name, before, Some(sha))?),
                None => match self.poll.commit(ref_name).await? {
                    Some(_) => None,
                    None => Some(repository.pushed(ref_name, before, None)?),
                },
            },
            HeadName::PullRequest(number) => {
                let now = self.poll.pull_request(*number).await?;
                let now = now.filter(|now| match there {
                    Some(sha) => now.open && now.head == sha,
                    None => !now.open,
                });
                now.map(|now| repository.requested(*number, before, now))
            }
        })
    }
}
