//! Nothing missed: forges are asked, at the start and regularly, what the gateway should have heard of.
//!
//! A forge that keeps its deliveries (`missed`) is asked to send again what did not arrive; it comes as any delivery does. Beyond that
//! the branches and open pull requests of every project are compared with what was last seen of them (`comparison`), and what nobody
//! told becomes a delivery that states it (`statement`), for which storage decides again in its transaction. The rules of both are the
//! model's (`forgegate_model::heads`). Nothing here can state more than where a branch or pull request of a named project stands.

mod comparison;
mod missed;
mod poll;
mod subjects;
mod synthesized;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use forgegate_model::ids::ProjectId;
use forgegate_model::timestamp::Timestamp;
use futures_util::{StreamExt, stream};
use tokio::time::{Instant, sleep, sleep_until};

use crate::gateway::Gateway;

pub use poll::{Forge, PollError};
pub use subjects::{outward, projects};
pub use synthesized::Repository;

use subjects::Subject;

/// How many forges are asked at once.
const AT_ONCE: usize = 4;
/// The most that lies between the beginnings of two looks, so that a start soon knows how things stand.
const PACE: Duration = Duration::from_millis(500);
/// How long a delivery that was asked for again is waited for, to be known by what it is.
const AWAITED: Duration = Duration::from_mins(10);

/// How long a hook is left alone that nobody here may ask about.
const REFUSED: Duration = Duration::from_hours(1);

/// What is known of looks, in memory.
#[derive(Default)]
pub struct Reconciliation {
    /// When each project's repository was last seen, or since when it is waited for.
    looks: Mutex<BTreeMap<ProjectId, Timestamp>>,
    /// What could not be looked at the last time: it is in the log once.
    failing: Mutex<BTreeSet<String>>,
    /// Deliveries that a forge was asked to send again, by forge and the forge's id.
    awaited: Mutex<BTreeMap<(String, String), Instant>>,
    /// Hooks that nobody here may ask about.
    refused: Mutex<BTreeMap<String, Instant>>,
}

impl Reconciliation {
    /// The time of the look that lies furthest back; none where nothing is looked at.
    pub fn oldest(&self) -> Option<Timestamp> {
        lock(&self.looks).values().min().copied()
    }

    /// Whether a delivery comes because the forge was asked for it.
    pub fn asked_for(&self, forge: &str, delivery: Option<&str>) -> bool {
        let Some(id) = delivery else { return false };
        let awaited = lock(&self.awaited);
        // Asked for every delivery, and hardly ever is one awaited.
        !awaited.is_empty() && awaited.contains_key(&(forge.to_owned(), id.to_owned()))
    }

    /// Whether a delivery was not asked for of late: one that was may be on its way.
    fn is_fresh(&self, forge: &str, delivery: &str) -> bool {
        let mut awaited = lock(&self.awaited);
        awaited.retain(|_, asked| asked.elapsed() < AWAITED);
        !awaited.contains_key(&(forge.to_owned(), delivery.to_owned()))
    }

    fn ask_for(&self, forge: &str, delivery: &str) {
        let key = (forge.to_owned(), delivery.to_owned());
        lock(&self.awaited).insert(key, Instant::now());
    }

    /// Whether a hook may be asked about: not for a while after it was refused, since rights and plugins change rarely.
    fn may_ask(&self, hook: &str) -> bool {
        let refused = lock(&self.refused).get(hook).copied();
        refused.is_none_or(|at| at.elapsed() >= REFUSED)
    }

    fn leave(&self, hook: &str) {
        let mut refused = lock(&self.refused);
        refused.retain(|_, at| at.elapsed() < REFUSED);
        refused.insert(hook.to_owned(), Instant::now());
    }

    /// Keeps to the projects that are looked at. One that comes to it is waited for from now on.
    fn keep(&self, projects: &BTreeSet<ProjectId>, now: Timestamp) {
        let mut looks = lock(&self.looks);
        looks.retain(|project, _| projects.contains(project));
        for project in projects {
            looks.entry(*project).or_insert(now);
        }
    }

    fn seen(&self, project: ProjectId, asked: Timestamp) {
        lock(&self.looks).insert(project, asked);
    }

    /// Notes how a look ended. Answers whether it is news: a forge that is down for a night is two lines in the log.
    fn ended(&self, what: &str, well: bool) -> bool {
        let mut failing = lock(&self.failing);
        if well {
            failing.remove(what)
        } else {
            failing.insert(what.to_owned())
        }
    }
}

/// Looks, at the start and then every interval, until the gateway drains.
pub async fn run(gateway: Arc<Gateway>) {
    let interval = gateway.config.reconciliation.interval;
    if interval.is_zero() {
        return;
    }
    loop {
        let next = Instant::now() + interval;
        tokio::select! {
            () = round(&gateway, interval) => {}
            () = gateway.draining.cancelled() => return,
        }
        tokio::select! {
            () = sleep_until(next) => {}
            () = gateway.draining.cancelled() => return,
        }
    }
}

/// One look at everything, spread over the interval.
async fn round(gateway: &Arc<Gateway>, interval: Duration) {
    for hook in missed::of_apps(gateway) {
        missed::ask(gateway, &hook).await;
    }
    let places = subjects::places(gateway);
    let projects = places
        .iter()
        .flat_map(|place| place.subjects.iter().map(Subject::project));
    gateway.reconciliation.keep(&projects.collect(), gateway.clock.now());
    let count = u32::try_from(places.len()).unwrap_or(u32::MAX).max(1);
    let pace = (interval / 2 / count).min(PACE);
    let begun = Instant::now();
    let looks = stream::iter(places).zip(stream::iter(0_u32..));
    let looked = looks.for_each_concurrent(AT_ONCE, async |(place, number)| {
        sleep_until(begun + pace * number).await;
        for hook in missed::of_place(&place) {
            missed::ask(gateway, &hook).await;
        }
        comparison::look(gateway, &place, interval).await;
    });
    looked.await;
}

/// A while in which what is on its way may arrive.
async fn grace(interval: Duration) {
    sleep((interval / 8).min(Duration::from_secs(10))).await;
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
