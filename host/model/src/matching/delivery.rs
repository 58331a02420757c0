//! The step `match` of a delivery.

use super::drafting::{Draft, draft};
use super::trigger::{CompiledTrigger, distance, listens_to};
use crate::approval::approving_review;
use crate::command;
use crate::delivery::{MatchedTrigger, Reason};
use crate::evaluation::Work;
use crate::event::{Detail, Event};
use crate::ids::DeliveryId;
use crate::integration::Integration;
use crate::plugin::Shorthand;
use crate::project::{Bootstrap, Project, StableId};
use crate::queueing::{EndedSubject, Gate};
use crate::repository::{EventRepository, clone_url};
use crate::trust::{self, EventContext, Instance, Pinning};

/// A project with its triggers.
#[derive(Clone, Debug)]
pub struct LinkedProject {
    /// The project itself.
    pub project: Project,
    /// All its triggers; those of other integrations take no part.
    pub triggers: Vec<CompiledTrigger>,
}

/// The number of triggers, of any project, that name one of the delivering integrations: none or some.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Links {
    /// No trigger names one.
    None,
    /// At least one trigger names one.
    Some,
}

/// A delivery that was parsed, and what is stored that may want it.
#[derive(Clone, Copy, Debug)]
pub struct MatchInput<'a> {
    /// The delivery's id.
    pub delivery: DeliveryId,
    /// The forge: the path segment it came by.
    pub forge: &'a str,
    /// The event that it brings.
    pub event: &'a Event,
    /// The event's repository, as [`EventRepository::of_urls`] reads the event's URLs.
    pub repository: Option<&'a EventRepository>,
    /// The inbound integration that it came by; for an app's, one for each bound installation that lets it in.
    pub integrations: &'a [&'a Integration],
    /// The triggers that name them.
    pub links: Links,
    /// At least all projects of that repository that a trigger links to these integrations. Others do no harm.
    pub projects: &'a [&'a LinkedProject],
    /// Short spellings of clone URLs, of all plugins.
    pub shorthands: &'a [Shorthand],
    /// The prefix of commands in comments.
    pub command_prefix: &'a str,
}

/// The verdict of a project on a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It wants this work, unless the writer finds a reason against it.
    Queue {
        /// The trigger that let it through.
        matched_trigger: MatchedTrigger,
        /// The work to be evaluated.
        work: Box<Work>,
        /// The approval gate.
        gate: Gate,
    },
    /// The forge has to tell its commit first.
    AskCommit {
        /// The trigger that let it through.
        matched_trigger: MatchedTrigger,
        /// The work to be evaluated, without its commit.
        work: Box<Work>,
        /// The approval gate.
        gate: Gate,
    },
    /// It carries a command: the forge has to tell first what whoever gave it may do.
    AskPermission {
        /// The trigger that listens to commands.
        matched_trigger: MatchedTrigger,
        /// The gate for strangers' code that it runs.
        strangers: Gate,
    },
    /// It is skipped.
    Skip {
        /// The trigger that it came furthest with, where one was asked.
        matched_trigger: Option<MatchedTrigger>,
        /// The reason why it is skipped.
        reason: Reason,
    },
    /// It has no trigger for events of this kind: neither queued nor skipped.
    Unconcerned,
}

/// A project that a delivery was matched with.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate<'a> {
    /// The project that was matched.
    pub project: &'a Project,
    /// The project's verdict.
    pub verdict: Verdict,
    /// The id to pin, where the project has none. The writer compares again; another one then is `repository_replaced`.
    pub pin: Option<StableId>,
    /// The relation of the event's repository to the pinned one: what another did under the project's name is none of its activity.
    pub pinning: Pinning,
    /// The pull request or ref that is over or gone, and ends evaluations.
    pub gone: Option<EndedSubject>,
    /// The pull request that it approves, as a review: the forge has to tell whether the approval counts, and for which commit.
    pub approves: Option<u64>,
}

/// The result of matching.
#[derive(Clone, Debug, PartialEq)]
pub struct Matched<'a> {
    /// Every project whose canonical repository matched and that a trigger links to a delivering integration: `projects_scanned`.
    pub candidates: Vec<Candidate<'a>>,
    /// The reason why nothing is queued and nothing skipped; none where something is.
    pub reason: Option<Reason>,
}

/// Matches a delivery with projects. Each gets at most one verdict: that of its oldest trigger that lets the event through, and
/// if none does, the reason of the one that it came furthest with, of equals the oldest.
#[must_use]
pub fn match_delivery<'a>(arriving: &MatchInput<'a>) -> Matched<'a> {
    let none = |reason| Matched {
        candidates: Vec::new(),
        reason: Some(reason),
    };
    let Some(repository) = arriving.repository else {
        return none(if arriving.links == Links::None {
            Reason::NoLinkedProject
        } else {
            Reason::NoMatchingRepository
        });
    };
    let identity = repository.identity.as_str();
    let open = |it: &Integration| it.repositories.is_empty() || it.repositories.iter().any(|only| only == identity);
    let integrations: Vec<&Integration> = arriving.integrations.iter().copied().filter(|it| open(it)).collect();
    if integrations.is_empty() && !arriving.integrations.is_empty() {
        return none(Reason::NotThisRepository);
    }
    if arriving.links == Links::None {
        return none(Reason::NoLinkedProject);
    }
    let matcher = Matcher {
        arriving,
        repository,
        integrations,
    };
    let candidates: Vec<_> = arriving
        .projects
        .iter()
        .filter_map(|it| matcher.candidate(it))
        .collect();
    let reason = match candidates.as_slice() {
        [] => Some(Reason::NoMatchingRepository),
        all if all.iter().all(|it| it.verdict == Verdict::Unconcerned) => Some(Reason::NoTriggerForEvent),
        _ => None,
    };
    Matched { candidates, reason }
}

struct Matcher<'m, 'a> {
    arriving: &'m MatchInput<'a>,
    repository: &'m EventRepository,
    integrations: Vec<&'a Integration>,
}

impl<'a> Matcher<'_, 'a> {
    /// `None` where the project's repository is another, or no trigger links it.
    fn candidate(&self, linked: &'a LinkedProject) -> Option<Candidate<'a>> {
        let project = &linked.project;
        let mut listeners: Vec<&CompiledTrigger> = linked
            .triggers
            .iter()
            .filter(|it| self.is_linked(it, project))
            .collect();
        if project.identity != self.repository.identity.as_str() || listeners.is_empty() {
            return None;
        }
        listeners.sort_by_key(|it| it.trigger().id);
        let event = self.arriving.event;
        let instance = Instance {
            forge: self.arriving.forge,
            host: &self.repository.instance,
        };
        let arrival = EventContext { event, instance };
        let named = arrival.repository();
        let pinning = Pinning::of(project.repository_id.as_ref(), named.as_ref());
        Some(Candidate {
            project,
            verdict: self.verdict(project, &listeners, &arrival, pinning),
            pin: named.filter(|_| pinning == Pinning::First),
            pinning,
            gone: EndedSubject::of(event).filter(|_| pinning != Pinning::Replaced),
            approves: approving_review(event).filter(|_| pinning == Pinning::Same && project.active),
        })
    }

    /// A trigger fires for an integration of its own organization alone.
    fn is_linked(&self, listener: &CompiledTrigger, project: &Project) -> bool {
        let named = listener.trigger().integration;
        self.integrations
            .iter()
            .any(|it| Some(it.id) == named && it.organization == project.organization)
    }

    fn verdict(
        &self,
        project: &Project,
        listeners: &[&CompiledTrigger],
        arrival: &EventContext<'_>,
        pinning: Pinning,
    ) -> Verdict {
        let kind = listens_to(arrival.event.kind());
        let skip = |decider, reason| Verdict::Skip {
            matched_trigger: decider,
            reason,
        };
        let concerned: Vec<&&CompiledTrigger> = listeners.iter().filter(|it| Some(it.trigger().kind) == kind).collect();
        if concerned.is_empty() {
            return Verdict::Unconcerned;
        }
        if !project.active {
            return skip(None, Reason::Inactive);
        }
        let mut furthest: Option<(MatchedTrigger, Reason)> = None;
        for listener in concerned {
            let Some(reason) = listener.stops(arrival.event) else {
                return self.passed(project, listener, arrival, pinning);
            };
            if furthest.is_none_or(|(_, other)| distance(reason) > distance(other)) {
                furthest = Some((listener.matched(), reason));
            }
        }
        furthest.map_or(Verdict::Unconcerned, |(decider, reason)| skip(Some(decider), reason))
    }

    fn passed(
        &self,
        project: &Project,
        listener: &CompiledTrigger,
        arrival: &EventContext<'_>,
        pinning: Pinning,
    ) -> Verdict {
        let trigger = listener.trigger();
        let skip = |reason| Verdict::Skip {
            matched_trigger: Some(listener.matched()),
            reason,
        };
        if pinning == Pinning::Replaced {
            return skip(Reason::RepositoryReplaced);
        }
        let strangers = trust::gate_of_strangers(trigger.require_approval);
        if matches!(arrival.event.detail, Detail::Comment(_)) {
            return match command::said(arrival.event, self.arriving.command_prefix) {
                Ok(_) => Verdict::AskPermission {
                    matched_trigger: listener.matched(),
                    strangers,
                },
                Err(reason) => skip(reason),
            };
        }
        if project.bootstrap == Bootstrap::Manual && !project.has_evaluation {
            return skip(Reason::NoPreviousEvaluation);
        }
        // A stored URL that is none any more is a row that cannot be read.
        let Ok(url) = clone_url(&project.repository, self.arriving.shorthands) else {
            return skip(Reason::DbError);
        };
        let trust = arrival.trust(project);
        let gate = trust::gate(trust, strangers);
        let decider = listener.matched();
        match draft(arrival.event, self.arriving.delivery, url, trust) {
            Draft::Whole(work) => Verdict::Queue {
                matched_trigger: decider,
                work,
                gate,
            },
            Draft::WithoutCommit(work) => Verdict::AskCommit {
                matched_trigger: decider,
                work,
                gate,
            },
            Draft::None => skip(Reason::Filtered),
        }
    }
}
