//! The rounds: everything is polled once in each, spread over the interval.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use tokio::time::{Instant, sleep_until};

use super::service::Reconciliation;
use super::subjects::{Subject, polled_repositories};
use super::{comparison, missed};

/// The number of repositories that are polled at once.
const AT_ONCE: usize = 4;
/// The longest time between the beginnings of two polls, so that a start soon knows how things are.
const PACE: Duration = Duration::from_millis(500);

/// Polls everything, at the start and then every interval, until the gateway drains.
pub async fn run(service: Arc<Reconciliation>) {
    let interval = service.core.config.reconciliation.interval;
    if interval.is_zero() {
        return;
    }
    loop {
        let next = Instant::now() + interval;
        tokio::select! {
            () = round(&service, interval) => {}
            () = service.core.draining.cancelled() => return,
        }
        tokio::select! {
            () = sleep_until(next) => {}
            () = service.core.draining.cancelled() => return,
        }
    }
}

/// One round.
async fn round(service: &Reconciliation, interval: Duration) {
    for hook in missed::hooks_of_apps(service) {
        missed::ask(service, &hook).await;
    }
    let repositories = polled_repositories(service);
    let projects = repositories
        .iter()
        .flat_map(|repository| repository.subjects.iter().map(Subject::project));
    service.retain(&projects.collect(), service.core.clock.now());
    let count = u32::try_from(repositories.len()).unwrap_or(u32::MAX).max(1);
    let pace = (interval / 2 / count).min(PACE);
    let begun = Instant::now();
    let polls = stream::iter(repositories).zip(stream::iter(0_u32..));
    let polled = polls.for_each_concurrent(AT_ONCE, async |(repository, number)| {
        sleep_until(begun + pace * number).await;
        for hook in missed::hooks_of_repository(&repository) {
            missed::ask(service, &hook).await;
        }
        comparison::compare(service, &repository, interval).await;
    });
    polled.await;
}
