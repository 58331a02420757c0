//! The installations in memory. It follows the writer, and never decides.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use forgegate_model::ids::{InstallationId, IntegrationId, OrganizationId};
use forgegate_model::installation::{Installation, Named};
use forgegate_model::lock::SharedLock;

type Rows = BTreeMap<InstallationId, Arc<Installation>>;

/// Every installation that is stored.
#[derive(Debug, Default)]
pub(crate) struct Known(SharedLock<Rows>);

impl Known {
    pub(crate) fn put(&self, row: Installation) {
        self.0.write().insert(row.id, Arc::new(row));
    }

    pub(crate) fn drop(&self, id: InstallationId) {
        self.0.write().remove(&id);
    }

    /// Those of a forge, the newest first.
    pub(crate) fn of(&self, forge: &str) -> Vec<Arc<Installation>> {
        let rows = self.0.read();
        rows.values().rev().filter(|row| row.forge == forge).cloned().collect()
    }

    /// The one of that number which has the integration in a pair.
    pub(crate) fn behind(&self, forge: &str, number: &str, integration: IntegrationId) -> Option<Arc<Installation>> {
        let rows = self.0.read();
        let mut of_number = rows.values().filter(|row| row.number == number && row.forge == forge);
        of_number
            .find(|row| row.bindings.iter().any(|it| it.has(integration)))
            .cloned()
    }

    pub(crate) fn like(&self, named: &Named<'_>) -> BTreeSet<InstallationId> {
        self.ids(|row| row.likeness(named).is_some())
    }

    pub(crate) fn with(&self, integration: IntegrationId) -> BTreeSet<InstallationId> {
        self.ids(|row| row.bindings.iter().any(|it| it.has(integration)))
    }

    pub(crate) fn bound_to(&self, organization: OrganizationId) -> BTreeSet<InstallationId> {
        self.ids(|row| row.binding(organization).is_some())
    }

    fn ids(&self, wanted: impl Fn(&Installation) -> bool) -> BTreeSet<InstallationId> {
        let rows = self.0.read();
        rows.values().filter(|row| wanted(row)).map(|row| row.id).collect()
    }
}
