//! The rules, one file for what each of them answers.

mod asked;
mod filters;
mod properties;
mod reasons;
mod work;

use uuid::Uuid;

use super::*;
use crate::delivery::Reason;
use crate::event::{Detail, Event};
use crate::ids::DeliveryId;
use crate::integration::Integration;
use crate::project::Project;
use crate::queueing::EndedSubject;
use crate::repository::EventRepository;
use crate::testing;
use crate::trigger::{Trigger, TriggerKind};

fn judged(trigger: Trigger, detail: Detail) -> Option<Reason> {
    CompiledTrigger::new(trigger).stops(&testing::event(detail))
}

fn list(items: &[&str]) -> Vec<String> {
    items.iter().map(|&it| it.to_owned()).collect()
}

/// One delivery and one project.
#[derive(Clone)]
struct Given {
    event: Event,
    integration: Integration,
    links: Links,
    project: Project,
    triggers: Vec<Trigger>,
}

fn push() -> Detail {
    Detail::Push(testing::push("refs/heads/main"))
}

fn given() -> Given {
    Given {
        event: testing::event(push()),
        integration: testing::integration(),
        links: Links::Some,
        project: testing::project(),
        triggers: vec![testing::trigger(1, TriggerKind::Push)],
    }
}

/// The scanned count, the one verdict, the whole reason.
fn matched(given: &Given) -> (usize, Option<Verdict>, Option<Reason>) {
    let (count, first, reason) = with_candidate(given);
    (count, first.map(|(verdict, _, _)| verdict), reason)
}

type First = (Verdict, Option<String>, Option<EndedSubject>);

fn with_candidate(given: &Given) -> (usize, Option<First>, Option<Reason>) {
    let listeners = given.triggers.iter().cloned().map(CompiledTrigger::new).collect();
    let linked = LinkedProject {
        project: given.project.clone(),
        triggers: listeners,
    };
    let repository = given
        .event
        .repository
        .as_ref()
        .and_then(|it| EventRepository::of_urls(&it.urls));
    let (integrations, projects) = ([&given.integration], [&linked]);
    let found = match_delivery(&MatchInput {
        delivery: DeliveryId(Uuid::from_u128(9)),
        forge: testing::FORGE,
        event: &given.event,
        repository: repository.as_ref(),
        integrations: &integrations,
        links: given.links,
        projects: &projects,
        shorthands: &[],
        command_prefix: "/forgegate",
    });
    let first = found.candidates.first().map(|it| {
        (
            it.verdict.clone(),
            it.pin.as_ref().map(|pin| pin.id.clone()),
            it.gone.clone(),
        )
    });
    (found.candidates.len(), first, found.reason)
}

fn skipped(given: &Given) -> Option<Reason> {
    match matched(given).1 {
        Some(Verdict::Skip { reason, .. }) => Some(reason),
        _ => None,
    }
}
