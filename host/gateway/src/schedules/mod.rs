//! Triggers that start by the clock: `schedule` and `poll`. The forge is asked where the wanted branches stand, and each makes an
//! evaluation; a poll only of what it and nobody else had evaluated.
//!
//! Each trigger's next time is on record before it is waited for, and the next one is written together with what the last one made: a
//! trigger that was due while nobody ran starts once, however often it was due. When it is due is the model's (`schedule`) to say.

mod starting;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use forgegate_model::ids::TriggerId;
use forgegate_model::schedule::{Schedule, USUAL_ZONE};
use forgegate_model::timestamp::Timestamp;
use forgegate_model::trigger::{Trigger, TriggerKind};
use forgegate_storage::{Clock, ProjectEntry};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::gateway::Gateway;
use crate::reconciliation;
use starting::start;

/// How often it is asked what is due.
const BEAT: Duration = Duration::from_secs(1);
/// How many triggers ask their forges at once.
const AT_ONCE: usize = 8;
/// How long a trigger waits whose forge gave no answer, at first and at most.
const RETRY: Duration = Duration::from_secs(15);
const RARELY: Duration = Duration::from_mins(10);

/// When triggers are due, as the API shows it.
#[derive(Default)]
pub struct Schedules(Mutex<BTreeMap<TriggerId, Timestamp>>);

impl Schedules {
    /// When a trigger is due next; none before it was given a time.
    pub fn due(&self, trigger: TriggerId) -> Option<Timestamp> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&trigger)
            .copied()
    }

    fn show(&self, clocks: &BTreeMap<TriggerId, Clock>) {
        let due = clocks.iter().map(|(id, clock)| (*id, clock.due)).collect();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = due;
    }
}

/// What the clocks know between two beats.
#[derive(Default)]
struct Watch {
    clocks: BTreeMap<TriggerId, Clock>,
    /// Triggers that ask their forges at the moment.
    busy: BTreeSet<TriggerId>,
    /// When a trigger may ask again whose forge gave no answer, and how long it waits after that.
    again: BTreeMap<TriggerId, (Instant, Duration)>,
}

/// What came of a start: the next time, or none where the forge gave no answer.
type Started = (TriggerId, Option<Clock>);

/// Starts what is due, until the gateway drains.
pub async fn run(gateway: Arc<Gateway>) {
    let mut watch = Watch::default();
    match gateway.store.clocks().await {
        Ok(clocks) => watch.clocks.extend(clocks),
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
                    watch.ended(trigger, next);
                }
                continue;
            }
            () = gateway.draining.cancelled() => return,
        }
        for (entry, trigger) in watch.due(&gateway).await {
            if under_way.len() >= AT_ONCE {
                break;
            }
            let Some(clock) = watch.clocks.get(&trigger.id).cloned() else {
                continue;
            };
            watch.busy.insert(trigger.id);
            under_way.spawn(attempt(Arc::clone(&gateway), entry, trigger, clock));
        }
        gateway.schedules.show(&watch.clocks);
    }
}

async fn attempt(gateway: Arc<Gateway>, entry: Arc<ProjectEntry>, trigger: Trigger, clock: Clock) -> Started {
    let id = trigger.id;
    match start(&gateway, &entry, &trigger, clock).await {
        Ok(next) => (id, Some(next)),
        Err(trouble) => {
            gateway.metrics.started_by_clock(trigger.kind, "failed");
            let project = &entry.project().name;
            tracing::warn!(%trouble, "the trigger {id} of `{project}` is due and cannot start: {trouble}");
            (id, None)
        }
    }
}

impl Watch {
    fn ended(&mut self, trigger: TriggerId, next: Option<Clock>) {
        self.busy.remove(&trigger);
        if let Some(next) = next {
            self.clocks.insert(trigger, next);
            self.again.remove(&trigger);
        } else {
            let wait = self
                .again
                .get(&trigger)
                .map_or(RETRY, |(_, wait)| (*wait * 2).min(RARELY));
            self.again.insert(trigger, (Instant::now() + wait, wait));
        }
    }

    /// What is due. A trigger that is new, or was changed, gets its time here.
    async fn due(&mut self, gateway: &Gateway) -> Vec<(Arc<ProjectEntry>, Trigger)> {
        let now = gateway.clock.now();
        let (mut due, mut there) = (Vec::new(), BTreeSet::new());
        for entry in reconciliation::projects(gateway) {
            for trigger in entry.triggers().filter(|it| starts_by_clock(it)) {
                there.insert(trigger.id);
                if self.is_due(gateway, trigger, now).await && entry.project().active {
                    due.push((Arc::clone(&entry), trigger.clone()));
                }
            }
        }
        self.clocks.retain(|id, _| there.contains(id));
        self.again.retain(|id, _| there.contains(id));
        due
    }

    async fn is_due(&mut self, gateway: &Gateway, trigger: &Trigger, now: Timestamp) -> bool {
        if self.busy.contains(&trigger.id) {
            return false;
        }
        let rule = rule(trigger);
        match self.clocks.get(&trigger.id) {
            Some(clock) if clock.rule == rule => {
                let rested = self.again.get(&trigger.id).is_none_or(|(at, _)| *at <= Instant::now());
                clock.due <= now && rested
            }
            before => {
                let seen = before.map(|clock| clock.seen.clone()).unwrap_or_default();
                let Some(due) = next(trigger, now) else { return false };
                let clock = Clock { rule, due, seen };
                match gateway.store.set_clock(trigger.id, clock.clone()).await {
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

/// An unlinked trigger fires nothing.
fn starts_by_clock(trigger: &Trigger) -> bool {
    let by_clock = matches!(trigger.kind, TriggerKind::Schedule | TriggerKind::Poll);
    by_clock && trigger.active && trigger.integration.is_some()
}

/// What a trigger's time is made of.
fn rule(trigger: &Trigger) -> String {
    match trigger.kind {
        TriggerKind::Poll => format!("every {} s", trigger.interval_s),
        _ => format!(
            "{} in {}",
            trigger.schedule.as_deref().unwrap_or_default(),
            zone(trigger)
        ),
    }
}

/// When it is due first after a time; none where it never is.
fn next(trigger: &Trigger, now: Timestamp) -> Option<Timestamp> {
    match trigger.kind {
        TriggerKind::Poll => Some(now.plus(Duration::from_secs(trigger.interval_s.max(1)))),
        _ => {
            let schedule = Schedule::read(trigger.schedule.as_deref()?, zone(trigger));
            let schedule = schedule.inspect_err(|error| tracing::warn!(%error, "the trigger {}: {error}", trigger.id));
            schedule.ok()?.after(now)
        }
    }
}

fn zone(trigger: &Trigger) -> &str {
    trigger.time_zone.as_deref().unwrap_or(USUAL_ZONE)
}
