//! The installations in memory. It follows the writer, and never decides.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use forgegate_model::ids::{InstallationId, IntegrationId, OrganizationId};
use forgegate_model::installation::{Installation, Named};

type Rows = BTreeMap<InstallationId, Arc<Installation>>;

/// Every installation that is stored.
#[derive(Debug, Default)]
pub(crate) struct Known(RwLock<Rows>);

impl Known {
    pub(super) fn put(&self, row: Installation) {
        self.write().insert(row.id, Arc::new(row));
    }

    pub(super) fn drop(&self, id: InstallationId) {
        self.write().remove(&id);
    }

    /// Those of a forge, the newest first.
    pub(super) fn of(&self, forge: &str) -> Vec<Arc<Installation>> {
        let rows = self.read();
        rows.values().rev().filter(|row| row.forge == forge).cloned().collect()
    }

    /// The one of that number which has the integration in a pair.
    pub(super) fn behind(&self, forge: &str, number: &str, integration: IntegrationId) -> Option<Arc<Installation>> {
        let rows = self.read();
        let mut of_number = rows.values().filter(|row| row.number == number && row.forge == forge);
        of_number
            .find(|row| row.bindings.iter().any(|it| it.has(integration)))
            .cloned()
    }

    pub(super) fn like(&self, named: &Named<'_>) -> BTreeSet<InstallationId> {
        self.ids(|row| row.likeness(named).is_some())
    }

    pub(super) fn with(&self, integration: IntegrationId) -> BTreeSet<InstallationId> {
        self.ids(|row| row.bindings.iter().any(|it| it.has(integration)))
    }

    pub(super) fn bound_to(&self, organization: OrganizationId) -> BTreeSet<InstallationId> {
        self.ids(|row| row.binding(organization).is_some())
    }

    fn ids(&self, wanted: impl Fn(&Installation) -> bool) -> BTreeSet<InstallationId> {
        let rows = self.read();
        rows.values().filter(|row| wanted(row)).map(|row| row.id).collect()
    }

    fn read(&self) -> RwLockReadGuard<'_, Rows> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Rows> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}
