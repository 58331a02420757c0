//! Step 8: which projects want an event. The rules are `forgegate_model::matching`; here is only what they need to know.

use std::net::IpAddr;
use std::sync::Arc;

use forgegate_model::activity::{Origin, acts};
use forgegate_model::client_address;
use forgegate_model::delivery::{Findings, MatchedTrigger, Reason, Skipped};
use forgegate_model::event::Event;
use forgegate_model::follow_up::Task;
use forgegate_model::heads::Moved;
use forgegate_model::ids::{DeliveryId, EvaluationId, OrganizationId, ProjectId};
use forgegate_model::integration::{Integration, IntegrationKind};
use forgegate_model::matching::{self, LinkedProject, Links, MatchInput, Matched, Verdict, match_delivery};
use forgegate_model::project::StableId;
use forgegate_model::repository::EventRepository;
use forgegate_model::timestamp::Timestamp;
use forgegate_model::trust::{EventContext, Instance, Pinning};
use forgegate_storage::{
    ActivityBatch, Candidate, Consequences, CountedDelivery, HeadChange, HeadSource, ProjectEntry, Wanted,
};

use crate::buttons;
use crate::clock::fresh_id;
use crate::core::Core as Gateway;
use crate::follow_up_task::{self, Concerned};
use crate::hook_endpoint::{Entry, HookEndpoint};
use crate::installations;

/// What a delivery found before the writer decides.
#[derive(Default)]
pub struct Selected {
    /// What is known of the answer.
    pub findings: Findings,
    /// The organizations that an app's delivery belongs to.
    pub organizations: Vec<OrganizationId>,
    /// What the writer has to decide and to do.
    pub consequences: Consequences,
}

/// A delivery, as far as it matters to who wants it.
pub struct SelectionInput<'a> {
    /// Its id.
    pub id: DeliveryId,
    /// Where it came in.
    pub door: &'a HookEndpoint,
    /// The event's name in the forge's own words.
    pub name: &'a str,
    /// Who sent it; none where the gateway itself states what a forge showed.
    pub source: Option<IpAddr>,
    /// When what it tells was first heard of.
    pub heard: Timestamp,
    /// Whether the forge sent it by itself.
    pub origin: Origin,
    /// The delivery that it replays.
    pub replay_of: Option<DeliveryId>,
}

/// Selects the projects that want an event.
pub fn select(gateway: &Gateway, arrived: &SelectionInput<'_>, event: &Event) -> Selected {
    let door = arrived.door;
    let urls = event
        .repository
        .as_ref()
        .map(|repository| repository.urls.clone())
        .unwrap_or_default();
    let kind = event.kind();
    let name = if kind.answers_by_kind() {
        kind.as_str()
    } else {
        arrived.name
    };
    let findings = Findings {
        event: name.to_owned(),
        repository_urls: urls,
        ..Findings::default()
    };
    let rows = match delivering(gateway, door, event, arrived.source) {
        Ok(rows) => rows,
        Err(reason) => {
            return Selected {
                findings: Findings {
                    reason: Some(reason),
                    ..findings
                },
                ..Selected::default()
            };
        }
    };
    let repository = EventRepository::of_urls(&findings.repository_urls);
    let entries = entries(gateway, &rows, repository.as_ref());
    let projects: Vec<&LinkedProject> = entries.iter().map(|entry| &entry.linked).collect();
    let integrations: Vec<&Integration> = rows.iter().map(AsRef::as_ref).collect();
    let arriving = MatchInput {
        delivery: arrived.id,
        forge: door.plugin.forge(),
        event,
        repository: repository.as_ref(),
        integrations: &integrations,
        links: links(gateway, &rows),
        projects: &projects,
        shorthands: &gateway.shorthands,
        command_prefix: &gateway.config.commands.prefix,
    };
    let mut selected = Selected {
        findings,
        ..Selected::default()
    };
    if matches!(door.entry, Entry::App) {
        selected.organizations = distinct(rows.iter().map(|row| row.organization));
        selected.consequences.installation = installations::news(gateway, &door.plugin, event);
    }
    let matched = match_delivery(&arriving);
    let projects = matched.candidates.iter().map(|it| it.project.id);
    let id = repository.as_ref().and_then(|it| stable_id(door, event, &it.instance));
    selected.consequences.head = head(event, &matched);
    selected.consequences.pressed = buttons::pressed(event, projects, id);
    selected.consequences.activity = activity(arrived, event, &matched);
    let reason = matched.reason;
    let concerned: Vec<Concerned<'_>> = matched
        .candidates
        .iter()
        .map(|it| (it, EvaluationId(fresh_id())))
        .collect();
    let task = follow_up_task::of_event(gateway, &door.plugin, event, arrived.heard, &concerned);
    selected.take(&concerned, &entries, task.as_ref());
    selected.findings.reason = reason.filter(|_| task.is_none());
    selected.consequences.follow_up = task.map(Box::new);
    selected
}

impl Selected {
    /// Sorts what was matched into what is known and what the writer decides. What the forge is asked about is neither yet.
    fn take(&mut self, concerned: &[Concerned<'_>], entries: &[Arc<ProjectEntry>], task: Option<&Task>) {
        self.findings.projects_scanned = u32::try_from(concerned.len()).unwrap_or(u32::MAX);
        for (candidate, evaluation) in concerned {
            let project = candidate.project.id;
            let wanted = match &candidate.verdict {
                Verdict::Queue { decider, work, gate } => Some(Wanted {
                    evaluation: *evaluation,
                    decider: *decider,
                    work: (**work).clone(),
                    gate: *gate,
                }),
                Verdict::Skip { decider, reason } if !is_asked_about(task, project) => {
                    let skipped = skipped(candidate, entries, *decider, *reason);
                    self.findings.skipped.extend(skipped);
                    None
                }
                Verdict::Skip { .. }
                | Verdict::AskCommit { .. }
                | Verdict::AskPermission { .. }
                | Verdict::Unconcerned => None,
            };
            if wanted.is_some() || candidate.pin.is_some() || candidate.gone.is_some() {
                self.consequences.candidates.push(Candidate {
                    wanted,
                    pin: candidate.pin.clone(),
                    gone: candidate.gone.clone(),
                    ..Candidate::of(project)
                });
            }
        }
    }
}

/// What an event tells the projects whose repository it is about, whatever they do with it. A replay tells what the delivery told, when
/// it was first heard of, and is not counted itself.
fn activity(arrived: &SelectionInput<'_>, event: &Event, matched: &Matched<'_>) -> Option<Box<ActivityBatch>> {
    let projects: Vec<_> = own(matched).map(|it| (it.project.id, fresh_id())).collect();
    if projects.is_empty() {
        return None;
    }
    Some(Box::new(ActivityBatch {
        projects,
        acts: acts(event, arrived.heard, arrived.origin),
        heard: arrived.replay_of.is_none().then(|| match arrived.origin {
            Origin::Sent => CountedDelivery::Sent(event.kind()),
            Origin::Recovered => CountedDelivery::Recovered(event.kind()),
        }),
    }))
}

/// Whether the forge is asked about what a project gets.
fn is_asked_about(task: Option<&Task>, project: ProjectId) -> bool {
    task.is_some_and(|task| !matches!(task, Task::Head(_)) && task.projects().contains(&project))
}

/// The inbound rows that a delivery comes by: the one of its route, or an app's bound installation's, as far as their lists admit
/// the source.
fn delivering(
    gateway: &Gateway,
    door: &HookEndpoint,
    event: &Event,
    source: Option<IpAddr>,
) -> Result<Vec<Arc<Integration>>, Reason> {
    if let Entry::Integration { integration, .. } = &door.entry {
        return Ok(vec![Arc::clone(integration)]);
    }
    let Some(installation) = &event.installation else {
        return Ok(Vec::new());
    };
    let mut rows = gateway
        .store
        .directory()
        .installation(door.plugin.forge(), installation);
    rows.retain(|row| row.kind == IntegrationKind::Inbound);
    let bound = rows.len();
    rows.retain(|row| source.is_none_or(|source| client_address::allows(&row.allowed_ips, source)));
    if rows.is_empty() && bound > 0 {
        Err(Reason::ForbiddenSourceIp)
    } else {
        Ok(rows)
    }
}

/// The head that an event tells of, for every project whose repository it is: also for those that want nothing of it.
fn head(event: &Event, matched: &Matched<'_>) -> Option<HeadChange> {
    let moved = Moved::of(event)?;
    let projects: Vec<_> = own(matched).map(|it| it.project.id).collect();
    (!projects.is_empty()).then_some(HeadChange {
        moved,
        projects,
        by: HeadSource::Delivery,
    })
}

/// The projects whose repository it is, and not another under its name.
fn own<'m>(matched: &'m Matched<'_>) -> impl Iterator<Item = &'m matching::Candidate<'m>> {
    matched.candidates.iter().filter(|it| it.pinning != Pinning::Replaced)
}

fn entries(
    gateway: &Gateway,
    rows: &[Arc<Integration>],
    repository: Option<&EventRepository>,
) -> Vec<Arc<ProjectEntry>> {
    let Some(repository) = repository else {
        return Vec::new();
    };
    let directory = gateway.store.directory();
    let mut entries: Vec<_> = rows
        .iter()
        .flat_map(|row| directory.projects_for(row.id, repository.identity.as_str()))
        .collect();
    entries.sort_by_key(|entry| entry.project().id);
    entries.dedup_by_key(|entry| entry.project().id);
    entries
}

fn stable_id(door: &HookEndpoint, event: &Event, host: &str) -> Option<StableId> {
    let forge = door.plugin.forge();
    let instance = Instance { forge, host };
    EventContext { event, instance }.repository()
}

fn links(gateway: &Gateway, rows: &[Arc<Integration>]) -> Links {
    let directory = gateway.store.directory();
    if rows.iter().any(|row| directory.linked(row.id) > 0) {
        Links::Some
    } else {
        Links::None
    }
}

fn skipped(
    candidate: &matching::Candidate<'_>,
    entries: &[Arc<ProjectEntry>],
    decider: Option<MatchedTrigger>,
    reason: Reason,
) -> Option<Skipped> {
    let entry = entries
        .iter()
        .find(|entry| entry.project().id == candidate.project.id)?;
    Some(Skipped {
        project_id: candidate.project.id,
        project_name: candidate.project.name.to_string(),
        organization_id: candidate.project.organization,
        organization: entry.organization_name.to_string(),
        reason,
        decider,
    })
}

fn distinct(organizations: impl Iterator<Item = OrganizationId>) -> Vec<OrganizationId> {
    let mut distinct: Vec<_> = organizations.collect();
    distinct.sort_unstable();
    distinct.dedup();
    distinct
}
