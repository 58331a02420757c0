//! Pages of every list, the first and deep ones.

use std::time::{Duration, Instant};

use forgegate_model::delivery::Outcome;
use forgegate_model::evaluation::State;
use forgegate_storage::{DeliveryFilter, EvaluationFilter, Page, Store};

use crate::made;

const LIMIT: usize = 100;

/// Tells how long each list takes: its first page, and the slowest of some deep ones.
pub async fn lists(store: &Store, recorded: u64) {
    for (name, filter) in of_deliveries(recorded) {
        let mut times = Vec::new();
        for page in pages(recorded) {
            let begun = Instant::now();
            let listed = store.deliveries(filter.clone(), page).await.expect("a page");
            times.push((begun.elapsed(), listed.items.len()));
        }
        tell(&format!("deliveries {name}"), &times);
    }
    for (name, filter) in of_evaluations(recorded) {
        let mut times = Vec::new();
        for page in pages(recorded) {
            let begun = Instant::now();
            let listed = store.evaluations(filter.clone(), page).await.expect("a page");
            times.push((begun.elapsed(), listed.items.len()));
        }
        tell(&format!("evaluations {name}"), &times);
    }
}

fn of_deliveries(recorded: u64) -> Vec<(&'static str, DeliveryFilter)> {
    let any = DeliveryFilter::default();
    let one = made::organization(7);
    let change = |change: &dyn Fn(&mut DeliveryFilter)| {
        let mut filter = any.clone();
        change(&mut filter);
        filter
    };
    vec![
        ("of all", any.clone()),
        ("of an organization", change(&|it| it.organizations = Some(vec![one]))),
        (
            "of two organizations",
            change(&|it| it.organizations = Some(vec![one, made::organization(8)])),
        ),
        (
            "of an integration",
            change(&|it| it.integration = Some(made::integration(7))),
        ),
        ("of a project", change(&|it| it.project = Some(made::project(7)))),
        (
            "that failed (none)",
            change(&|it| it.outcome = Some(Outcome::Malformed)),
        ),
        (
            "that failed, of one (none)",
            change(&|it| {
                it.outcome = Some(Outcome::Malformed);
                it.organizations = Some(vec![one]);
            }),
        ),
        ("of long ago", change(&|it| it.until = Some(made::at(recorded / 10)))),
    ]
}

fn of_evaluations(recorded: u64) -> Vec<(&'static str, EvaluationFilter)> {
    let any = EvaluationFilter::default();
    let change = |change: &dyn Fn(&mut EvaluationFilter)| {
        let mut filter = any.clone();
        change(&mut filter);
        filter
    };
    vec![
        ("of all", any.clone()),
        (
            "of an organization",
            change(&|it| it.organizations = Some(vec![made::organization(7)])),
        ),
        ("of a project", change(&|it| it.project = Some(made::project(7)))),
        ("of a commit", change(&|it| it.sha = Some(made::sha(recorded / 2)))),
        ("queued", change(&|it| it.state = Some(State::Queued))),
        (
            "queued, of a project",
            change(&|it| {
                it.state = Some(State::Queued);
                it.project = Some(made::project(7));
            }),
        ),
        ("that succeeded", change(&|it| it.state = Some(State::Succeeded))),
        ("that failed (none)", change(&|it| it.state = Some(State::Failed))),
        ("of long ago", change(&|it| it.until = Some(made::at(recorded / 10)))),
    ]
}

fn pages(recorded: u64) -> Vec<Page> {
    let deep = [90, 75, 50, 25, 10, 1].map(|percent| made::id(recorded / 100 * percent).to_string());
    let deep = deep.into_iter().map(|cursor| Page {
        cursor: Some(cursor),
        limit: LIMIT,
    });
    [Page::first(LIMIT)].into_iter().chain(deep).collect()
}

fn tell(name: &str, times: &[(Duration, usize)]) {
    let (first, deep) = times.split_first().expect("a first page");
    let slowest = deep.iter().map(|(took, _)| *took).max().unwrap_or_default();
    let items: Vec<_> = deep.iter().map(|(_, items)| *items).collect();
    println!(
        "{name:<40}: first {:>9.2?} with {:>3}, the slowest deep one {slowest:>9.2?} with {items:?}",
        first.0, first.1
    );
}
