//! One look at a repository: its heads, compared with what was last seen of them, for every project that has it.

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

use super::grace;
use super::poll::{Forge, PollError};
use super::subjects::{PolledRepository, Subject};
use super::synthesized::{Repository, SynthesizedDelivery, state};
use crate::clock::fresh_id;
use crate::gateway::Gateway;

/// How many heads that are in no list are asked for in one look: a list may have been read while it changed.
const MOST_ASKED_FOR: usize = 50;

/// Where a head stands, and who misses that.
struct Missing {
    inbound: Arc<Integration>,
    before: Option<String>,
    subjects: Vec<Subject>,
}

/// What a look found.
struct Found<'a> {
    forge: &'a Forge<'a>,
    repository: RepositoryNow,
    asked: Timestamp,
    listed: BTreeMap<HeadName, String>,
}

/// Looks at a repository, and has stated what was missed.
pub async fn look(gateway: &Arc<Gateway>, place: &PolledRepository, interval: Duration) {
    let Some(first) = place.subjects.first() else { return };
    let what = format!("`{}` at `{}`", first.entry.project().identity, place.row.name);
    let (result, well) = match compare(gateway, place, interval).await {
        Ok(()) => ("ok", true),
        Err(PollError::Later) => ("later", true),
        Err(trouble) => {
            if gateway.reconciliation.ended(&what, false) {
                tracing::warn!(%trouble, "the heads of {what} cannot be compared with what was seen: {trouble}");
            }
            ("failed", false)
        }
    };
    if well && result == "ok" && gateway.reconciliation.ended(&what, true) {
        tracing::info!("the heads of {what} are compared again");
    }
    gateway.metrics.looked(place.plugin.forge(), result);
}

async fn compare(gateway: &Arc<Gateway>, place: &PolledRepository, interval: Duration) -> Result<(), PollError> {
    let Some(first) = place.subjects.first() else {
        return Ok(());
    };
    let forge = Forge::reach(gateway, &place.plugin, &place.row, &first.entry).await?;
    let repository = forge.repository().await?;
    forge.stays(&repository)?;
    let asked = gateway.clock.now();
    let listed = forge.heads().await?;
    let found = Found {
        forge: &forge,
        repository,
        asked,
        listed: listed.into_iter().map(named).collect(),
    };
    let mut missing: BTreeMap<(IntegrationId, HeadName), Missing> = BTreeMap::new();
    for subject in &place.subjects {
        found.sort(gateway, subject, &mut missing).await?;
    }
    if !missing.is_empty() {
        // Most of it is on its way, and tells more than a look can.
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
        found.state(gateway, place, &name, missing).await?;
    }
    for subject in &place.subjects {
        let look = Poll {
            at: found.name(subject),
            asked: found.asked,
        };
        gateway.store.note_look(PollKey::Heads(subject.project()), look).await?;
        gateway.reconciliation.seen(subject.project(), found.asked);
    }
    Ok(())
}

fn named(head: Head) -> (HeadName, String) {
    (HeadName::listed(&head.ref_name, head.pull_request), head.sha)
}

impl Found<'_> {
    /// What the look is remembered by: another repository under the name is looked at for the first time.
    fn name(&self, subject: &Subject) -> String {
        format!("{} {}", subject.entry.project().identity, self.repository.id)
    }

    /// Sorts the heads of a project into what is missed and what is only noted. The first look only notes.
    async fn sort(
        &self,
        gateway: &Gateway,
        subject: &Subject,
        missing: &mut BTreeMap<(IntegrationId, HeadName), Missing>,
    ) -> Result<(), PollError> {
        let project = subject.project();
        let last = gateway.store.last_look(PollKey::Heads(project)).await?;
        let is_first = last.is_none_or(|look| look.at != self.name(subject));
        let known: BTreeMap<HeadName, Watermark> = gateway.store.heads(project).await?.into_iter().collect();
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
            let seen = ObservedHeads {
                project,
                asked: self.asked,
                heads: notes,
            };
            gateway.store.note_heads(fresh_id(), seen).await?;
        }
        Ok(())
    }

    /// States a head that nobody told of, unless it moves while it is asked about.
    async fn state(
        &self,
        gateway: &Arc<Gateway>,
        place: &PolledRepository,
        name: &HeadName,
        missing: Missing,
    ) -> Result<(), PollError> {
        let repository = Repository {
            now: &self.repository,
            address: &self.forge.address,
            pinned: missing
                .subjects
                .first()
                .and_then(|it| it.entry.project().repository_id.clone()),
        };
        let Some(head) = self.head(name, missing.before.as_deref(), &repository).await? else {
            return Ok(());
        };
        let statement = SynthesizedDelivery {
            plugin: &place.plugin,
            inbound: &missing.inbound,
            head,
            projects: missing.subjects.iter().map(Subject::project).collect(),
            asked: self.asked,
        };
        state(gateway, statement).await?;
        Ok(())
    }

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
                None => match self.forge.commit(ref_name).await? {
                    Some(_) => None,
                    None => Some(repository.pushed(ref_name, before, None)?),
                },
            },
            HeadName::PullRequest(number) => {
                let now = self.forge.pull_request(*number).await?;
                let now = now.filter(|now| match there {
                    Some(sha) => now.open && now.head == sha,
                    None => !now.open,
                });
                now.map(|now| repository.requested(*number, before, now))
            }
        })
    }
}
