//! What is kept in memory beside the tables: loaded at open, changed only after a commit.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use forgegate_model::ids::OrganizationId;

use crate::directory::{Change, Directory};
use crate::error::StoreError;
use crate::evaluations::{self, Queue};
use crate::follow_ups::{self, Waiting};
use crate::installations::{self, Known};
use crate::integrations::{self, Uses};
use crate::outbox::{self, Outbox};
use crate::rows::Rows;
use crate::store::Store;
use crate::tx::Tx;
use crate::{organizations, projects, tokens};

/// What questions on the request's path and claims are answered from.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    /// The configuration.
    pub(crate) directory: Directory,
    /// The live evaluations.
    pub(crate) queue: Arc<Queue>,
    /// The statuses that wait.
    pub(crate) outbox: Arc<Outbox>,
    /// The follow-up work that waits.
    pub(crate) follow_ups: Arc<Waiting>,
    /// The installations of apps.
    pub(crate) installations: Known,
    /// The uses of credentials that are not written yet.
    pub(crate) uses: Uses,
    /// Organizations whose deletion was begun and not finished.
    going: Mutex<BTreeSet<OrganizationId>>,
}

impl Memory {
    /// Loads everything from what is committed.
    pub(crate) fn load<R: Rows>(rows: &R) -> Result<Self, StoreError> {
        let (there, going) = organizations::load(rows)?;
        let memory = Self {
            installations: installations::load(rows)?,
            ..Self::default()
        };
        let directory = &memory.directory;
        directory.enter(integrations::load(rows)?);
        directory.enter(projects::load(rows)?);
        directory.enter(tokens::load(rows)?);
        // What is left of those that are going stays out of sight.
        directory.enter(going.iter().copied().map(Change::OrganizationGone));
        memory.going().extend(going);
        directory.enter(there.into_iter().map(Change::Organization));
        evaluations::load(rows, &memory.queue)?;
        outbox::load(rows, &memory.outbox, &memory.directory)?;
        follow_ups::load(rows, &memory.follow_ups)?;
        Ok(memory)
    }

    /// Organizations whose deletion was begun and not finished.
    pub(crate) fn going(&self) -> MutexGuard<'_, BTreeSet<OrganizationId>> {
        self.going.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tx<'_> {
    /// Has the directory show a change once it is committed.
    pub(crate) fn enter(&mut self, change: Change) {
        self.after_commit(move |shared| shared.memory.directory.enter([change]));
    }
}

impl Store {
    /// The configuration in memory.
    #[must_use]
    pub fn directory(&self) -> &Directory {
        &self.shared().memory.directory
    }
}
