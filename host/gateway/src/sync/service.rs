//! The service that reads what forges' lists tell of a repository's past.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use forgegate_model::audit::AuditEntry;
use forgegate_model::ids::ProjectId;
use forgegate_model::lock::Lock;
use forgegate_model::sync::Sync;
use forgegate_model::timestamp::Timestamp;
use forgegate_storage::{ProjectEntry, Store, StoreError};
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::core::Core;
use crate::forge_access::ForgeAccess;

/// The reach of a sync into the past unless somebody says otherwise.
pub const USUAL_REACH: Duration = Duration::from_hours(90 * 24);

/// The number of pages that are read at once: each holds one of the plugins' slots for outbound calls meanwhile.
const AT_ONCE: usize = 2;

/// The service that reads what forges' lists tell of a repository's past.
pub struct Syncs {
    pub(super) store: Store,
    pub(super) clock: Clock,
    pub(super) forges: ForgeAccess,
    pub(super) draining: CancellationToken,
    /// The time for which activity is kept: older pages need not be read.
    activity_retention: Duration,
    /// Woken when a sync was begun, or a walk ended.
    pub(super) woken: Notify,
    /// The permits to read a page.
    pub(super) permits: Semaphore,
    /// The projects with a walk under way.
    under_way: Lock<HashSet<ProjectId>>,
}

impl Syncs {
    /// The service, over parts of the core.
    pub fn new(core: &Core, forges: ForgeAccess) -> Self {
        Self {
            store: core.store.clone(),
            clock: core.clock.clone(),
            forges,
            draining: core.draining.clone(),
            activity_retention: core.config.deliveries.activity_retention,
            woken: Notify::new(),
            permits: Semaphore::new(AT_ONCE),
            under_way: Lock::default(),
        }
    }

    /// Says that a project's forge can be asked.
    ///
    /// # Errors
    /// One sentence for people where nobody may ask.
    pub fn reachable(&self, entry: &ProjectEntry) -> Result<(), String> {
        self.forges.principals.of_reports(entry).map(drop)
    }

    /// Begins a sync, or lets the one go on that reaches as far.
    ///
    /// # Errors
    /// When storage is unavailable or the project is gone.
    pub async fn begin(
        &self,
        project: ProjectId,
        since: Timestamp,
        audit: Option<AuditEntry>,
    ) -> Result<Sync, StoreError> {
        let sync = self.store.begin_sync(project, since, self.clock.now(), audit).await?;
        self.woken.notify_one();
        Ok(sync)
    }

    /// Begins the first sync of a project that was just made, where its forge can be asked. A failure does not undo the making.
    pub async fn begin_first(&self, entry: &ProjectEntry) {
        if self.reachable(entry).is_err() {
            return;
        }
        let project = entry.project().id;
        let reach = USUAL_REACH.min(self.activity_retention);
        let since = self.clock.now().minus(reach);
        if let Err(error) = self.begin(project, since, None).await {
            tracing::warn!(%error, project.id = %project, "a project's first sync was not begun: {error}");
        }
    }

    /// The mark of a project's walk; none where there is one already.
    pub(super) fn mark(self: &Arc<Self>, project: ProjectId) -> Option<WalkMark> {
        let is_free = self.under_way.lock().insert(project);
        is_free.then(|| WalkMark {
            syncs: Arc::clone(self),
            project,
        })
    }
}

/// The mark of a walk under way. When it is dropped the list is read again: another sync of the project may have been begun meanwhile.
pub(super) struct WalkMark {
    syncs: Arc<Syncs>,
    project: ProjectId,
}

impl Drop for WalkMark {
    fn drop(&mut self) {
        self.syncs.under_way.lock().remove(&self.project);
        self.syncs.woken.notify_one();
    }
}
