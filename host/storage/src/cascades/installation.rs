//! Ending a binding of an installation, and the links that named its pair.

use forgegate_engine::{Rows, StoreError, Write};
use forgegate_model::audit::AuditEntry;
use forgegate_model::ids::{InstallationId, OrganizationId};
use forgegate_model::installation::{Installation, Links};
use forgegate_model::integration::Integration;

use super::{Unlinked, pairs};
use crate::installations::{behind, bound, save};
use crate::memory::MemoryState;
use crate::store::{Store, Tx};
use crate::{actions, audit};

impl Store {
    /// Ends a binding: its pair goes, and what named it names nothing. Says what that was.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn unbind_installation(
        &self,
        id: InstallationId,
        organization: OrganizationId,
        audit: Option<AuditEntry>,
    ) -> Result<Vec<Unlinked>, StoreError> {
        self.write(Unbind {
            id,
            organization,
            audit,
        })
        .await
    }
}

struct Unbind {
    id: InstallationId,
    organization: OrganizationId,
    audit: Option<AuditEntry>,
}

impl Write<MemoryState> for Unbind {
    type Output = Vec<Unlinked>;

    fn apply(&self, tx: &mut Tx<'_>) -> Result<Vec<Unlinked>, StoreError> {
        let row = bound(tx, self.id, self.organization)?;
        let unlinked = unbind(tx, row, self.organization)?;
        audit::append(tx, self.audit.as_ref())?;
        Ok(unlinked)
    }
}

/// Ends the binding that an integration belongs to, where it belongs to one.
pub(crate) fn unbind_with(tx: &mut Tx<'_>, integration: &Integration) -> Result<Option<Vec<Unlinked>>, StoreError> {
    if !integration.is_app_managed() {
        return Ok(None);
    }
    match behind(tx, integration.id)? {
        Some(row) => unbind(tx, row, integration.organization).map(Some),
        None => Ok(None),
    }
}

fn unbind(tx: &mut Tx<'_>, mut row: Installation, organization: OrganizationId) -> Result<Vec<Unlinked>, StoreError> {
    let mut unlinked = Vec::new();
    if let Some(binding) = row.binding(organization).cloned() {
        let links = pairs::take(tx, &binding)?;
        unlinked = cleared(tx, links)?;
    }
    row.bindings.retain(|it| it.organization != organization);
    save(tx, row)?;
    Ok(unlinked)
}

/// The links that were cleared.
fn cleared(rows: &impl Rows, links: Links) -> Result<Vec<Unlinked>, StoreError> {
    let triggers = links.triggers.into_iter();
    let mut cleared: Vec<_> = triggers
        .map(|(project, trigger)| Unlinked::Trigger { project, trigger })
        .collect();
    for (project, id) in links.actions {
        let named = actions::of(rows, project)?.into_iter().find(|row| row.id == id);
        cleared.extend(named.map(|row| Unlinked::Action {
            project,
            action: row.name,
        }));
    }
    Ok(cleared)
}
