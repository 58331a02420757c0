//! Step 8, match: the projects that want an event. The rules are `forgegate_model::matching`, and those of trust
//! `forgegate_model::trust`; here is what they need to know, and what is made of their verdicts.

use std::net::IpAddr;
use std::sync::Arc;

use forgegate_model::activity::{Origin, acts};
use forgegate_model::client_address;
use forgegate_model::delivery::{Findings, MatchedTrigger, Reason, Skipped};
use forgegate_model::event::Event;
use forgegate_model::evidence::ProvedEvent;
use forgegate_model::follow_up::Task;
use forgegate_model::heads::HeadMove;
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
use crate::core::Core;
use crate::follow_up_task::{self, Concerned};
use crate::hook_endpoint::{Entry, HookEndpoint};
use crate::installations;

/// The result of matching, before the writer decides.
#[derive(Default)]
pub struct Selected {
    /// The answer's contents, as far as they are known.
    pub findings: Findings,
    /// The organizations that an app's delivery belongs to.
    pub organizations: Vec<OrganizationId>,
    /// The consequences, which the writer decides about and carries out.
    pub consequences: Consequences,
}

/// The facts of a delivery that selection needs, besides its event.
pub struct SelectionInput<'a> {
    /// Its id.
    pub id: DeliveryId,
    /// The endpoint that it came in by.
    pub endpoint: &'a HookEndpoint,
    /// The event's name in the forge's own words.
    pub forge_event: &'a str,
    /// The sender's address; none of a synthesized delivery, which nobody sent.
    pub source: Option<IpAddr>,
    /// The time at which what it tells was first known here.
    pub first_received_at: Timestamp,
    /// The way by which it came to be known: sent by itself, or found by asking.
    pub origin: Origin,
    /// The delivery that it replays.
    pub replay_of: Option<DeliveryId>,
}

/// Selects the projects that want an event, and says what it causes.
pub fn select(core: &Core, input: &SelectionInput<'_>, proved: &ProvedEvent) -> Selected {
    let event = proved.event();
    let findings = findings(event, input.forge_event);
    match delivering(core, input.endpoint, event, input.source) {
        Ok(integrations) => by_integrations(core, input, event, findings, &integrations),
        Err(reason) => Selected {
            findings: Findings {
                reason: Some(reason),
                ..findings
            },
            ..Selected::default()
        },
    }
}

/// The findings before anything is matched: the event's name in the answer, and its URLs.
fn findings(event: &Event, forge_event: &str) -> Findings {
    let kind = event.kind();
    let name = if kind.answers_by_kind() {
        kind.as_str()
    } else {
        forge_event
    };
    let repository = event.repository.as_ref();
    Findings {
        event: name.to_owned(),
        repository_urls: repository.map(|it| it.urls.clone()).unwrap_or_default(),
        ..Findings::default()
    }
}

fn by_integrations(
    core: &Core,
    input: &SelectionInput<'_>,
    event: &Event,
    findings: Findings,
    delivering: &[Arc<Integration>],
) -> Selected {
    let endpoint = input.endpoint;
    let repository = EventRepository::of_urls(&findings.repository_urls);
    let entries = entries(core, delivering, repository.as_ref());
    let projects: Vec<&LinkedProject> = entries.iter().map(|entry| &entry.linked).collect();
    let integrations: Vec<&Integration> = delivering.iter().map(AsRef::as_ref).collect();
    let matched = match_delivery(&MatchInput {
        delivery: input.id,
        forge: endpoint.plugin.forge(),
        event,
        repository: repository.as_ref(),
        integrations: &integrations,
        links: links(core, delivering),
        projects: &projects,
        shorthands: &core.shorthands,
        command_prefix: &core.config.commands.prefix,
    });
    let pressed_in = matched.candidates.iter().map(|it| it.project.id);
    let id = repository
        .as_ref()
        .and_then(|it| stable_id(endpoint, event, &it.instance));
    let mut selected = Selected {
        findings,
        organizations: Vec::new(),
        consequences: Consequences {
            activity: activity(input, event, &matched),
            head: head(event, &matched),
            pressed: buttons::pressed(event, pressed_in, id),
            ..Consequences::default()
        },
    };
    if matches!(endpoint.entry, Entry::App) {
        selected.organizations = distinct(delivering.iter().map(|it| it.organization));
        selected.consequences.installation = installations::notice(core, &endpoint.plugin, event);
    }
    let candidates = matched.candidates.iter();
    let concerned: Vec<Concerned<'_>> = candidates.map(|it| (it, EvaluationId(fresh_id()))).collect();
    let task = follow_up_task::of_event(core, &endpoint.plugin, event, input.first_received_at, &concerned);
    selected.sort(&concerned, &entries, task.as_ref());
    selected.findings.reason = matched.reason.filter(|_| task.is_none());
    selected.consequences.follow_up = task.map(Box::new);
    selected
}

impl Selected {
    /// Sorts what was matched into what is known and what the writer decides. What the forge is asked about is neither yet.
    fn sort(&mut self, concerned: &[Concerned<'_>], entries: &[Arc<ProjectEntry>], task: Option<&Task>) {
        self.findings.projects_scanned = u32::try_from(concerned.len()).unwrap_or(u32::MAX);
        for (candidate, evaluation) in concerned {
            let project = candidate.project.id;
            let wanted = match &candidate.verdict {
                Verdict::Queue {
                    matched_trigger: decider,
                    work,
                    gate,
                } => Some(Wanted {
                    evaluation: *evaluation,
                    matched_trigger: *decider,
                    work: (**work).clone(),
                    gate: *gate,
                }),
                Verdict::Skip {
                    matched_trigger: decider,
                    reason,
                } if !is_asked_about(task, project) => {
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

/// The activity of the projects whose repository an event is about, whatever they do with it. A replay brings the acts of the delivery,
/// at the time that it was first known, and is not counted itself.
fn activity(input: &SelectionInput<'_>, event: &Event, matched: &Matched<'_>) -> Option<Box<ActivityBatch>> {
    let projects: Vec<_> = own(matched).map(|it| (it.project.id, fresh_id())).collect();
    if projects.is_empty() {
        return None;
    }
    Some(Box::new(ActivityBatch {
        projects,
        acts: acts(event, input.first_received_at, input.origin),
        counted: input.replay_of.is_none().then(|| match input.origin {
            Origin::Sent => CountedDelivery::Sent(event.kind()),
            Origin::Recovered => CountedDelivery::Recovered(event.kind()),
        }),
    }))
}

/// True where the forge is asked about what a project gets.
fn is_asked_about(task: Option<&Task>, project: ProjectId) -> bool {
    task.is_some_and(|task| !matches!(task, Task::Head(_)) && task.projects().contains(&project))
}

/// The inbound integrations that a delivery comes by: that of its route, or an app's bound installation's, as far as their lists admit
/// the source.
fn delivering(
    core: &Core,
    endpoint: &HookEndpoint,
    event: &Event,
    source: Option<IpAddr>,
) -> Result<Vec<Arc<Integration>>, Reason> {
    if let Entry::Integration { integration, .. } = &endpoint.entry {
        return Ok(vec![Arc::clone(integration)]);
    }
    let Some(installation) = &event.installation else {
        return Ok(Vec::new());
    };
    let mut integrations = core
        .store
        .directory()
        .installation(endpoint.plugin.forge(), installation);
    integrations.retain(|it| it.kind == IntegrationKind::Inbound);
    let bound = integrations.len();
    integrations.retain(|it| source.is_none_or(|source| client_address::allows(&it.allowed_ips, source)));
    if integrations.is_empty() && bound > 0 {
        Err(Reason::ForbiddenSourceIp)
    } else {
        Ok(integrations)
    }
}

/// The head that an event tells of, for every project whose repository it is: also for those that want nothing of it.
fn head(event: &Event, matched: &Matched<'_>) -> Option<HeadChange> {
    let moved = HeadMove::of(event)?;
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
    core: &Core,
    integrations: &[Arc<Integration>],
    repository: Option<&EventRepository>,
) -> Vec<Arc<ProjectEntry>> {
    let Some(repository) = repository else {
        return Vec::new();
    };
    let directory = core.store.directory();
    let mut entries: Vec<_> = integrations
        .iter()
        .flat_map(|it| directory.projects_for(it.id, repository.identity.as_str()))
        .collect();
    entries.sort_by_key(|entry| entry.project().id);
    entries.dedup_by_key(|entry| entry.project().id);
    entries
}

fn stable_id(endpoint: &HookEndpoint, event: &Event, host: &str) -> Option<StableId> {
    let forge = endpoint.plugin.forge();
    let instance = Instance { forge, host };
    EventContext { event, instance }.repository()
}

fn links(core: &Core, integrations: &[Arc<Integration>]) -> Links {
    let directory = core.store.directory();
    if integrations.iter().any(|it| directory.linked(it.id) > 0) {
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
        matched_trigger: decider,
    })
}

fn distinct(organizations: impl Iterator<Item = OrganizationId>) -> Vec<OrganizationId> {
    let mut distinct: Vec<_> = organizations.collect();
    distinct.sort_unstable();
    distinct.dedup();
    distinct
}
