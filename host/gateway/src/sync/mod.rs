//! Syncs: what a forge's lists tell of a repository's past, read page by page into the same activity as deliveries bring.
//!
//! `run` walks whatever is under way, after a start too; `walk` reads a page after the other, `line` knows whom to ask, `paced` spends at
//! most half of the credential's budget, so that statuses never wait for the past. Nothing here makes an evaluation.

mod paced;
mod source;
mod walk;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use forgegate_model::audit::AuditEntry;
use forgegate_model::ids::ProjectId;
use forgegate_model::sync::Sync;
use forgegate_model::timestamp::Timestamp;
use forgegate_storage::{ProjectEntry, StoreError};
use tokio::sync::{Notify, Semaphore};
use tokio_util::task::TaskTracker;

use crate::gateway::Gateway;

pub use source::reachable;

/// How far back a sync reaches unless somebody says otherwise.
pub const USUAL_REACH: Duration = Duration::from_hours(90 * 24);

/// How many walks are under way at once: each holds one of the plugins' places for calls outward while it reads a page.
const AT_ONCE: usize = 2;

/// How soon storage that could not be read is read again.
const AGAIN: Duration = Duration::from_secs(5);

/// What all walks share.
pub struct Syncs {
    woken: Notify,
    places: Semaphore,
    under_way: Mutex<HashSet<ProjectId>>,
}

impl Default for Syncs {
    fn default() -> Self {
        Self {
            woken: Notify::new(),
            places: Semaphore::new(AT_ONCE),
            under_way: Mutex::default(),
        }
    }
}

impl Syncs {
    fn under_way(&self) -> MutexGuard<'_, HashSet<ProjectId>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Begins a sync, or lets the one go on that reaches as far.
///
/// # Errors
/// When storage is unavailable or the project is gone.
pub async fn begin(
    gateway: &Gateway,
    project: ProjectId,
    since: Timestamp,
    audit: Option<AuditEntry>,
) -> Result<Sync, StoreError> {
    let sync = gateway
        .store
        .begin_sync(project, since, gateway.clock.now(), audit)
        .await?;
    gateway.syncs.woken.notify_one();
    Ok(sync)
}

/// The first sync of a project that was just made, where its forge can be asked. That it cannot be begun does not undo the making.
pub async fn begin_first(gateway: &Gateway, entry: &ProjectEntry) {
    if reachable(gateway, entry).is_err() {
        return;
    }
    let project = entry.project().id;
    let reach = USUAL_REACH.min(gateway.config.deliveries.activity_retention);
    let since = gateway.clock.now().minus(reach);
    if let Err(error) = begin(gateway, project, since, None).await {
        tracing::warn!(%error, project.id = %project, "a project's first sync was not begun: {error}");
    }
}

/// Walks what is under way until the gateway drains. What is cut off then goes on with the next start.
pub async fn run(gateway: Arc<Gateway>) {
    let walks = TaskTracker::new();
    while !gateway.draining.is_cancelled() {
        let pause = match gateway.store.syncs_running().await {
            Ok(running) => {
                for sync in running {
                    start(&gateway, &walks, sync.project);
                }
                None
            }
            Err(error) => {
                tracing::warn!(%error, "the syncs under way cannot be read: {error}");
                Some(AGAIN)
            }
        };
        tokio::select! {
            () = gateway.draining.cancelled() => break,
            () = gateway.syncs.woken.notified() => {}
            () = wait(pause) => {}
        }
    }
    walks.close();
    walks.wait().await;
}

async fn wait(pause: Option<Duration>) {
    match pause {
        Some(pause) => tokio::time::sleep(pause).await,
        None => std::future::pending().await,
    }
}

/// Starts the walk for a project, unless there is one.
fn start(gateway: &Arc<Gateway>, walks: &TaskTracker, project: ProjectId) {
    if !gateway.syncs.under_way().insert(project) {
        return;
    }
    let gateway = Arc::clone(gateway);
    walks.spawn(async move {
        let _seat = WalkPermit {
            syncs: &gateway.syncs,
            project,
        };
        tokio::select! {
            () = gateway.draining.cancelled() => {}
            () = walk::walk(&gateway, project) => {}
        }
    });
}

/// A walk's place among those under way. Whoever begins another sync while it is given up is heard: the list is read again.
struct WalkPermit<'a> {
    syncs: &'a Syncs,
    project: ProjectId,
}

impl Drop for WalkPermit<'_> {
    fn drop(&mut self) {
        self.syncs.under_way().remove(&self.project);
        self.syncs.woken.notify_one();
    }
}
