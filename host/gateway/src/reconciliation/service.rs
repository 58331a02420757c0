//! The service that compares what the gateway heard of with what the forges show.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use forgegate_model::ids::ProjectId;
use forgegate_model::lock::Lock;
use forgegate_model::timestamp::Timestamp;
use tokio::time::Instant;

use crate::core::Core;
use crate::forge_access::ForgeAccess;

/// The time for which a hook is left alone that nobody here may ask about.
const REFUSED: Duration = Duration::from_hours(1);

/// The service, with what it knows of its polls, in memory. What it finds goes through selection, for which it needs the core.
pub struct Reconciliation {
    pub(super) core: Arc<Core>,
    pub(super) forges: ForgeAccess,
    /// When each project's repository was last polled, or since when it is waited for.
    polled: Lock<BTreeMap<ProjectId, Timestamp>>,
    /// The repositories whose last poll failed: each is in the log once.
    failing: Lock<BTreeSet<String>>,
    /// The hooks that nobody here may ask about.
    refused: Lock<BTreeMap<String, Instant>>,
}

impl Reconciliation {
    /// The service, with nothing polled yet.
    pub fn new(core: Arc<Core>, forges: ForgeAccess) -> Self {
        Self {
            core,
            forges,
            polled: Lock::default(),
            failing: Lock::default(),
            refused: Lock::default(),
        }
    }

    /// The time of the poll that lies furthest back; none where nothing is polled.
    pub fn oldest(&self) -> Option<Timestamp> {
        self.polled.lock().values().min().copied()
    }

    /// Keeps to these projects. One that is new is waited for from now on.
    pub(super) fn retain(&self, projects: &BTreeSet<ProjectId>, now: Timestamp) {
        let mut polled = self.polled.lock();
        polled.retain(|project, _| projects.contains(project));
        for project in projects {
            polled.entry(*project).or_insert(now);
        }
    }

    /// Notes the poll of a project's repository.
    pub(super) fn note(&self, project: ProjectId, at: Timestamp) {
        self.polled.lock().insert(project, at);
    }

    /// Notes that a poll failed. Says that it is news: a forge that is down for a night is two lines in the log.
    pub(super) fn failed(&self, repository: &str) -> bool {
        self.failing.lock().insert(repository.to_owned())
    }

    /// Notes that a poll went well. Says that it is news: the one before failed.
    pub(super) fn recovered(&self, repository: &str) -> bool {
        self.failing.lock().remove(repository)
    }

    /// Says that a hook may be asked about: not for a while after it was refused, since rights and plugins change rarely.
    pub(super) fn may_ask(&self, hook: &str) -> bool {
        let refused = self.refused.lock().get(hook).copied();
        refused.is_none_or(|at| at.elapsed() >= REFUSED)
    }

    /// Leaves a hook alone for a while.
    pub(super) fn leave_alone(&self, hook: &str) {
        let mut refused = self.refused.lock();
        refused.retain(|_, at| at.elapsed() < REFUSED);
        refused.insert(hook.to_owned(), Instant::now());
    }
}
