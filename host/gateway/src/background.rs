//! The background tasks: one table of what runs beside the requests, and how each ends when the gateway drains.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use crate::core::Core;
use crate::gateway::Gateway;
use crate::leases::Leases;
use crate::{connection, follow_up, housekeeping, reconciliation, reporting, schedules, sync};

/// The running tasks whose end is awaited.
pub struct Background(JoinSet<()>);

/// Starts every task.
///
/// | task | does | ends at the drain |
/// |---|---|---|
/// | those of `start_for_records` | work on the records | see there |
/// | reporting | sends statuses from the outbox | takes no more, finishes what is under way: awaited |
/// | follow-up | asks forges after answers, and replies | takes no more, finishes what is under way: awaited |
/// | hook watch | polls how hooks fare | at once; statuses are read anew after a start |
/// | reconciliation | polls for what was missed | at once; the next start polls everything |
/// | schedules | starts triggers that are due | at once; what was due starts once after a start |
/// | syncs | reads repositories' past | at once; the next start reads the page anew |
pub fn start(gateway: &Gateway) -> Background {
    start_for_records(&gateway.core, &gateway.leases);
    let mut awaited = JoinSet::new();
    awaited.spawn(reporting::run(Arc::clone(&gateway.reporting)));
    awaited.spawn(follow_up::run(Arc::clone(&gateway.follow_ups)));
    tokio::spawn(connection::watch(Arc::clone(&gateway.connections)));
    tokio::spawn(reconciliation::run(Arc::clone(&gateway.reconciliation)));
    tokio::spawn(schedules::run(Arc::clone(&gateway.schedules)));
    tokio::spawn(sync::run(Arc::clone(&gateway.syncs)));
    Background(awaited)
}

/// Starts the tasks that work on the records only, and call nobody.
///
/// | task | does | ends at the drain |
/// |---|---|---|
/// | counters | writes what is counted in memory, each second | after a last write; closing the records writes what comes later |
/// | sweep | removes what is older than it is kept | at once; the next start sweeps |
/// | leases | ends leases that ran out | at once; the next start gives each a full term |
pub fn start_for_records(core: &Core, leases: &Arc<Leases>) {
    let (store, clock, draining) = (&core.store, &core.clock, &core.draining);
    tokio::spawn(housekeeping::flush(store.clone(), clock.clone(), draining.clone()));
    let retention = core.config.retention();
    tokio::spawn(housekeeping::sweep(
        store.clone(),
        clock.clone(),
        retention,
        draining.clone(),
    ));
    tokio::spawn(Arc::clone(leases).run());
}

impl Background {
    /// Waits until the tasks that finish their work have ended, for so long at most. What is cut was marked as tried, or is asked again:
    /// the next start looks it up.
    pub async fn ended(mut self, within: Duration) {
        let all = async { while self.0.join_next().await.is_some() {} };
        if tokio::time::timeout(within, all).await.is_err() {
            tracing::warn!("some calls to forges were still under way after {within:?} and were left");
            self.0.detach_all();
        }
    }
}
