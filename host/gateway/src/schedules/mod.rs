//! Triggers that start by the clock: `schedule` and `poll`. The forge is asked where the wanted branches are, and each makes an
//! evaluation; a poll only of what it and nobody else had evaluated.
//!
//! Each trigger's next time is on record before it is waited for, and the next one is written together with what the last one made: a
//! trigger that was due while nobody ran starts once, however often it was due. When it is due is the model's (`schedule`) to say.

mod service;
mod starting;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use forgegate_model::ids::TriggerId;
use forgegate_model::timestamp::Timestamp;
use forgegate_model::trigger::{Trigger, TriggerKind};
use forgegate_storage::{Clock, ProjectEntry};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::reconciliation;
use starting::{next, rule, start};

pub use service::Schedules;

/// The time between two looks at what is due.
const BEAT: Duration = Duration::from_secs(1);
/// The number of triggers that ask their forges at once.
const AT_ONCE: usize = 8;
/// The wait of a trigger whose forge gave no answer, at first and at most.
const FIRST_RETRY: Duration = Duration::from_secs(15);
const LONGEST_RETRY: Duration = Duration::from_mins(10);

/// The state of all clocks between two beats.
#[derive(Default)]
struct Clocks {
    clocks: BTreeMap<TriggerId, Clock>,
    /// Triggers that ask their forges at the moment.
    busy: BTreeSet<TriggerId>,
    /// The time from which a trigger may ask again whose forge gave no answer, and the wait after that.
    retry: BTreeMap<TriggerId, (Instant, Duration)>,
}

/// The end of a start: the trigger, and its clock with the next time, or none where the forge gave no answer.
type Started = (TriggerId, Option<Clock>);

/// Starts what is due, until the gateway drains.
pub async fn run(service: Arc<Schedules>) {
    let mut state = Clocks::default();
    match service.store.clocks().await {
        Ok(clocks) => state.clocks.extend(clocks),
        Err(error) => tracing::error!(%error, "what is due cannot be read: every clock begins anew: {error}"),
    }
    let mut beat = interval(BEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut under_way: JoinSet<Started> = JoinSet::new();
    loop {
        tokio::select! {
            _ = beat.tick() => {}
            Some(started) = under_way.join_next() => {
                if let Ok((trigger, next)) = started {
                    state.ended(trigger, next);
                }
                continue;
            }
            () = service.draining.cancelled() => return,
        }
        for (entry, trigger) in state.due(&service).await {
            if under_way.len() >= AT_ONCE {
                break;
            }
            let Some(clock) = state.clocks.get(&trigger.id).cloned() else {
                continue;
            };
            state.busy.insert(trigger.id);
            under_way.spawn(attempt(Arc::clone(&service), entry, trigger, clock));
        }
        service.show(&state.clocks);
    }
}

async fn attempt(service: Arc<Schedules>, entry: Arc<ProjectEntry>, trigger: Trigger, clock: Clock) -> Started {
    let id = trigger.id;
    match start(&service, &entry, &trigger, clock).await {
        Ok(next) => (id, Some(next)),
        Err(error) => {
            service.metrics.started_by_clock(trigger.kind, "failed");
            let project = &entry.project().name;
            tracing::warn!(%error, "the trigger {id} of `{project}` is due and cannot start: {error}");
            (id, None)
        }
    }
}

impl Clocks {
    fn ended(&mut self, trigger: TriggerId, next: Option<Clock>) {
        self.busy.remove(&trigger);
        if let Some(next) = next {
            self.clocks.insert(trigger, next);
            self.retry.remove(&trigger);
        } else {
            let wait = self
                .retry
                .get(&trigger)
                .map_or(FIRST_RETRY, |(_, wait)| (*wait * 2).min(LONGEST_RETRY));
            self.retry.insert(trigger, (Instant::now() + wait, wait));
        }
    }

    /// The triggers that are due. One that is new, or was changed, gets its time here.
    async fn due(&mut self, service: &Schedules) -> Vec<(Arc<ProjectEntry>, Trigger)> {
        let now = service.clock.now();
        let (mut due, mut there) = (Vec::new(), BTreeSet::new());
        for entry in reconciliation::projects(&service.store) {
            for trigger in entry.triggers().filter(|it| starts_by_clock(it)) {
                there.insert(trigger.id);
                if self.is_due(service, trigger, now).await && entry.project().active {
                    due.push((Arc::clone(&entry), trigger.clone()));
                }
            }
        }
        self.clocks.retain(|id, _| there.contains(id));
        self.retry.retain(|id, _| there.contains(id));
        due
    }

    async fn is_due(&mut self, service: &Schedules, trigger: &Trigger, now: Timestamp) -> bool {
        if self.busy.contains(&trigger.id) {
            return false;
        }
        let rule = rule(trigger);
        match self.clocks.get(&trigger.id) {
            Some(clock) if clock.rule == rule => {
                let rested = self.retry.get(&trigger.id).is_none_or(|(at, _)| *at <= Instant::now());
                clock.due <= now && rested
            }
            before => {
                let seen = before.map(|clock| clock.seen.clone()).unwrap_or_default();
                let Some(due) = next(trigger, now) else { return false };
                let clock = Clock { rule, due, seen };
                match service.store.set_clock(trigger.id, clock.clone()).await {
                    Ok(()) => {
                        self.clocks.insert(trigger.id, clock);
                    }
                    Err(error) => tracing::warn!(%error, "a trigger's time cannot be written: {error}"),
                }
                false
            }
        }
    }
}

/// Says that a trigger starts by the clock. An unlinked one fires nothing.
fn starts_by_clock(trigger: &Trigger) -> bool {
    let by_clock = matches!(trigger.kind, TriggerKind::Schedule | TriggerKind::Poll);
    by_clock && trigger.active && trigger.integration.is_some()
}
